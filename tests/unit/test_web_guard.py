"""What is refused before a page is made: bodies, methods, long and strange addresses, strangers; nothing changes."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citerne.base.errors import EXIT_MISSING_PART, UsageError
from citerne.web.guard import is_loopback
from citerne.web.server import Impatient, bind, server
from web_pages import START, Client, dashboard_of, path_of

HOSTILE_QUERIES = (
    "lang=de", "lang=en&lang=fr", "nonsense=1", "diesel=-1", "diesel=nan", "diesel=1e400", "diesel=200",
    "diesel=<script>",
    "customs=24;rm", "close=../../etc/passwd", "close=roads_<script>alert(1)</script>", "policy=/etc/passwd",
    "policy=../../secret", "from=2025-13-01", "from=1999-01-01", "from=2025-12-01T00:00", "day=tomorrow", "days=1.5",
    "days=0", "days=100000", "span=31", "measure=__class__", "pin=diesel%3D500", "pin=pin%3D1", "pin=%3Cscript%3E",
    "assume_lull=peace", "assume_x=y", "%ff%fe=1", "a" * 2100, "&&&=", "diesel", "token=x",
)  # fmt: skip
HOSTILE_PATHS = (
    "/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/static/../app.py", "/static/..%2fapp.py",
    "/static/%2e%2e/app.py",
    "/static/citerne.js", "/part/map/../../app.csv", "/part/nowhere/x.csv", "/part/map/nothing.csv",
    "/part/map/corridors.exe", "/part/map/corridors.svg", "/overview.html", "/map.pdf", "/.git/config",
    "/%00", "/admin",
    "/part/overview/%3Cscript%3Ealert(1)%3C%2Fscript%3E.csv", "//evil.example/", "/map/", "/policy.yaml/x",
)  # fmt: skip


@pytest.fixture(scope="module")
def toy():
    dashboard, app = dashboard_of("toy_road", full=100, threads=1)
    yield dashboard, Client(app)
    dashboard.close()


@pytest.fixture
def client(toy):
    return toy[1]


def runs_of(toy) -> int:
    return len(toy[0].desk._jobs)


@pytest.mark.parametrize("query", HOSTILE_QUERIES)
def test_a_strange_query_gets_a_plain_refusal_and_runs_nothing(toy, query):
    before = runs_of(toy)
    answer = toy[1].get(f"/?{query}")
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text
    assert "Traceback" not in answer.text
    assert runs_of(toy) == before


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_a_strange_path_is_not_there(client, path):
    answer = client.request("GET", path)
    assert answer.status_code == 404
    assert "root:" not in answer.text
    assert "import" not in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_but_reading_is_answered(toy, method):
    before = runs_of(toy)
    answer = toy[1].request(method, "/?diesel=50")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert runs_of(toy) == before


def test_ten_megabytes_of_json_are_refused_unread(toy):
    before = runs_of(toy)
    body = b'{"a": "' + b"x" * 10_000_000 + b'"}'
    answer = toy[1].request("POST", "/?diesel=50", {"content-type": "application/json"}, body)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert runs_of(toy) == before


@pytest.mark.parametrize(
    "headers", [{"content-length": "-5"}, {"content-length": "1e3"}, {"transfer-encoding": "chunked"}]
)
def test_a_body_that_a_reader_does_not_send_is_refused(client, headers):
    assert client.get("/", headers=headers).status_code in (400, 413)


def test_long_addresses_and_many_headers_are_refused(client):
    assert client.get("/?" + "a=1&" * 900).status_code == 414
    assert client.get("/" + "a" * 500).status_code == 414
    assert client.get("/", headers={f"x-{k}": "1" for k in range(100)}).status_code == 431


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.1:8000", "", "[::2]"])
def test_a_name_that_is_not_ours_is_refused_so_that_no_page_elsewhere_can_read_ours(client, host):
    assert client.get("/", headers={"host": host}).status_code == 400


def test_names_of_this_machine_are_answered(client):
    for host in ("localhost:8000", "127.0.0.1", "[::1]:9", "LOCALHOST"):
        assert client.get("/", headers={"host": host}).status_code == 200


def test_every_answer_carries_the_policy(client):
    for answer in (client.get("/"), client.get("/nowhere"), client.request("POST", "/"), client.get("/?diesel=x")):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_beyond_this_machine_a_token_is_needed_and_leaves_the_address():
    dashboard, app = dashboard_of("toy_road", full=100, threads=1, host="0.0.0.0", token="s3cret")
    client = Client(app, host="anywhere")
    try:
        assert client.get("/").status_code == 401
        assert client.get("/?token=wrong").status_code == 401
        assert client.get("/", headers={"cookie": "citerne=wrong"}).status_code == 401
        entered = client.get("/map?lang=fr&token=s3cret")
        assert entered.status_code == 303
        assert entered.headers["location"] == "/map?lang=fr"
        assert "HttpOnly" in entered.headers["set-cookie"]
        assert client.get("//evil.example/?token=s3cret").headers["location"].startswith("/evil")
        assert client.get("/").status_code == 200
    finally:
        dashboard.close()


@pytest.mark.parametrize(("host", "ours"), [("127.0.0.1", True), ("::1", True), ("[::1]", True),
                                            ("localhost", True),
                                            ("0.0.0.0", False), ("192.0.2.1", False),
                                            ("example.org", False)])  # fmt: skip
def test_only_this_machine_counts_as_this_machine(host, ours):
    assert is_loopback(host) is ours


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_as_a_query_is_read_or_refused(toy, text):
    reader = toy[0].reader
    try:
        state = reader.read(text)
    except UsageError:
        return
    assert reader.read(state.query()) == state


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_address_that_is_read_and_written_means_the_same(toy, data):
    reader = toy[0].reader
    words = {}
    for name, control in reader.controls.items():
        if data.draw(st.booleans()):
            if control.kind == "choice" or control.kind == "day":
                words[name] = data.draw(st.sampled_from(control.words))
            elif name == "days":
                words[name] = str(data.draw(st.integers(1, int(control.high))))
            elif control.kind == "number":
                words[name] = f"{data.draw(st.floats(control.low, control.high)):.6g}"
    try:
        run = reader.run(words)
    except UsageError:  # rounding may leave the bounds
        return
    assert reader.read(run.query()).run == run
    reader.settings(run)


def ask_raw(port: int, data: bytes, wait_s: float = 5.0) -> bytes:
    """Send bytes as they are; the answer until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait_s) as line:
        line.sendall(data)
        got = b""
        while part := line.recv(65536):
            got += part
        return got


