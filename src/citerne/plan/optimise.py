"""From a case to a plan: start, search, proof on fresh futures, bound, values, regret."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from citerne.base.errors import InfeasibleError, UsageError
from citerne.base.text import _
from citerne.ensemble.run import Ensemble
from citerne.ensemble.workers import Jobs, count_of
from citerne.plan.ceiling import Bound, find_bound
from citerne.plan.compare import Z90
from citerne.plan.decision import RATION_LEAST, Decision, Frame, as_recorded, frame_of, simple_rules, within_budget
from citerne.plan.fluid import Fluid, Inflow, solve_fluid
from citerne.plan.judge import UNITS, Judge, Judgement, Objective, cvar, robust
from citerne.plan.search import GROUPS, search
from citerne.plan.worth import Worth, find_worth, runs_after

Array = np.ndarray[Any, Any]
SEARCH_SHARE, LEAST_SHARE = 0.6, 0.25  # of the time for the search; the rest proves the plan on fresh futures
WORTH_FUTURES = 96
PROOF_RUNS = 16  # steps, ceilings and size laws of the proof; the rules come on top
WIDTH = 2
GAMMAS = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Gain:
    """A plan against the record over the same fresh futures: mean difference with its 90 % interval."""

    mean: float
    mean_low: float
    mean_high: float
    p05: float
    p95: float
    cvar: float
    probability_better: float


@dataclass(frozen=True)
class InVariant:
    """The gain within one rival assumption."""

    variant: str
    futures: int
    gain: Gain


@dataclass(frozen=True)
class Regret:
    """How much a rule or the plan falls short of the best of all of them: mean, and most in any variant."""

    rule: str
    mean: float
    most: float
    variant: str


@dataclass(frozen=True)
class PlanFound:
    """Everything that `plan` found; `decision` and `frame` say what is to be done."""

    objective: Objective
    unit: str
    decision: Decision
    frame: Frame
    start: str
    recorded_mean: float
    plan_mean: float
    gain: Gain
    parts: Mapping[str, float]
    bound: Bound
    robust_over: tuple[InVariant, ...]
    regret: tuple[Regret, ...]
    by_gamma: tuple[InVariant, ...]
    worth: Worth
    beside: Mapping[str, tuple[float, float]]
    latest_dispatch: Mapping[str, int]
    break_even_loss: float
    recorded_fares: float
    plan_fares: float
    tried: int
    fresh_futures: int
    seconds: float


def make_plan(
    make: Callable[[int, int], Ensemble],
    *,
    objective: Objective,
    seconds: float,
    seed: int,
    escorts: float | None = None,
    trucks: float | None = None,
    budget_fares: float | None = None,
    groups: Sequence[str] = GROUPS,
    min_cover_days: float = 0.0,
    search_futures: int = 192,
    fresh_futures: int = 768,
    jobs: Jobs = 2,
) -> PlanFound:
    """Find a plan.

    Parameters
    ----------
    make : an ensemble of so many futures with such a seed
    escorts, trucks : columns a week and tankers in them a week, on average over the horizon; as recorded if None
    budget_fares : most that pay and insurance may cost, in trip fares, on average; as recorded if None
    groups : what may change: `escorts`, `allocation`, `rationing`, and with a budget `pay`
    min_cover_days : days of cover of the country that the fluid plan must be able to keep, else InfeasibleError

    Raises
    ------
    InfeasibleError : the constraints clash; the text says which
    UsageError : the case does not record the objective, or pay is to change without a budget
    """
    if tuple(groups) == ("pay",) and budget_fares is None:
        raise UsageError(_("Pay can only change within a budget: add --budget."))
    ensemble = make(search_futures, seed)
    ensemble.engine.prepare()  # a compilation, if one is due, does not count
    began = time.perf_counter()
    case, world = ensemble.case, ensemble.engine.world
    frame = frame_of(case, world, ensemble.plan.days, escorts, trucks, budget_fares)
    judge = Judge(ensemble, frame)
    judge.require(objective)
    recorded = as_recorded(frame, world)
    inflow = inflow_of(judge, recorded)
    fluid = solve_fluid(frame, inflow, gamma=None)
    check_feasible(frame, inflow, min_cover_days)
    base = judge.judge(None)
    check_budget(frame, base)

    def score(judged: Judgement) -> float:
        if not affordable(frame, judged):
            return -math.inf
        return robust(judged.of(objective, base) - base.of(objective, base))

    starts = simple_rules(frame, world, recorded)
    for gamma in (0.0, 1.0):
        starts[f"fluid_gamma_{gamma:g}"] = fluid_start(frame, solve_fluid(frame, inflow, gamma=gamma), recorded)
    allowed = {name: start for name, start in starts.items() if _fits(name, groups)}
    asked = time.perf_counter()
    scores = [score(judged) for judged in judge.judge_all(list(allowed.values()), jobs)]
    per_plan = (time.perf_counter() - asked) / len(allowed)
    few = min(search_futures, WORTH_FUTURES)
    futures = runs_after(frame, world) * few + (len(starts) + PROOF_RUNS) * fresh_futures
    proof = per_plan * futures / search_futures
    until = max(min(SEARCH_SHARE * seconds, seconds - proof), LEAST_SHARE * seconds)
    top = int(np.argmax(scores))
    name = list(allowed)[top]
    found = search(
        allowed[name], frame, lambda some: [score(one) for one in judge.judge_all(some, jobs)], groups=groups,
        seconds=max(0.0, until - (time.perf_counter() - began)), seed=seed, width=max(WIDTH, count_of(jobs)),
        start_score=scores[top],
    )  # fmt: skip
    plan = found.decision
    fresh = Judge(make(fresh_futures, seed + 1), frame)
    some = judge if few >= search_futures else Judge(make(few, seed), frame)
    prove = _prove(fresh, some, plan, starts, objective, recorded, jobs)
    worth = find_worth(some, plan, objective, jobs)
    truck = max((value.per_unit for value in worth.values if value.resource == "truck"), default=0.0)
    return PlanFound(
        objective=objective, unit=_(UNITS[objective]), decision=plan, frame=frame, start=name,
        worth=worth, break_even_loss=worth.delay_costs / truck if truck > 0 else math.nan,
        latest_dispatch=_latest_dispatch(fresh, plan), tried=found.tried, fresh_futures=fresh_futures,
        seconds=time.perf_counter() - began, **prove(fluid),
    )  # fmt: skip


def _fits(name: str, groups: Sequence[str]) -> bool:
    if name == "capital_first":
        return "allocation" in groups
    return name == "recorded" or "escorts" in groups


def gain_of(plan: Array, recorded: Array) -> Gain:
    """Paired gain with a 90 % interval of its mean."""
    gain = plan - recorded
    error = float(gain.std(ddof=1)) / math.sqrt(gain.size) if gain.size > 1 else math.nan
    mean = float(gain.mean())
    low, high = (float(q) for q in np.quantile(gain, (0.05, 0.95)))
    return Gain(mean, mean - Z90 * error, mean + Z90 * error, low, high, cvar(gain), float((gain > 0).mean()))


def _prove(
    fresh: Judge,
    some: Judge,
    plan: Decision,
    starts: Mapping[str, Decision],
    objective: Objective,
    recorded: Decision,
    jobs: Jobs,
) -> Callable[[Fluid], dict[str, Any]]:
    """Judge plan, record, simple rules and the world without threat on fresh futures."""
    base = fresh.judge(None)
    rules = {name: decision for name, decision in starts.items() if not name.startswith("fluid")}
    escorts_only = replace(
        recorded, rates=plan.rates, sizes=plan.sizes, corridor_weights=plan.corridor_weights,
        load_weights=plan.load_weights,
    )  # fmt: skip
    with_rationing = replace(plan, hazard_pay=recorded.hazard_pay, insured_share=recorded.insured_share)
    with_allocation = replace(with_rationing, rations=recorded.rations)
    named = [name for name in rules if name != "recorded"]
    everything = [plan, escorts_only, with_allocation, with_rationing, *(rules[name] for name in named)]
    judged = fresh.judge_all(everything, jobs)

    def value(one: Judgement) -> Array:
        return one.of(objective, base)

    mine, zero = value(judged[0]), value(base)
    candidates = {"plan": mine, "recorded": zero}
    candidates |= dict(zip(named, map(value, judged[4:]), strict=True))
    steps = [zero, value(judged[1]), value(judged[2]), value(judged[3]), mine]
    parts = {
        group: float((after - before).mean()) for group, before, after in zip(GROUPS, steps, steps[1:], strict=False)
    }
    variants = _variants(fresh)
    by_gamma = _gammas(fresh, plan, objective, base, jobs)
    fares = [float(one.measures["protection_cost_fares"].mean()) for one in (base, judged[0])]

    def result(fluid: Fluid) -> dict[str, Any]:
        means = float(zero.mean()), float(mine.mean())
        return {
            "recorded_mean": float(zero.mean()),
            "plan_mean": float(mine.mean()),
            "gain": gain_of(mine, zero),
            "parts": parts,
            "bound": find_bound(fresh, some, plan, objective, base, means, fluid, jobs),
            "by_gamma": by_gamma,
            "recorded_fares": fares[0],
            "plan_fares": fares[1],
            "robust_over": tuple(
                InVariant(name, int(who.sum()), gain_of(mine[who], zero[who])) for name, who in variants.items()
            ),
            "regret": _regret(candidates, variants),
            "beside": {
                name: (float(base.measures[name].mean()), float(judged[0].measures[name].mean()))
                for name in base.measures
            },
        }

    return result


def _gammas(
    fresh: Judge, plan: Decision, objective: Objective, base: Judgement, jobs: Jobs
) -> tuple[InVariant, ...]:  # fmt: skip
    """The gain with the size law at 0, 1/2 and 1 in every future, because it flips the advice on column size."""
    calls = [(rule, None, {"size_law_gamma": gamma}) for gamma in GAMMAS for rule in (None, plan)]
    values = [one.of(objective, base) for one in fresh.judge_calls(calls, jobs)]
    pairs = zip(GAMMAS, values[::2], values[1::2], strict=True)
    return tuple(InVariant(f"{gamma:g}", mine.size, gain_of(mine, zero)) for gamma, zero, mine in pairs)


def affordable(frame: Frame, judged: Judgement) -> bool:
    """Whether pay and insurance stay within the budget on average, two standard errors included."""
    if frame.budget_fares is None:
        return True
    cost = judged.measures["protection_cost_fares"]
    return float(cost.mean() + 2 * cost.std() / math.sqrt(cost.size)) <= frame.budget_fares


def check_budget(frame: Frame, base: Judgement) -> None:
    """InfeasibleError if what the record pays already is more than the budget."""
    if frame.budget_fares is None:
        return
    if not (math.isfinite(frame.budget_fares) and frame.budget_fares >= 0):
        raise InfeasibleError(_("The budget must be a number of trip fares, 0 or more."))
    if not affordable(frame, base):
        text = _(
            "Pay and insurance as recorded cost {cost} trip fares on average, the budget is {budget}: it clashes with "
            "hazard_pay and insured_share of the inputs or the policy. Raise --budget or lower them."
        )
        cost = float(base.measures["protection_cost_fares"].mean())
        raise InfeasibleError(text.format(cost=f"{cost:.0f}", budget=f"{frame.budget_fares:.0f}"))


def _variants(judge: Judge) -> dict[str, Array]:
    """Members of each rival assumption, `axis:choice`; of all where the case has none."""
    found: dict[str, Array] = {}
    for k, chosen in enumerate(judge.combinations):
        for axis, choice in chosen.items():
            who = judge.combination == k
            found[f"{axis}:{choice}"] = found.get(f"{axis}:{choice}", np.zeros(who.size, bool)) | who
    found = {name: who for name, who in found.items() if who.sum() > 1}
    return found or {"all": np.ones(judge.combination.size, bool)}


def _regret(candidates: Mapping[str, Array], variants: Mapping[str, Array]) -> tuple[Regret, ...]:
    best = max(float(values.mean()) for values in candidates.values())
    rows = []
    for name, values in candidates.items():
        short = {
            variant: max(float(other[who].mean()) for other in candidates.values()) - float(values[who].mean())
            for variant, who in variants.items()
        }
        worst = max(short, key=lambda variant: short[variant])
        rows.append(Regret(name, best - float(values.mean()), short[worst], worst))
    return tuple(sorted(rows, key=lambda row: row.most))


def _latest_dispatch(judge: Judge, plan: Decision) -> dict[str, int]:
    """Last day of the run on which a truck may leave each theatre's nearest border so as to be unloaded before one
    future in ten has less than two days of cover at the hub; days from day 0, -1 if it is too late already."""
    low = judge.first_low_day(plan, cover_days=2.0)
    day = float(np.quantile(low, 0.1))
    fixed = judge.world.constants
    customs = float(fixed["plan_customs_h"][min(int(day), judge.frame.days - 1), 0, 0]) / 24
    found = {}
    for t in judge.frame.theatres:
        lead = float(fixed["inland_days"][fixed["corridor_theatre"] == t].min()) + customs + 1
        found[judge.theatre_names[t]] = max(-1, math.floor(day - lead))
    return found


def inflow_of(judge: Judge, recorded: Decision) -> Inflow:
    """Mean data of the fluid plan, from the record and from a run without columns."""
    frame, fixed = judge.frame, judge.world.constants
    reach, _leave, waiting = judge.border_flows(None)
    _reach, alone, _waiting = judge.border_flows(replace(recorded, rates=np.zeros_like(recorded.rates)))
    mean = {name: float(np.mean(judge.starts[0].parameters[name])) for name in
            ("truck_m3", "demand_factor", "hazard_per_km", "escort_deterrence", "loss_at_50")}  # fmt: skip
    litres = mean["truck_m3"] * 1000
    normal = np.zeros(len(frame.theatres))
    hit = np.zeros(len(frame.theatres))
    for j, t in enumerate(frame.theatres):
        own = fixed["corridor_theatre"] == t
        supply = fixed["supply_l"][own].sum(axis=1)
        normal[j] = supply.sum() * mean["demand_factor"] * 7 / litres
        km = float((supply * fixed["exposed_km"][own]).sum() / max(supply.sum(), 1e-9))
        hit[j] = 1 - math.exp(-mean["hazard_per_km"] * km * math.exp(-mean["escort_deterrence"]))
    stock = float(judge.starts[0].state["stock_l"].sum(axis=(0, 1)).mean()) / litres
    return Inflow(
        np.maximum(reach, normal[:, None]), alone, waiting, stock, float(fixed["capacity_l"].sum()) / litres,
        float(fixed["demand_l"].sum()) * mean["demand_factor"] * 7 / litres, hit, mean["loss_at_50"],
    )  # fmt: skip


def fluid_start(frame: Frame, fluid: Fluid, recorded: Decision) -> Decision:
    """A decision that follows a fluid plan, week by week gathered into periods."""
    rates, sizes = np.zeros_like(recorded.rates), recorded.sizes.copy()
    for w in range(fluid.columns.shape[1]):
        k = frame.period_of(frame.first_day + 7 * w)
        rates[:, k] += fluid.columns[:, w] / frame.weeks[k]
    for j in range(rates.shape[0]):
        total = float(fluid.columns[j].sum())
        if total > 0:
            sizes[j] = fluid.trucks[j].sum() / total
    return within_budget(replace(recorded, rates=rates, sizes=sizes), frame)


def check_feasible(frame: Frame, inflow: Inflow, min_cover_days: float) -> None:
    """InfeasibleError, naming the constraints that clash, if even the fluid plan without losses cannot keep a cover."""

    def works(data: Inflow, **budget: float) -> bool:
        least = {"least_use": RATION_LEAST, "min_cover_days": min_cover_days}
        return solve_fluid(frame, data, gamma=None, **least, **budget).feasible

    if min_cover_days <= 0 or works(inflow):
        return
    plenty = replace(inflow, arrivals=inflow.arrivals * 1e3)
    trials = {
        _("columns under escort"): (inflow, {"escorts": 1e9}),
        _("trucks in columns"): (inflow, {"trucks": 1e9}),
        _("columns and the trucks in them together"): (inflow, {"escorts": 1e9, "trucks": 1e9}),
        _("columns, trucks and fuel at source together"): (plenty, {"escorts": 1e9, "trucks": 1e9}),
    }
    cures = [name for name, (data, budget) in trials.items() if works(data, **budget)]
    text = _(
        "{days} days of cover cannot be kept with {columns} columns and {trucks} trucks while half of normal use is "
        "served, even without losses."
    ).format(days=f"{min_cover_days:g}", columns=f"{frame.escorts:.0f}", trucks=f"{frame.trucks:.0f}")
    if cures:
        text += " " + _("It clashes with: {what}.").format(what=cures[0])
    else:
        text += " " + _("It clashes with the opening stock and the tanks: no number of columns would do.")
    raise InfeasibleError(text)
