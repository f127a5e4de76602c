"""Rolling test of "dry within so many days" on Mali, for the rates beside alerts.

Made by `python benchmarks/alerts_mali.py`, which writes this page and the case's `past_nowcasts.csv`. A nowcast every
seventh day with the rows of targets.csv that were known that day, from the prior, since the posterior knows later rows.
A town's chance is the mean over the fuels that its stations sell. Outcomes are targets of stations_open_share that
became known later: dry if some row of the days that count says 0.1 or less, not dry if all that there are say 0.5 or
more.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np

from citerne.case.case import BUNDLED, load
from citerne.model.index import Index
from citerne.nowcast.nowcast import nowcast
from citerne.nowcast.outlook import DRY
from citerne.nowcast.questions import Sorted
from citerne.nowcast.sheet import SHEETS
from citerne.schema.tables_nowcast import PAST_NOWCASTS

FIRST, LAST, LEADS, MEMBERS = dt.date(2025, 9, 15), dt.date(2025, 11, 30), (7, 14, 21, 28), 1024
PAGE = Path(__file__).parents[1] / "docs" / "scores" / "alerts_mali.md"
BARS = (30, 50, 70, 90)
REMARKS = (
    "How to read it. Few labels, most of them of one town that stayed dry for weeks: one story counted many times.",
    "Labels of not dry are of two towns; that half of a town's stations were open from 2 to 5 November says nothing",
    "about the days before and after, so false alarms are an upper bound. Read no more than the first digit of a rate.",
)
PATH = BUNDLED / "mali" / f"{PAST_NOWCASTS.name}.csv"


def labels():
    """(row, dry) of every target that says whether a town was dry; an interval counts by its ends."""
    for row in load("mali").rows("targets"):
        if row["variable"] == "stations_open_share":
            low = row["low"] if row["best"] is None else row["best"]
            high = row["high"] if row["best"] is None else row["best"]
            if (high is not None and high <= 0.1) or (low is not None and low >= 0.5):
                yield row, bool(high is not None and high <= 0.1)


def outcomes(day, lead, facts):
    """By town: rows that speak of the days that count, and whether one of them is dry."""
    first, last = day + dt.timedelta(days=1), day + dt.timedelta(days=lead)
    found = {}
    for row, dry in facts:
        if row["known_date"] > day and row["date_start"] <= last and row["date_end"] >= first:
            found.setdefault(row["place"], []).append((row, dry))
    return {place: ([row for row, _dry in rows], any(dry for _row, dry in rows)) for place, rows in found.items()}


def chances(day):
    """By town and lead: chance in 100 of being dry within it, mean over the fuels that stations sell."""
    case = load("mali", until=day)
    rows = Sorted({table.name: () for table in SHEETS if table.name != "rules"}, (), (), 0, 0)
    made = nowcast(case, rows, day, horizon=max(LEADS), members=MEMBERS, seed=1, targets=case.rows("targets"))
    by = np.maximum.accumulate(made.forecast.open_share < DRY, axis=0).mean(axis=-1) * 100
    retail = [k for k, row in enumerate(case.rows("products")) if row["retail"]]
    found = {}
    for place, p in Index(case).place.items():
        own = [k for k, (q, f) in enumerate(made.forecast.cells) if q == p and f in retail]
        if own:
            found[place] = {lead: float(by[lead - 1, own].mean()) for lead in LEADS}
    return found


def main():
    facts, written = list(labels()), []
    day = FIRST
    while day <= LAST:
        wanted = {lead: outcomes(day, lead, facts) for lead in LEADS}
        said = chances(day) if any(wanted.values()) else {}
        for lead, towns in wanted.items():
            for place, (rows, dry) in sorted(towns.items()):
                known = max(row["known_date"] for row in rows)
                names = " ".join(row["target_id"] for row in rows)
                written.append([
                    day, lead, place, f"{said[place][lead]:.1f}", "yes" if dry else "no", known,
                    f"own nowcast by benchmarks/alerts_mali.py; outcome from targets {names}", known,
                    max(row["reliability"] for row in rows), "",
                ])  # fmt: skip
        day += dt.timedelta(days=7)
    with PATH.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in PAST_NOWCASTS.columns])
        writer.writerows(written)
    PAGE.write_text(page(written), encoding="utf-8")


def page(written):
    """Counts by lead and bar."""
    towns = sorted({row[2] for row in written})
    text = ["# Alerts of Mali, scored", "", *(__doc__ or "").strip().splitlines(), "",
            f"{MEMBERS} futures, every seventh day from {FIRST} to {LAST}. Labels of {len(towns)} towns: "
            f"{', '.join(towns)}.", "",
            "| dry within, days | fires from, in 100 | labels | dry | hits | not dry | false alarms |",
            "|---|---|---|---|---|---|---|"]  # fmt: skip
    for lead in LEADS:
        for bar in BARS:
            own = [(float(row[3]) >= bar, row[4] == "yes") for row in written if row[1] == lead]
            dry = sum(came for _fired, came in own)
            hits, false = sum(f and c for f, c in own), sum(f and not c for f, c in own)
            text.append(f"| {lead} | {bar} | {len(own)} | {dry} | {hits} | {len(own) - dry} | {false} |")
    return "\n".join([*text, "", *REMARKS]) + "\n"


if __name__ == "__main__":
    main()
