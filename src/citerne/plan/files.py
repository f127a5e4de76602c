"""Files of a plan, for its owner only (mode 0600): tables for people, a policy for other verbs, the drawn days."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.private import write_own
from citerne.case.case import Case
from citerne.model.levers import active_places
from citerne.plan.decision import PERIOD_DAYS, Frame
from citerne.plan.optimise import PlanFound
from citerne.plan.schedule import draw_schedule, write_private

COLUMNS = (
    "kind", "first_day", "last_day", "theatre", "corridors", "columns_per_week", "columns", "column_trucks_max",
    "lever", "target", "value",
)  # fmt: skip


def schedule_rows(case: Case, found: PlanFound) -> list[dict[str, Any]]:
    """Escorts by theatre and period, then allocation and rationing: corridors and towns, nothing finer."""
    frame, plan = found.frame, found.decision
    theatres = case.ids("theatres")
    rows: list[dict[str, Any]] = []
    for k in range(len(frame.weeks)):
        first, last = _period(case, frame, k)
        for j, t in enumerate(frame.theatres):
            if plan.rates[j, k] > 1e-6:
                rows.append(
                    {
                        "kind": "escorts", "first_day": first, "last_day": last, "theatre": theatres[t],
                        "corridors": corridors_of(case, theatres[t]), "columns_per_week": float(plan.rates[j, k]),
                        "columns": float(plan.rates[j, k] * frame.weeks[k]),
                        "column_trucks_max": float(plan.sizes[j, k]),
                    }
                )  # fmt: skip
    rows += [
        {"kind": "allocation", "lever": lever, "target": target, "value": value}
        for lever, target, value in _levers(case, found)
    ]
    return rows


def corridors_of(case: Case, theatre: str) -> list[str]:
    """Corridors of a theatre."""
    return [row["corridor"] for row in case.rows("corridors") if row["theatre"] == theatre]


def _period(case: Case, frame: Frame, k: int) -> tuple[dt.date, dt.date]:
    first = frame.first_day + k * PERIOD_DAYS
    last = min(first + PERIOD_DAYS, frame.days) - 1
    return case.header.start + dt.timedelta(days=first), case.header.start + dt.timedelta(days=last)


def _levers(case: Case, found: PlanFound) -> list[tuple[str, str, float]]:
    plan, places, products = found.decision, active_places(case), case.ids("products")
    rows = [("hub_reserve_days", "all", plan.reserve_days)] if plan.reserve_days >= 0 else []
    rows += [
        ("leg_weight", places[p], weight)
        for theatre, weight in plan.leg_weights.items() if weight != 1
        for p in found.frame.leg_groups[theatre]
    ]  # fmt: skip
    rows += [("ration_share", products[f], share) for f, share in plan.rations.items() if share != 1]
    corridors = case.ids("corridors")
    rows += [("column_weight", corridors[c], weight) for c, weight in plan.corridor_weights.items() if weight != 1]
    rows += [("load_weight", products[f], weight) for f, weight in plan.load_weights.items() if weight != 1]
    pay = {"hazard_pay": plan.hazard_pay, "insured_share": plan.insured_share}
    rows += [(lever, "all", value) for lever, value in pay.items() if value >= 0]
    return rows


def policy_text(case: Case, found: PlanFound) -> str:
    """The plan as a policy file that `run --policy` and `compare --policy` take."""
    frame, plan = found.frame, found.decision
    theatres = case.ids("theatres")
    lines = ["name: {en: Plan, fr: Plan}", "description:", f"  en: Found by citerne plan for {found.objective}.",
             f"  fr: Trouvé par citerne plan pour {found.objective}.", "sets:"]  # fmt: skip
    for k in range(len(frame.weeks)):
        first, last = _period(case, frame, k)
        for j, t in enumerate(frame.theatres):
            for lever, value in (("columns_per_week", plan.rates[j, k]), ("column_trucks_max", plan.sizes[j, k])):
                when = f"from: {first}, until: {last}"
                lines.append(f"  - {{lever: {lever}, target: {theatres[t]}, value: {float(value)!r}, {when}}}")
    start = case.header.start + dt.timedelta(days=frame.first_day)
    for lever, target, value in _levers(case, found):
        where = "" if target == "all" else f"target: {target}, "
        lines.append(f"  - {{lever: {lever}, {where}value: {float(value)!r}, from: {start}}}")
    return "\n".join(lines) + "\n"


def drawn_days(case: Case, found: PlanFound) -> Any:
    """One randomised schedule of escorted corridor-days, from the system's entropy; see `plan.schedule`."""
    frame, plan = found.frame, found.decision
    theatres, rows = case.ids("theatres"), case.rows("corridors")
    supply: dict[str, float] = {row["corridor"]: 0.0 for row in rows}
    for row in case.rows("supply"):
        supply[row["corridor"]] += row["share"]
    weights = {case.ids("corridors")[c]: weight for c, weight in plan.corridor_weights.items()}
    pull = {corridor: normal * weights.get(corridor, 1.0) for corridor, normal in supply.items()}
    days = [case.header.start + dt.timedelta(days=day) for day in range(frame.first_day, frame.days)]
    coverage = np.zeros((len(rows), len(days)))
    for c, row in enumerate(rows):
        j = frame.theatres.index(theatres.index(row["theatre"]))
        own = sum(pull[other] for other in corridors_of(case, row["theatre"]))
        share = pull[row["corridor"]] / own if own > 0 else 0.0
        for d in range(len(days)):
            coverage[c, d] = min(plan.rates[j, frame.period_of(frame.first_day + d)] / 7 * share, 1.0)
    return draw_schedule(coverage, corridors=[row["corridor"] for row in rows], days=days)


def new_plan_folder(wanted: Path) -> Path:
    """A folder that did not exist: the wanted one, or the same with -2, -3, ...: a drawn schedule is never replaced."""
    folder, k = wanted, 1
    while folder.exists():
        k += 1
        folder = wanted.with_name(f"{wanted.name}-{k}")
    folder.mkdir(parents=True, mode=0o700)
    return folder


def write_plan(case: Case, found: PlanFound, folder: Path) -> list[Path]:
    """Write plan.csv, plan.yaml, days.json and, where openpyxl is installed, plan.xlsx."""
    rows = schedule_rows(case, found)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows([[_cell(row.get(name, "")) for name in COLUMNS] for row in rows])
    written = [write_own(folder / "plan.csv", text.getvalue().encode())]
    written.append(write_own(folder / "plan.yaml", policy_text(case, found).encode()))
    write_private(drawn_days(case, found), folder / "days.json")
    written.append(folder / "days.json")
    book = _workbook(rows)
    if book is not None:
        written.append(write_own(folder / "plan.xlsx", book))
    return written


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return " ".join(value) if isinstance(value, list) else value


def _workbook(rows: Sequence[Mapping[str, Any]]) -> bytes | None:
    try:
        from openpyxl import Workbook
    except ImportError:
        return None
    book = Workbook()
    sheet = book.active
    sheet.title = "plan"
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([_cell(row.get(name, "")) for name in COLUMNS])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
