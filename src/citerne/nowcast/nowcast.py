"""A nowcast: today's situation in, tomorrow's outlook out. Equal sheet, case and seed give equal bytes."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.case.policies import find_policy
from citerne.ensemble.run import Ensemble, Plan
from citerne.model.index import Index
from citerne.model.levers import Setting
from citerne.nowcast import outlook
from citerne.nowcast.alerts import AlertFile, alert_file, alert_payload
from citerne.nowcast.allot import RULES, allot
from citerne.nowcast.assimilate import Analysis, go_on
from citerne.nowcast.cloud import Cloud
from citerne.nowcast.consignments import Learned, arrival_days, learn, pending
from citerne.nowcast.questions import Sorted
from citerne.nowcast.reports import Reports
from citerne.nowcast.rules import Rule, Watch, rules_of
from citerne.nowcast.snapshot import Found, find, keep
from citerne.nowcast.underway import place_loads
from citerne.nowcast.views import roll_towns
from citerne.schema.levers import LEVER_BY_NAME, misfits

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]
MEMBERS = 2048


@dataclass(frozen=True)
class Nowcast:
    """A nowcast as it is stored: `payload` is what `--json` prints, `forecast` the days ahead, `free` the same without
    the sheet, both for later scores; `rules` of early warning, what they `watched` at every town and fuel, and the
    `alerts` that fire. `start` says which day it began with and which snapshots it passed over; it is no part of what
    is stored, since from wherever it starts a nowcast is the same."""

    payload: dict[str, Any]
    forecast: outlook.Forecast
    free: outlook.Forecast
    rules: tuple[Rule, ...]
    watched: list[dict[str, Any]]
    alerts: AlertFile
    start: dict[str, Any]


def measures(case: Case, rows: Sequence[Row]) -> tuple[list[Setting], list[Row]]:
    """Settings of the levers that closures, truces and decisions mean, and rows that mean none."""
    ids = {table: frozenset(case.ids(table)) for table in ("theatres", "corridors", "places", "products")}
    made, odd = [], []
    for row in sorted(rows, key=lambda one: (one["from_date"] or one["date"], one["_row"])):
        target = row["target"] or "all"
        lever = row["lever"]
        if row["kind"] == "truce":
            lever = "truce"
        elif row["kind"] == "closure":
            lever = "leg_closed" if target in ids["places"] else "closed"
        value = 1.0 if row["value"] is None else float(row["value"])
        if lever not in LEVER_BY_NAME or misfits(lever, target, value, ids):
            odd.append(row)
        else:
            made.append(Setting(lever, value, target, row["from_date"] or row["date"], row["until_date"]))
    return made, odd


def make_ensemble(
    case: Case, as_of: dt.date, horizon: int, settings: Sequence[Setting], *, members: int, seed: int,
    policy: str = "recorded", notice: Callable[[], None] | None = None,
) -> Ensemble:  # fmt: skip
    """The ensemble that a nowcast steps: the case as known that day, to the end of the horizon."""
    day = (as_of - case.header.start).days
    if day < 0:
        text = _("The case starts on {start}; a nowcast as of {day} lies before it.")
        raise UsageError(text.format(start=case.header.start, day=as_of))
    if horizon < 1:
        raise UsageError(_("A horizon needs at least one day, not {days}.").format(days=horizon))
    chosen = find_policy(case, policy)
    levers = tuple(Setting(s.lever, s.value, s.target or "all", s.start, s.end) for s in chosen.sets)
    plan = Plan(days=day + 1 + horizon, members=members, seed=seed, policy=chosen.name, policy_settings=levers,
                triggers=chosen.triggers, settings=tuple(settings), unknowns="case")  # fmt: skip
    return Ensemble(case, plan, notice=notice)


def opening(ensemble: Ensemble, as_of_day: int) -> Cloud:
    """Futures to start from: the end of a posterior's record if the case has one that may be used, else day 0."""
    first = min(ensemble.record_days, as_of_day + 1)
    if first == 0:
        return Cloud(ensemble, [ensemble.open(k) for k in ensemble.chunks()])
    kept = [ensemble.run_chunk(k, snapshot_day=first).snapshot for k in ensemble.chunks()]
    return Cloud(ensemble, [block for block in kept if block is not None])


