"""Search on the simulator: random changes of the best plan so far, kept if they do better over the same futures.

Common luck makes the objective a plain function of the plan, so a change is kept or not without doubt about chance; the
price is a plan that suits its futures, which is why gains are stated on fresh ones. Step lengths grow with success and
shrink with failure (the one-fifth rule; Rechenberg 1973).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from citerne.plan.decision import (
    PAY_MOST,
    RATION_LEAST,
    RESERVE_MOST,
    SIZE_LEAST,
    SIZE_MOST,
    Decision,
    Frame,
    within_budget,
)

STEP_LEAST, STEP_MOST, GROW, SHRINK = 0.05, 0.8, 1.4, 0.92
Move = Callable[[Decision, Frame, float, np.random.Generator], Decision]
GROUPS = ("escorts", "allocation", "rationing", "pay")


@dataclass(frozen=True)
class Found:
    """Best plan of a search, its score, plans tried, and rounds."""

    decision: Decision
    score: float
    tried: int


def search(
    start: Decision,
    frame: Frame,
    score_all: Callable[[Sequence[Decision]], Sequence[float]],
    *,
    groups: Sequence[str],
    seconds: float,
    seed: int,
    width: int,
    start_score: float,
) -> Found:
    """Improve a plan for some seconds, one round at least.

    Parameters
    ----------
    score_all : scores of several plans at once, larger being better
    groups : which parts may change: `escorts`, `allocation`, `rationing`, `pay` (where the frame has a budget for it)
    width : plans tried at once
    """
    rng = np.random.default_rng(seed)
    best, top, step, tried = start, start_score, 0.4, 0
    end = time.perf_counter() + seconds
    while tried == 0 or time.perf_counter() < end:
        candidates = [change(best, frame, groups, step, rng) for _k in range(width)]
        scores = score_all(candidates)
        tried += width
        k = int(np.argmax(scores))
        if scores[k] > top:
            best, top, step = candidates[k], scores[k], min(step * GROW, STEP_MOST)
        else:
            step = max(step * SHRINK, STEP_LEAST)
    return Found(best, top, tried)


def change(decision: Decision, frame: Frame, groups: Sequence[str], step: float, rng: np.random.Generator) -> Decision:
    """One to three random changes within the budget."""
    moves: dict[str, list[Move]] = {
        "escorts": [_shift_columns, _shift_weeks, _resize, _corridor, _product],
        "allocation": [_reserve, _leg_weight],
        "rationing": [_ration],
        "pay": [_pay, _insure] if frame.budget_fares is not None else [],
    }
    open_moves: list[Move] = [
        move for group in groups for move in moves[group] if group != "escorts" or frame.escorts > 0
    ]
    for _k in range(int(rng.integers(1, 4)) if open_moves else 0):
        decision = open_moves[int(rng.integers(len(open_moves)))](decision, frame, step, rng)
    return within_budget(decision, frame)


def _shift_columns(decision: Decision, frame: Frame, step: float, rng: np.random.Generator) -> Decision:
    """Move columns from one cell of theatre and period to another."""
    rates = decision.rates.copy()
    give = tuple(rng.integers(n) for n in rates.shape)
    take = tuple(rng.integers(n) for n in rates.shape)
    amount = rates[give] * rng.uniform(0, min(1.0, 2 * step))
    rates[give] -= amount
    rates[take] += amount * frame.weeks[give[1]] / frame.weeks[take[1]]
    sizes = decision.sizes.copy()
    if decision.rates[take] <= 0:
        sizes[take] = decision.sizes[give]
    return replace(decision, rates=rates, sizes=sizes)


def _shift_weeks(decision: Decision, frame: Frame, step: float, rng: np.random.Generator) -> Decision:
    """Move columns of every theatre earlier or later."""
    tilt = np.exp(rng.normal(0, step) * np.linspace(-1, 1, decision.rates.shape[1]))
    rates = decision.rates * tilt
    scale = decision.columns(frame) / max(float((rates * frame.weeks).sum()), 1e-12)
    return replace(decision, rates=rates * scale)


def _resize(decision: Decision, _frame: Frame, step: float, rng: np.random.Generator) -> Decision:
    """Larger or smaller columns in one theatre."""
    sizes = decision.sizes.copy()
    j = int(rng.integers(sizes.shape[0]))
    sizes[j] = np.clip(sizes[j] * np.exp(rng.normal(0, step)), SIZE_LEAST, SIZE_MOST)
    return replace(decision, sizes=sizes)


def _corridor(decision: Decision, frame: Frame, step: float, rng: np.random.Generator) -> Decision:
    """Another weight for one corridor among the columns of its theatre."""
    theatres = list(frame.corridors.values())
    rivals = [c for c, theatre in frame.corridors.items() if theatres.count(theatre) > 1]
    if not rivals:
        return decision
    c = rivals[int(rng.integers(len(rivals)))]
    return replace(decision, corridor_weights=_reweighed(decision.corridor_weights, c, step, rng))


def _product(decision: Decision, frame: Frame, step: float, rng: np.random.Generator) -> Decision:
    """Another weight for one product among the places in columns."""
    if len(frame.products) < 2:
        return decision
    f = frame.products[int(rng.integers(len(frame.products)))]
    return replace(decision, load_weights=_reweighed(decision.load_weights, f, step, rng))


def _reweighed(weights: Mapping[int, float], key: int, step: float, rng: np.random.Generator) -> dict[int, float]:
    weight = float(np.clip(weights.get(key, 1.0) * np.exp(rng.normal(0, 2 * step)), 0.1, 10.0))
    return {**weights, key: weight}


def _pay(decision: Decision, _frame: Frame, step: float, rng: np.random.Generator) -> Decision:
    pay = float(np.clip(max(decision.hazard_pay, 0.0) + step * rng.normal(), 0.0, PAY_MOST))
    return replace(decision, hazard_pay=pay)


def _insure(decision: Decision, _frame: Frame, step: float, rng: np.random.Generator) -> Decision:
    share = float(np.clip(max(decision.insured_share, 0.0) + step * rng.normal(), 0.0, 1.0))
    return replace(decision, insured_share=share)


def _reserve(decision: Decision, _frame: Frame, step: float, rng: np.random.Generator) -> Decision:
    now = decision.reserve_days if decision.reserve_days >= 0 else 3.0
    return replace(decision, reserve_days=float(np.clip(now + 6 * step * rng.normal(), 0.0, RESERVE_MOST)))


def _leg_weight(decision: Decision, frame: Frame, step: float, rng: np.random.Generator) -> Decision:
    if not frame.leg_groups:
        return decision
    theatre = list(frame.leg_groups)[int(rng.integers(len(frame.leg_groups)))]
    weight = float(np.clip(decision.leg_weights[theatre] * np.exp(rng.normal(0, 2 * step)), 0.1, 10.0))
    return replace(decision, leg_weights={**decision.leg_weights, theatre: weight})


def _ration(decision: Decision, frame: Frame, step: float, rng: np.random.Generator) -> Decision:
    if not frame.rationed:
        return decision
    product = frame.rationed[int(rng.integers(len(frame.rationed)))]
    share = float(np.clip(decision.rations[product] + 0.5 * step * rng.normal(), RATION_LEAST, 1.0))
    return replace(decision, rations={**decision.rations, product: share})
