"""Synthetic truth: futures of a small country, counted once a week with errors and gaps, nowcast and compared."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibrate_cases import small_country
from citerne.case.case import Case
from citerne.metrics.scores import crps_ensemble
from citerne.nowcast.assimilate import assimilate, stock_error
from citerne.nowcast.cloud import Cloud
from citerne.nowcast.nowcast import make_ensemble
from citerne.nowcast.outlook import cells_of, roll
from citerne.nowcast.reports import Reports
from citerne.nowcast.sheet import SHEETS
from citerne.nowcast.views import roll_towns

PROOF = Path(__file__).parents[2] / "docs" / "proofs" / "nowcast_truth.json"
LEADS = (7, 14, 28)
DAYS = 29  # counts every seventh day; the nowcast is made on the evening of day 27
SEEN_SHARE = 0.7  # of the counts are made
TRUTHS = 5_000


def counted(case: Case, truth: Cloud, rng: np.random.Generator, day: int, which: int) -> list[dict[str, Any]]:
    """Stock counts of one evening: some towns, errors of reliability B."""
    from citerne.model.index import Index

    index, rows = Index(case), []
    places, products = list(index.place), list(index.product)
    for p, f in cells_of(truth):
        exact = float(truth.gather("stock_l")[p, f, which]) / 1000
        sd = float(stock_error(truth, (p, f), np.array([exact]), "B")[0])
        noisy = max(exact + sd * rng.standard_normal(), 0.0)
        if rng.random() < SEEN_SHARE:
            rows.append({"_sheet": "stocks", "_title": "stocks", "_row": 100 * day + len(rows), "depot": None,
                         "date": case.header.start + dt.timedelta(days=day), "place": places[p], "whole_town": None,
                         "product": products[f], "stock_m3": noisy, "reliability": "B", "source": "count",
                         "known_date": case.header.start + dt.timedelta(days=day)})  # fmt: skip
    return rows


def one_country(which: int, members: int, blind: bool = False) -> dict[int, dict[str, np.ndarray]]:
    """Nowcast of one truth: by lead the truth, last counts, and futures with the sheet, with it but without views of
    towns, and without the sheet, by cell; `town` says which cells are not the hub's."""
    case = small_country()
    as_of = case.header.start + dt.timedelta(days=DAYS - 2)
    world = make_ensemble(case, as_of, max(LEADS), (), members=32, seed=TRUTHS + which)
    world.engine.prepare()
    truth = Cloud(world, [world.open(0)])
    rng = np.random.default_rng(which)
    rows: list[dict[str, Any]] = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for day in range(6, DAYS - 1, 7):
            truth.step(pool, day + 1)
            rows += counted(case, truth, rng, day, 0)
        truth.step(pool, DAYS - 1)
        real = roll(truth, max(LEADS), pool)
        ensemble = make_ensemble(case, as_of, max(LEADS), (), members=members, seed=which)
        cloud = Cloud(ensemble, [ensemble.open(k) for k in ensemble.chunks()])
        free = cloud.copy()
        sheets: dict[str, list[dict[str, Any]]] = {table.name: [] for table in SHEETS}
        sheets["stocks"] = [] if blind else rows
        done = assimilate(cloud, Reports(case, cloud).of_sheet(sheets), DAYS - 2, pool)
        assert not done.cloud.imbalance_l().any()
        plain = roll(done.cloud.copy(), max(LEADS), pool)
        ours = roll_towns(done.cloud, max(LEADS), pool)
        free.step(pool, DAYS - 1)
        theirs = roll(free, max(LEADS), pool)
    last = np.full(len(real.cells), np.nan)
    from citerne.model.index import Index

    index = Index(case)
    for row in rows:  # in order of day: the last one stays
        last[real.cells.index((index.place[row["place"]], index.product[row["product"]]))] = row["stock_m3"]
    town = np.array([cell[0] != index.place["capital"] for cell in real.cells])
    return {
        lead: {"truth": real.stock_m3[lead - 1, :, 0], "last": last, "ours": ours.stock_m3[lead - 1],
               "plain": plain.stock_m3[lead - 1], "town": town, "free": theirs.stock_m3[lead - 1]}
        for lead in LEADS
    }  # fmt: skip


def measured(countries: range, members: int, blind: bool = False) -> dict[str, dict[str, Any]]:
    """Coverage of the 90 % interval and mean CRPS of nowcast, free model and persistence, by lead."""
    each = [one_country(k, members, blind) for k in countries]
    out = {}
    for lead in LEADS:
        rows = [one[lead] for one in each]
        truth, last = (np.concatenate([r[name] for r in rows]) for name in ("truth", "last"))
        ours, plain, free = (np.concatenate([r[name] for r in rows]) for name in ("ours", "plain", "free"))
        town = np.concatenate([r["town"] for r in rows])
        low, high = np.quantile(ours, (0.05, 0.95), axis=1)
        known = np.isfinite(last)
        out[str(lead)] = {
            "coverage_90": float(np.mean((low <= truth) & (truth <= high))),
            "crps_nowcast": float(crps_ensemble(ours, truth)[known].mean()),
            "crps_free": float(crps_ensemble(free, truth)[known].mean()),
            "crps_persistence": float(np.abs(last - truth)[known].mean()), "forecasts": int(known.sum()),
            "towns": {
                "coverage_90": float(np.mean(((low <= truth) & (truth <= high))[town])),
                "crps": float(crps_ensemble(ours, truth)[town].mean()),
                "crps_without_views": float(crps_ensemble(plain, truth)[town].mean()),
            },
        }  # fmt: skip
    return out


def test_a_few_nowcasts_beat_the_model_without_counts_and_views_of_towns_help() -> None:
    found = measured(range(4), 256)
    assert found["7"]["crps_nowcast"] < 0.8 * found["7"]["crps_free"]
    towns = found["28"]["towns"]
    assert towns["crps"] < 0.9 * towns["crps_without_views"]


@pytest.mark.prove
def test_nine_in_ten_intervals_hold_the_truth_and_scores_beat_what_anyone_can_do() -> None:
    countries, members = 50, 512
    found = measured(range(countries), members)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, cwd=PROOF.parent
    ).stdout.strip()
    payload = {"command": "pytest -m prove tests/theory/test_nowcast_truth.py", "commit": commit,
               "countries": countries, "members": members, "share_counted": SEEN_SHARE, "leads": found}  # fmt: skip
    PROOF.write_text(json.dumps(payload, indent=1) + "\n", encoding="utf-8")
    for lead, row in found.items():
        assert 0.85 <= row["coverage_90"] <= 0.95, lead
        assert row["crps_nowcast"] < min(row["crps_free"], row["crps_persistence"]), lead
        assert row["towns"]["crps"] < row["towns"]["crps_without_views"], lead