@dataclass(frozen=True)
class Standing:
    """Futures on the evening of the day of a nowcast, all reports used, and what goes on from there.

    `free` are the futures without the sheet, on the day they were opened; `loads` arrive later; `named` says what loads
    of others did to the model's trucks; `not_used` are rows without any meaning for the case; `start` as in `Nowcast`.
    """

    ensemble: Ensemble
    settings: list[Setting]
    analysis: Analysis
    free: Cloud
    learned: Learned
    loads: list[outlook.Injection]
    named: list[dict[str, Any]]
    not_used: list[Row]
    start: dict[str, Any]


def stand_on(
    case: Case, rows: Mapping[str, Sequence[Row]], as_of: dt.date, horizon: int, pool: ThreadPoolExecutor, *,
    members: int, seed: int, policy: str, targets: Sequence[Row] = (), notice: Callable[[], None] | None = None,
    snapshots: Path | None = None, fresh: bool = False, keeping: bool = True,
) -> Standing:  # fmt: skip
    """Use all reports up to a day; parameters as for `nowcast`, and whether to add to the snapshots."""
    settings, odd = measures(case, rows["measures"])
    ensemble = make_ensemble(case, as_of, horizon, settings, members=members, seed=seed, policy=policy, notice=notice)
    ensemble.engine.prepare()
    day = (as_of - case.header.start).days
    start = opening(ensemble, day)
    reader = Reports(case, start)
    reports = [*reader.of_sheet(rows), *reader.of_targets(targets, as_of)]
    free = start.copy()
    found = Found(None) if snapshots is None or fresh else find(snapshots, ensemble, reports, day)
    begun = found.analysis or Analysis(start, start.day)
    began = begun.cloud.day
    analysis = go_on(begun, reports, day, pool)
    if keeping and snapshots is not None and analysis.cloud.day > began:
        keep(snapshots, analysis, reports)
    learned = learn(rows["consignments"])
    named = place_loads(analysis.cloud, rows["consignments"], rows["stocks"], learned, as_of)
    loads = _loads(case, rows["consignments"], learned, as_of, seed, members)
    return Standing(ensemble, settings, analysis, free, learned, loads, named, [*reader.not_used, *odd],
                    _started(case, began, ensemble.record_days, found))  # fmt: skip


def nowcast(
    case: Case, rows: Sorted, as_of: dt.date, *, horizon: int = 30, members: int = MEMBERS, seed: int = 1,
    policy: str = "recorded", rule: str = RULES[0], targets: Sequence[Row] = (), jobs: int = 0,
    notice: Callable[[], None] | None = None, snapshots: Path | None = None, fresh: bool = False,
    ledger: Path | None = None,
) -> Nowcast:  # fmt: skip
    """Make a nowcast.

    Parameters
    ----------
    case : as known on `as_of`
    rows : the situation, sorted for that day
    targets : reports of a targets file, used like rows of the sheet
    rule : how the humanitarian pool is allotted
    snapshots : folder of stored snapshots to start from and to add to; none without it
    fresh : start from the case, whatever is stored
    ledger : folder of stored nowcasts, which say how often each rule was right before; without it the case alone does

    Raises
    ------
    UsageError : a day before the case, no horizon, an unknown rule
    """
    if rule not in RULES:
        raise UsageError(_("No rule called {name}; known are {words}.").format(name=rule, words=", ".join(RULES)))
    shut = [Setting("closed", 1, "all", as_of + dt.timedelta(days=1), None),
            Setting("leg_closed", 1, "all", as_of + dt.timedelta(days=1), None)]  # fmt: skip
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        stand = stand_on(case, rows.rows, as_of, horizon, pool, members=members, seed=seed, policy=policy,
                         targets=targets, notice=notice, snapshots=snapshots, fresh=fresh)  # fmt: skip
        cut_off = make_ensemble(case, as_of, horizon, [*stand.settings, *shut], members=members, seed=seed,
                                policy=policy)  # fmt: skip
        today = stand.analysis.cloud
        stand.free.step(pool, today.day)
        ahead = today.copy()
        watch = Watch(case, stand.ensemble.engine.world, rules_of(case, rows.rules))
        forecast = roll_towns(ahead, horizon, pool, stand.loads, watch.series)
        without = outlook.roll(stand.free, horizon, pool)
        nothing = outlook.roll(today.copy(cut_off), horizon, pool)
    payload = _payload(case, rows, stand.analysis, forecast, nothing, as_of, horizon, stand.learned, rule)
    payload["consignments"]["named"] = stand.named
    payload["ledger"] = _ledger(case, ahead)
    made_from = stand.ensemble.provenance()
    payload |= {"unknowns": made_from.prior, "version": made_from.version, "members": members, "seed": seed,
                "policy": policy, "case_digest": case.digest}  # fmt: skip
    payload["not_used"] = [_named(row) for row in stand.not_used]
    watched = watch.values(forecast.cells, forecast.open_share, forecast.recorded, outlook.DRY)
    alerts = alert_file(case, ledger, watch.rules, watched, rows.rows, as_of)
    payload["alerts"] = alert_payload(alerts)
    return Nowcast(payload, forecast, without, watch.rules, watched, alerts, stand.start)


