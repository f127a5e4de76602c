"""Synthetic truth for early warning: a road closed, towns that run dry or not, rules counted as the ledger counts."""

from __future__ import annotations

import datetime as dt
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from test_nowcast_truth import counted

from calibrate_cases import small_country
from citerne.metrics.scores import reliability
from citerne.nowcast.cloud import Cloud
from citerne.nowcast.nowcast import make_ensemble, measures, nowcast
from citerne.nowcast.outlook import DRY, Forecast, roll
from citerne.nowcast.past import Kept, from_ledger
from citerne.nowcast.rules import DEFAULT_RULES
from nowcast_rows import row, situation
from proving import write_proof

CASE = small_country()
START, LEAD, DAY = CASE.header.start, 14, 27  # the nowcast is made on the evening of day 27
CLOSED = START + dt.timedelta(days=8)
AS_OF = START + dt.timedelta(days=DAY)
RULES = dict(zip((7, 14), DEFAULT_RULES, strict=True))
COUNTRIES, MEMBERS, TRUTHS = 60, 256, 7_000
CLOSURE = row("measures", 2, CLOSED, kind="closure", target="west_road", from_date=CLOSED)


def dry_by(forecast: Forecast) -> np.ndarray[Any, Any]:
    """Share of futures that are dry by each day ahead (day, cell)."""
    return np.maximum.accumulate(forecast.open_share < DRY, axis=0).mean(axis=-1)


def one_country(which: int) -> dict[str, Any]:
    """A truth, its nowcast from weekly counts, and what the ledger says of the rules when every day is reported."""
    settings, _odd = measures(CASE, [CLOSURE])
    world = make_ensemble(CASE, AS_OF, LEAD, settings, members=32, seed=TRUTHS + which)
    world.engine.prepare()
    truth, rng = Cloud(world, [world.open(0)]), np.random.default_rng(which)
    counts: list[dict[str, Any]] = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for day in range(6, DAY + 1, 7):
            truth.step(pool, day + 1)
            counts += counted(CASE, truth, rng, day, 0)
        truth.step(pool, DAY + 1)
        real = roll(truth, LEAD, pool)
    counts = [{**row("stocks", one["_row"], one["date"]), **one} for one in counts]
    made = nowcast(CASE, situation(CASE, AS_OF, *counts, CLOSURE), AS_OF, horizon=LEAD, members=MEMBERS, seed=which)
    keys = [(r["place"], r["product"]) for r in made.payload["risk"]]
    said = 100 * dry_by(made.forecast)
    kept = [Kept(AS_OF, {key: said[:, k].tolist() for k, key in enumerate(keys)}, {})]
    shares = real.open_share[:, :, 0]
    facts = [
        row("stations", 2, AS_OF + dt.timedelta(days=day + 1), place=place, product=product,
            open_share=0.0 if shares[day, k] < DRY else 1.0)
        for day in range(LEAD) for k, (place, product) in enumerate(keys)
    ]  # fmt: skip
    over = AS_OF + dt.timedelta(days=LEAD)
    rows = situation(CASE, over, *facts).rows
    return {
        "past": {lead: from_ledger(CASE, kept, rule, rows, over) for lead, rule in RULES.items()},
        "said": {lead: said[lead - 1] / 100 for lead in RULES},
        "free": {lead: dry_by(made.free)[lead - 1] for lead in RULES},
        "came": {lead: (shares[:lead] < DRY).any(axis=0) for lead in RULES},
    }  # fmt: skip


def test_the_ledger_counts_what_the_truth_did() -> None:
    found = one_country(0)
    for lead, past in found["past"].items():
        fired, came = found["said"][lead] >= 0.5, found["came"][lead]
        assert past is not None
        assert (past.labels, past.happened) == (len(came), came.sum())
        assert (past.hits, past.false_alarms) == ((fired & came).sum(), (fired & ~came).sum())


@pytest.mark.prove
def test_chances_of_running_dry_come_true_as_often_as_they_say_and_beat_the_model_without_a_sheet() -> None:
    each = [one_country(which) for which in range(COUNTRIES)]
    leads: dict[str, Any] = {}
    for lead in RULES:
        said, free, came = (np.array([one[name][lead] for one in each]) for name in ("said", "free", "came"))
        pasts = [one["past"][lead] for one in each]
        gap = (said - came).mean(axis=1)  # by country, since its towns share their fate
        share = float(came.mean())
        leads[str(lead)] = {
            "forecasts": int(came.size), "came_true": int(came.sum()),
            "hits": sum(p.hits for p in pasts), "false_alarms": sum(p.false_alarms for p in pasts),
            "brier_nowcast": float(((said - came) ** 2).mean()), "brier_free": float(((free - came) ** 2).mean()),
            "brier_of_the_mean": share * (1 - share),
            "mean_said_less_came": float(gap.mean()), "standard_error": float(gap.std(ddof=1) / COUNTRIES**0.5),
            "reliability": [vars(r) for r in reliability(said, came, bins=5)],
        }  # fmt: skip
        leads[str(lead)]["brier_over_free"] = leads[str(lead)]["brier_nowcast"] / leads[str(lead)]["brier_free"]
        leads[str(lead)]["bias_in_errors"] = abs(gap.mean()) / leads[str(lead)]["standard_error"]
    write_proof(
        "nowcast_warnings",
        "On synthetic truth chances of running dry come true as often as they say and beat the model without counts.",
        "pytest -m prove tests/theory/test_nowcast_warnings.py", countries=COUNTRIES, members=MEMBERS, leads=leads,
    )  # fmt: skip
    for row_ in leads.values():
        assert row_["bias_in_errors"] <= 4
        assert row_["brier_nowcast"] < min(row_["brier_free"], row_["brier_of_the_mean"])