def test_slow_and_broken_askers_are_ended_while_others_are_served(toy, monkeypatch):
    monkeypatch.setattr(Impatient, "ask_s", 0.5)
    from citerne.web.app import make_app
    from citerne.web.guard import Guard

    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    running = server(Guard(make_app(toy[0]), hosts=("127.0.0.1",)))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(running.serve(sockets=[listener])))
    thread.start()
    try:
        began = time.monotonic()
        assert ask_raw(port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ").startswith(b"HTTP/1.1 408")
        assert ask_raw(port, b"").startswith(b"HTTP/1.1 408")
        assert time.monotonic() - began < 4
        assert ask_raw(port, b"no such thing\r\n\r\n").startswith(b"HTTP/1.1 400")
        assert ask_raw(port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 40_000).startswith(b"HTTP/1.1 400")
        good = ask_raw(port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 60)
        assert good.startswith(b"HTTP/1.1 200")
    finally:
        running.should_exit = True
        thread.join(timeout=20)
        loop.close()


def test_a_port_that_is_taken_is_told_in_one_line():
    with bind("127.0.0.1", 0) as taken, pytest.raises(UsageError, match="choose another with --port"):
        bind("127.0.0.1", taken.getsockname()[1])


def test_without_the_optional_part_the_verb_says_how_to_install_it():
    code = "import sys; sys.modules['starlette'] = None; " + START
    done = subprocess.run([sys.executable, "-c", code, "serve"], capture_output=True, text=True, check=False,
                          env={**os.environ, "CITERNE_LANG": "en"})  # fmt: skip
    assert done.returncode == EXIT_MISSING_PART
    assert "pip install 'citerne[serve]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_corridor_name_with_a_script_in_it_is_shown_as_text(tmp_path):
    import shutil

    from citerne.case.case import BUNDLED

    folder = tmp_path / "toy_road"
    shutil.copytree(BUNDLED / "toy_road", folder)
    table = folder / "places.csv"
    text = table.read_text(encoding="utf-8")
    name = text.splitlines()[1].split(",")[1]
    table.write_text(text.replace(name, "<script>alert(1)</script>", 1), encoding="utf-8")
    dashboard, app = dashboard_of(str(folder), full=100, threads=1)
    client = Client(app)
    try:
        pages = [client.get(path_of(page)).text for page in ("overview", "map", "stocks", "prices")]
        assert any("&lt;script&gt;alert(1)" in page for page in pages)
        assert not any("<script>alert" in page for page in pages)
        assert "<script>alert" not in client.get("/map.svg").text
    finally:
        dashboard.close()
