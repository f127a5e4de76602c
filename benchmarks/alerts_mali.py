"""Rolling test of "dry within so many days" on Mali, for the rates beside alerts.

Made by `python benchmarks/alerts_mali.py`, which writes this page and the case's `past_nowcasts.csv`, from the nowcasts
of the rolling test: every seventh day, through a situation sheet, with what was known that day, from
the prior. A town's chance is the mean over the fuels that its stations sell. Outcomes are targets of
stations_open_share that became known later: dry if some row of the days that count says 0.1 or less, not dry if all
that there are say 0.5 or more.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
from nowcast_mali import FIRST, LAST, MEMBERS, cells, labels, nowcasts

from citerne.case.case import BUNDLED
from citerne.model.index import Index
from citerne.nowcast.outlook import DRY
from citerne.schema.tables_nowcast import PAST_NOWCASTS

LEADS = (7, 14, 21, 28)
PAGE = Path(__file__).parents[1] / "docs" / "scores" / "alerts_mali.md"
BARS = (30, 50, 70, 90)
REMARKS = (
    "How to read it. Few labels, most of them of one town that stayed dry for weeks: one story counted many times.",
    "Labels of not dry are of two towns; that half of a town's stations were open from 2 to 5 November says nothing",
    "about the days before and after, so false alarms are an upper bound. Read no more than the first digit of a rate.",
)
PATH = BUNDLED / "mali" / f"{PAST_NOWCASTS.name}.csv"


def outcomes(day, lead, facts):
    """By town: rows that speak of the days that count, and whether one of them is dry."""
    first, last = day + dt.timedelta(days=1), day + dt.timedelta(days=lead)
    found = {}
    for row, dry in facts:
        if row["known_date"] > day and row["date_start"] <= last and row["date_end"] >= first:
            found.setdefault(row["place"], []).append((row, dry))
    return {place: ([row for row, _dry in rows], any(dry for _row, dry in rows)) for place, rows in found.items()}


def main():
    facts, written = list(labels()), []
    for day, forecast, _free, case in nowcasts(facts, MEMBERS):
        index = Index(case)
        by = np.maximum.accumulate(forecast.open_share < DRY, axis=0).mean(axis=-1) * 100
        for lead in LEADS:
            for place, (rows, dry) in sorted(outcomes(day, lead, facts).items()):
                known = max(row["known_date"] for row in rows)
                names = " ".join(row["target_id"] for row in rows)
                said = by[lead - 1, cells(forecast, index, place)].mean()
                written.append([
                    day, lead, place, f"{said:.1f}", "yes" if dry else "no", known,
                    f"own nowcast by benchmarks/alerts_mali.py; outcome from targets {names}", known,
                    max(row["reliability"] for row in rows), "",
                ])  # fmt: skip
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
