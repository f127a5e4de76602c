"""Fifty people move levers at once on loopback: everybody is answered, with the figures of their own levers."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from proving import write_proof
from web_pages import served

pytestmark = pytest.mark.prove
PEOPLE, MOVES = 50, 2
LONGEST_S = 600.0  # of the whole load: it stops by itself
CLOSED = ("roads_south", "roads_west")


def moves_of(person: int) -> list[str]:
    """Addresses that one person visits: levers nobody else has set so, in one of two languages."""
    diesel = 40 + person
    lang = "fr" if person % 2 else "en"
    return [f"lang={lang}&close={CLOSED[k]}&diesel={diesel}&customs={6 * k + 6}" for k in range(MOVES)]


def fetch(line: http.client.HTTPConnection, address: str) -> tuple[int, bytes]:
    line.request("GET", address)
    answer = line.getresponse()
    return answer.status, answer.read()


def visit(home: str, person: int, until: float) -> list[dict[str, object]]:
    """One person: moves a lever, reads the page, then its figures."""
    place = urlsplit(home)
    line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=LONGEST_S)
    seen = []
    for query in moves_of(person):
        if time.monotonic() > until:
            break
        began = time.perf_counter()
        status, page = fetch(line, f"/?{query}")
        seconds = time.perf_counter() - began
        code, body = fetch(line, f"/part/overview/key-figures.json?{query}")
        seen.append({"query": query, "status": status, "code": code, "seconds": seconds, "page": page, "figures": body})
    line.close()
    return seen


def test_fifty_people_at_once_get_their_own_answers_and_no_error():
    with served("--members", "100", "--days", "130") as home:
        visit(home, 0, time.monotonic() + LONGEST_S)  # the model is loaded
        began = time.monotonic()
        with ThreadPoolExecutor(PEOPLE) as crowd:
            found = [seen for person in crowd.map(lambda k: visit(home, k, began + LONGEST_S), range(PEOPLE))
                     for seen in person]  # fmt: skip
        seconds = time.monotonic() - began
    assert len(found) == PEOPLE * MOVES
    assert {(seen["status"], seen["code"]) for seen in found} == {(200, 200)}
    with served("--members", "100", "--days", "130") as alone:
        place = urlsplit(alone)
        line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=LONGEST_S)
        wrong, distinct = 0, set()
        for seen in found:
            status, body = fetch(line, f"/part/overview/key-figures.json?{seen['query']}")
            assert status == 200
            wrong += body != seen["figures"]
            distinct.add(json.dumps(json.loads(body)["parts"][0]["rows"]))
            words = dict(pair.split("=") for pair in str(seen["query"]).split("&"))
            page = seen["page"].decode()
            assert f'<html lang="{words["lang"]}">' in page
            assert 'name="diesel" min="0" max="100" step="any"' in page
            assert f'value="{words["diesel"]}"' in page
        line.close()
    assert wrong == 0
    assert len(distinct) > 0.9 * len(found)  # the levers do change the figures, so a mix-up would show
    waits = sorted(float(seen["seconds"]) for seen in found)
    write_proof(
        "dashboard_load",
        "fifty people moving levers at once on loopback get no error, and the figures that each would get alone",
        "python -m pytest tests/law/test_dashboard_load.py -m prove",
        people=PEOPLE,
        answers=len(found),
        errors=0,
        mixed_up=wrong,
        distinct_results=len(distinct),
        seconds=round(seconds, 1),
        wait_median_s=round(waits[len(waits) // 2], 2),
        wait_p95_s=round(waits[int(0.95 * len(waits))], 2),
        wait_longest_s=round(waits[-1], 2),
    )
