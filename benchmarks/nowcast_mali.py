"""Rolling test on Mali: a nowcast every Monday with what was known that day, scored by what was reported later.

Made by `python benchmarks/nowcast_mali.py`, which writes this page.

Each nowcast uses the rows of the case's targets.csv whose `known_date` is not later than its day and starts from the
prior, since the posterior of the case knows later rows. Labels of "dry" come from targets of stations_open_share, a
day in the window at a lead each: 0.1 or less is dry, 0.5 or more is not, between is no label. Persistence says what the
last row known that day said about the same town, half where there is none.
"""

from __future__ import annotations

import datetime as dt
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from citerne.case.case import load
from citerne.model.index import Index
from citerne.nowcast.assimilate import assimilate
from citerne.nowcast.nowcast import make_ensemble, opening
from citerne.nowcast.outlook import DRY, roll
from citerne.nowcast.reports import Reports

PAGE = Path(__file__).parents[1] / "docs" / "scores" / "nowcast_mali.md"
FIRST, LAST, LEADS, MEMBERS = dt.date(2025, 9, 15), dt.date(2025, 11, 30), (7, 14, 28), 512

REMARKS = (
    "How to read it. Few labels, of few towns, most of them of one town that stayed dry: one story counted many times.",
    "At no nowcast was an earlier label of its town known, so persistence is a coin here and its score says little.",
    "Priors were set by people who knew the autumn of 2025, though not by a fit to these labels: the scores of both",
    "models flatter them by as much. Rows of the day help at 7 days and not beyond; over all leads they do not help.",
)


def labels():
    """(row, dry) of every target that says whether a town was dry; an interval counts by its ends."""
    for row in load("mali").rows("targets"):
        if row["variable"] == "stations_open_share":
            low = row["low"] if row["best"] is None else row["best"]
            high = row["high"] if row["best"] is None else row["best"]
            if (high is not None and high <= 0.1) or (low is not None and low >= 0.5):
                yield row, bool(high is not None and high <= 0.1)


def last_said(rows, place, day):
    """Chance of dry as the last row known on a day has it, or a half."""
    seen = [(r["date_end"], dry) for r, dry in rows if r["place"] == place and r["known_date"] <= day]
    return float(max(seen)[1]) if seen else 0.5


def chance(forecast, index, place, lead):
    """Mean over the retail fuels of the town of the chance that it is dry on the day of the lead."""
    p = index.place[place]
    own = [k for k, (q, f) in enumerate(forecast.cells) if q == p and f in (0, 1)]
    return float((forecast.open_share[lead - 1, own].mean(axis=0) < DRY).mean())


def main():
    facts = list(labels())
    scored = []
    day = FIRST
    while day <= LAST:
        wanted = [(lead, row, dry) for lead in LEADS for row, dry in facts
                  if row["date_start"] <= day + dt.timedelta(days=lead) <= row["date_end"]
                  and row["known_date"] > day]  # fmt: skip
        if wanted:
            case = load("mali", until=day)
            index, passed = Index(case), (day - case.header.start).days
            ensemble = make_ensemble(case, day, max(LEADS), (), members=MEMBERS, seed=1)
            ensemble.engine.prepare()
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                start = opening(ensemble, passed)
                free = start.copy()
                done = assimilate(start, Reports(case, start).of_targets(case.rows("targets"), day), passed, pool)
                free.step(pool, passed + 1)
                with_rows, without = (roll(one, max(LEADS), pool) for one in (done.cloud, free))
            for lead, row, dry in wanted:
                ours, theirs = (chance(one, index, row["place"], lead) for one in (with_rows, without))
                scored.append((day, lead, row["place"], dry, ours, theirs, last_said(facts, row["place"], day)))
        day += dt.timedelta(days=7)
    PAGE.write_text(page(scored), encoding="utf-8")


def page(scored):
    text = ["# Nowcasts of Mali, scored", "", *(__doc__ or "").strip().splitlines(), "",
            f"{MEMBERS} futures, every seventh day from {FIRST} to {LAST}. "
            f"{len({(s[2], s[0], s[1]) for s in scored})} labels from {len({s[2] for s in scored})} towns; "
            f"{sum(s[3] for s in scored)} of them dry.", "",
            "| lead, days | labels | dry | Brier nowcast | Brier without rows | Brier persistence |",
            "|---|---|---|---|---|---|"]  # fmt: skip
    for lead in (*LEADS, None):
        own = [s for s in scored if lead in (None, s[1])]
        if own:
            dry = np.array([s[3] for s in own], float)
            scores = [np.mean((np.array([s[k] for s in own]) - dry) ** 2) for k in (4, 5, 6)]
            text.append(
                f"| {lead or 'all'} | {len(own)} | {int(dry.sum())} | " + " | ".join(f"{x:.3f}" for x in scores) + " |"
            )
    fired = [s[4] >= 0.5 for s in scored]
    hit = sum(f and s[3] for f, s in zip(fired, scored, strict=True))
    false = sum(f and not s[3] for f, s in zip(fired, scored, strict=True))
    dry = sum(s[3] for s in scored)
    text += ["", f"Rule \"50 in 100 to be dry that day\": {hit} hits of {dry} dry labels, {false} false alarms of "
             f"{len(scored) - dry} labels that were not dry.", "",
             *REMARKS, "", "| nowcast | lead | town | dry | nowcast | without rows | persistence |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    text += [f"| {d} | {lead} | {town} | {'yes' if dry else 'no'} | {a:.2f} | {b:.2f} | {c:.2f} |"
             for d, lead, town, dry, a, b, c in scored]  # fmt: skip
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    main()
