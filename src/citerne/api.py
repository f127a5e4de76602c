"""The public functions: load, check, run. Everything else is reached through what they return."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citerne.base.errors import DataError
from citerne.case.case import Case, load
from citerne.case.policies import Policy, find_policy, parse_set
from citerne.ensemble.run import Ensemble, Plan
from citerne.ensemble.workers import Jobs
from citerne.model.levers import Setting
from citerne.results.results import Results

if TYPE_CHECKING:
    from citerne.calibrate.fit import Calibration
    from citerne.calibrate.score import Scorecard
    from citerne.nowcast.nowcast import Nowcast
    from citerne.plan.optimise import PlanFound
    from citerne.plan.stress import Stress
    from citerne.plan.together import Comparison

__all__ = [
    "Case", "Policy", "Results", "calibrate", "check", "compare", "displacement", "load", "make_ensemble", "nowcast",
    "outlook", "plan", "report", "run", "score", "stress",
]  # fmt: skip


def check(name: str | Path = "mali") -> tuple[str, ...]:
    """Faults of a case, each in one sentence; empty when it is sound."""
    try:
        load(name)
    except DataError as error:
        return tuple(str(fault) for fault in error.faults)
    return ()


def make_ensemble(
    case: Case | str | Path = "mali",
    *,
    days: int | None = None,
    members: int = 500,
    seed: int = 1,
    policy: str | Path = "recorded",
    variants: Sequence[str] = (),
    settings: Mapping[str, float] | Sequence[str] = (),
    record_all: bool = False,
    unknowns: str = "case",
    fresh_luck: bool = False,
    notice: Callable[[], None] | None = None,
) -> Ensemble:
    """An ensemble made ready to run; see `run` for the arguments."""
    loaded = case if isinstance(case, Case) else load(case)
    words = [f"{k}={v}" for k, v in settings.items()] if isinstance(settings, Mapping) else list(settings)
    chosen = find_policy(loaded, policy)
    levers, fixed = [], {}
    for word in words:
        parsed = parse_set(word, loaded)
        if parsed.is_lever:
            levers.append(Setting(parsed.name, parsed.value, parsed.target or "all"))
        else:
            fixed[parsed.name] = parsed.value
    plan = Plan(
        days=loaded.header.days if days is None else days,
        members=members,
        seed=seed,
        policy=chosen.name,
        policy_settings=tuple(Setting(s.lever, s.value, s.target or "all", s.start, s.end) for s in chosen.sets),
        triggers=chosen.triggers,
        variants=tuple(variants),
        settings=tuple(levers),
        fixed=fixed,
        words=tuple(words),
        everything=record_all,
        unknowns=unknowns,
        fresh_luck=fresh_luck,
    )
    return Ensemble(loaded, plan, notice=notice)


def run(
    case: Case | str | Path = "mali",
    *,
    days: int | None = None,
    members: int = 500,
    seed: int = 1,
    policy: str | Path = "recorded",
    variants: Sequence[str] = (),
    settings: Mapping[str, float] | Sequence[str] = (),
    until: dt.date | None = None,
    jobs: Jobs = 0,
    record_all: bool = False,
    unknowns: str = "case",
    fresh_luck: bool = False,
) -> Results:
    """Simulate a case.

    Parameters
    ----------
    case : bundled name, folder, or a Case
    days : horizon in days from day 0 (default: what the case says)
    members, seed : number of futures and their luck
    policy : named policy of the case or a file
    variants : rival assumptions to hold to (`truce`, `gamma:0`); axes not named are drawn by weight
    settings : levers (`customs_h=24`, `columns_per_week.south=4`) or parameters (`size_law_gamma=0`) to set
    until : hide what became known after this day
    jobs : threads (0: all cores) or an executor; results do not depend on it
    unknowns : `case` (the posterior that the case carries, else its priors), `prior`, or the folder of a posterior
    fresh_luck : with a posterior, draw the luck of the record anew (what could have happened)

    Returns
    -------
    Results : series by day and member

    Raises
    ------
    UsageError, DataError : with the mend
    """
    loaded = case if isinstance(case, Case) else load(case)
    if until is not None:
        loaded = loaded.known_until(until)
    ensemble = make_ensemble(
        loaded,
        days=days,
        members=members,
        seed=seed,
        policy=policy,
        variants=variants,
        settings=settings,
        record_all=record_all,
        unknowns=unknowns,
        fresh_luck=fresh_luck,
    )
    from citerne.ensemble.parcels import run_anywhere

    return run_anywhere(ensemble, jobs)


def compare(
    case: Case | str | Path = "mali",
    *,
    policies: Sequence[str | Path],
    metrics: Sequence[str] = (),
    matters: float | None = None,
    jobs: Jobs = 0,
    **options: Any,
) -> Comparison:
    """Compare policies over the same futures; the first is the baseline (`recorded` where only one is named).

    Parameters
    ----------
    case : bundled name, folder, or a Case
    policies : names of the case's policies, or files
    metrics : what to compare, `variable`, `variable.place` or `variable.place.product` (default: every series)
    matters : smallest difference of the leading measure that matters, in its unit
    options : `days`, `members`, `seed`, `variants`, `settings`, `notice` as for `run`

    Returns
    -------
    Comparison : paired differences, and which policies may be the best in the leading measure: the first of `metrics`,
        else the lowest days of cover at the hub
    """
    from citerne.ensemble.parcels import run_anywhere
    from citerne.plan.compare import Key, Measure, measures
    from citerne.plan.together import compare_policies

    loaded = case if isinstance(case, Case) else load(case)
    header = loaded.header

    def simulate(policy: str | Path) -> tuple[str, dict[Key, Measure]]:
        results = run_anywhere(make_ensemble(loaded, policy=policy, **options), jobs)
        return results.provenance.policy, measures(results, header.hub, header.country, metrics)

    chosen = list(policies) if len(policies) > 1 else ["recorded", *policies]
    lead = None if metrics else ("stock_days", header.hub, "all")
    return compare_policies(simulate, chosen, lead=lead, matters=matters)


def stress(
    case: Case | str | Path = "mali",
    *,
    budget: int = 3,
    protections: int | None = None,
    spare: float = 1.5,
    cover_days: float = 2.0,
    breakpoints: bool = True,
    halvings: int = 6,
    jobs: int = 0,
    **options: Any,
) -> Stress:
    """Worst closures with the protection that answers them, critical segments, and break-points of a case.

    Parameters
    ----------
    budget, protections : most segments closed at once; segments protected in the answer (default: as many)
    spare : most that a road or a source carries against its normal volume
    cover_days : days of cover at the hub that must hold, for the break-points
    breakpoints, halvings : whether to look for them, and how often to halve
    options : `days`, `members`, `seed`, `policy`, `variants`, `settings`, `notice` as for `run`
    """
    from dataclasses import replace

    from citerne.plan.breakpoints import find_breakpoints
    from citerne.plan.segments import supply_network
    from citerne.plan.stress import cut_stress

    loaded = case if isinstance(case, Case) else load(case)
    found = cut_stress(supply_network(loaded, spare=spare), budget, protections)
    if not breakpoints:
        return found
    points = find_breakpoints(
        loaded, lambda: make_ensemble(loaded, **options), cover_days=cover_days, halvings=halvings, jobs=jobs
    )
    return replace(found, breakpoints=points)


def score(results: Results, *, targets: str | Path | None = None) -> Scorecard:
    """Score a run against a targets file, or the targets of its case; DataError with all faults of the file."""
    from citerne.calibrate.score import read_targets, score

    rows = read_targets(Path(targets)) if targets else load(results.provenance.case).rows("targets")
    return score(results, rows)


def calibrate(
    case: Case | str | Path = "mali",
    *,
    targets: str | Path | None = None,
    until: dt.date | None = None,
    budget: int = 5_000_000,
    seed: int = 1,
    jobs: Jobs = 0,
    work: Path | None = None,
) -> Calibration:
    """Fit a case to what was observed.

    Parameters
    ----------
    case : bundled name, folder, or a Case
    targets : targets file (default: the case's own)
    until : use nothing that became known later
    budget, seed : futures to run and their luck; equal arguments give equal posteriors
    work : folder in which finished steps are kept, so that an interrupted calibration goes on from them
    """
    from citerne.calibrate.fit import calibrate
    from citerne.calibrate.score import read_targets

    loaded = case if isinstance(case, Case) else load(case)
    rows = read_targets(Path(targets)) if targets else loaded.rows("targets")
    known = loaded.known_until(until) if until is not None else loaded
    return calibrate(known, rows, budget=budget, seed=seed, jobs=jobs, work=work)


def plan(
    case: Case | str | Path = "mali",
    *,
    objective: str = "mixed",
    seconds: float = 60.0,
    escorts: float | None = None,
    trucks: float | None = None,
    budget_fares: float | None = None,
    change: Sequence[str] = (),
    min_cover_days: float = 0.0,
    members: int = 192,
    fresh_members: int = 768,
    seed: int = 1,
    days: int | None = None,
    jobs: Jobs = 0,
    **options: Any,
) -> PlanFound:
    """Find columns, allocation and rationing that do better than the record, and say by how much on fresh futures.

    Parameters
    ----------
    objective : `cover` (lowest days of cover at the hub), `people` (use served), `hospital` (person-days without), or
        `mixed` (the mean of the three in spreads)
    seconds : time to take, a compilation not counted
    escorts, trucks : columns a week, and tankers in columns a week, on average; as recorded if None
    budget_fares : most that hazard pay and insurance may cost on average, in trip fares; as recorded if None
    change : what may change, of `escorts`, `allocation`, `rationing` and, with a budget, `pay`; all if empty
    min_cover_days : days of cover of the country that the plan must be able to keep
    members, fresh_members : futures of the search, and of the proof
    days : horizon (default: the dated record, at most what the case says)
    options : `policy`, `variants`, `settings`, `notice` as for `run`

    Raises
    ------
    InfeasibleError : the constraints clash; the text says which
    """
    from citerne.plan.optimise import make_plan
    from citerne.plan.search import GROUPS

    loaded = case if isinstance(case, Case) else load(case)
    header = loaded.header
    horizon = days or min(header.days, (header.record_end - header.start).days + 1)
    return make_plan(
        lambda futures, luck: make_ensemble(loaded, days=horizon, members=futures, seed=luck, **options),
        objective=objective,  # type: ignore[arg-type]
        seconds=seconds,
        seed=seed,
        escorts=escorts,
        trucks=trucks,
        budget_fares=budget_fares,
        groups=tuple(change) or GROUPS,
        min_cover_days=min_cover_days,
        search_futures=members,
        fresh_futures=fresh_members,
        jobs=jobs,
    )


def outlook(
    case: str | Path = "mali", *, as_of: dt.date | None = None, months: int = 12, judgement: bool = True,
    draws: int = 4000, seed: int = 1, run: Results | None = None,
) -> dict[str, Any]:  # fmt: skip
    """How it may end, month by month, and what may follow; base rates stand beside every chance.

    Parameters
    ----------
    case : bundled name or folder
    as_of : hide what became known later
    months, draws, seed : horizon; draws of rates and factors, and their luck
    judgement : False leaves the base rates alone
    run : a run of the case, whose simulated ends are shown beside
    """
    from citerne.case.case import find_case
    from citerne.outlook.assess import outlook

    return outlook(
        find_case(str(case)), as_of=as_of, months=months, judgement=judgement, draws=draws, seed=seed, run=run
    )


def displacement(
    conflict: str | Path, *, validation: str | Path, days: int = 0, capacities: bool = True, refit: bool = False,
    seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Run a conflict in Flee's file layout as flows, and score it beside what needs no model.

    Parameters
    ----------
    conflict, validation : the two folders of the layout
    days : days to run; 0 takes the length that the folder states
    capacities : False leaves the capacities of camps aside
    refit, seed : fit the parameters to this very conflict, and the luck of that fit
    """
    from citerne.displacement.study import displacement

    folders = (Path(conflict), Path(validation))
    return displacement(*folders, days=days, capacities=capacities, refit=refit, seed=seed)


def report(
    results: Results, *, out: str | Path, case: Case | None = None, language: str = "en", public: bool = False
) -> Path:
    """Write the two pages of a run, its scores among them; `citerne report` sets outlook, claims and plans beside.

    Parameters
    ----------
    results, case : the run, and its case where its name is not enough
    out : file to write
    language : `en` or `fr`
    public : first-level regions and weeks only
    """
    from citerne.report.beside import Beside
    from citerne.report.page import write_report

    card = score(results)
    beside = Beside(scores=card.rows, not_modelled=card.not_modelled)
    write_report(results, case or load(results.provenance.case), Path(out), language, public, beside=beside)
    return Path(out)


def nowcast(
    case: str | Path = "mali", *, situation: str | Path, as_of: dt.date, horizon: int = 30, members: int = 2048,
    seed: int = 1, policy: str = "recorded", rule: str = "life_saving", jobs: int = 0,
) -> Nowcast:  # fmt: skip
    """Chance of running dry by town and fuel, from a situation sheet; nothing is kept, unlike by `citerne nowcast`.

    Parameters
    ----------
    situation : sheet (.xlsx) or folder of CSV; rows that do not fit are set aside
    as_of, horizon : use only what was known that day; days ahead
    members, seed, policy, jobs : as for `run`
    rule : allotment of the humanitarian pool
    """
    from citerne.nowcast.nowcast import nowcast
    from citerne.nowcast.questions import sort_rows
    from citerne.nowcast.reading import read_situation

    loaded = load(case, until=as_of)
    rows = sort_rows(loaded, read_situation(Path(situation), loaded), as_of)
    return nowcast(
        loaded, rows, as_of, horizon=horizon, members=members, seed=seed, policy=policy, rule=rule, jobs=jobs
    )  # fmt: skip