def _loads(
    case: Case, rows: Sequence[Row], learned: Learned, as_of: dt.date, seed: int, size: int
) -> list[outlook.Injection]:
    index = Index(case)
    made = []
    for row in pending(rows):
        if row["place"] in index.place:
            litres = np.full(size, int(row["volume_m3"] * 1000 / case.header.quantum_l), np.int64)
            days = arrival_days(row, learned, as_of, seed, size)
            made.append((index.place[row["place"]], index.product[row["product"]], litres, days))
    return made


def _payload(
    case: Case, rows: Sorted, analysis: Analysis, forecast: outlook.Forecast, nothing: outlook.Forecast,
    as_of: dt.date, horizon: int, learned: Learned, rule: str,
) -> dict[str, Any]:  # fmt: skip
    transit = outlook.transit_days(case, float(np.exp(learned.log_delay)))
    cloud = analysis.cloud
    week_ago = analysis.stock_on((as_of - case.header.start).days - 7)
    risk = outlook.risk_rows(case, cloud, forecast, nothing, week_ago, as_of, transit)
    week = as_of - dt.timedelta(days=7)
    counted = {(r["place"], r["product"]) for r in rows.rows["stocks"] if r["date"] > week}
    pools: dict[tuple[str, str], float] = {}
    for row in sorted(rows.rows["pool"], key=lambda r: r["date"]):
        pools[row["place"], row["product"]] = 1000 * row["volume_m3"]
    return {
        "case": case.name, "as_of": as_of.isoformat(), "horizon": horizon, "risk": risk, "changes": [],
        "used": analysis.used, "compared": analysis.compared,
        "set_aside": [vars(fault) for fault in rows.set_aside],
        "later": rows.later, "revised": rows.revised,
        "facilities": outlook.facility_rows(case, cloud), "allotment_rule": rule,
        "allotment": allot(rows.rows["requests"], pools, rule), "consignments": learned.payload(),
        "missing": outlook.missing_counts(case, cloud, forecast, counted),
    }  # fmt: skip


def _ledger(case: Case, cloud: Cloud) -> dict[str, Any]:
    """Mean litres found and consigned by product, and the largest imbalance over futures: 0."""
    imbalance = np.abs(cloud.imbalance_l()).max(axis=1)
    return {
        product: {"found_l": float(cloud.found_l[f].mean()), "consigned_l": float(cloud.consigned_l[f].mean()),
                  "imbalance_l": int(imbalance[f])}
        for f, product in enumerate(case.ids("products"))
    }  # fmt: skip


def _started(case: Case, began: int, record_days: int, found: Found) -> dict[str, Any]:
    """Where a nowcast began and which newer snapshots were no good, with dates."""
    evening = case.header.start - dt.timedelta(days=1)
    origin = "snapshot" if found.analysis else ("posterior" if record_days and began else "day 0")
    passed = [{"evening_of": (evening + dt.timedelta(days=one["day"])).isoformat(), "why": one["why"]}
              for one in found.passed_over]  # fmt: skip
    return {"from": origin, "evening_of": (evening + dt.timedelta(days=began)).isoformat(), "passed_over": passed}


def _named(row: Row) -> dict[str, Any]:
    return {"sheet": row["_title"], "row": row["_row"]}
