"""Outcome: competing ends of the siege and of the government, day by day, and what changes after one.

Ends k: deal, siege broken, coup, collapse to the armed group. While none has come, end k comes on a day with chance
1 - exp(-h_k / 365),

    h_k = base_k exp(judgement_weight * clip(sum_j beta_kj z_j, -4, 4)),

base_k a yearly rate counted over past wars and regimes, beta judgements, and z_j all 0 when things stand as usual:

    siege    1 while pressure is declared anywhere             short   1 - cover of the hub / 7 days, at least 0
    dry      share of people in dry places                     met     part of the demands on record that is met
    strong   strength index - 1                                lost    1 - legitimacy
    alone    1 - partner

    deal     siege_shorter siege + deal_dry dry + deal_demands met
    broken   siege_shorter siege + broken_strength strong
    coup     coup_dry dry + coup_legitimacy lost
    collapse collapse_short short + collapse_strength strong + collapse_legitimacy lost + collapse_alone alone

Deal and broken siege need a siege. judgement_weight = 0 leaves the base rates. Every end has its own luck; of two on
one day the one with the smaller u / chance counts. The first end of a future is the only one.

After an end, from the next day on (while `politics` is 1): a deal is a truce on all roads, and so is the lever
national_deal while it is set; a broken siege takes the pressure off; a coup multiplies legitimacy by
coup_legitimacy_left and puts coup_disarray of the forces out of action for a while; after a collapse after_collapse of
the pressure is left and the state side fights no more. Nothing is said of supply under new rulers beyond that.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Field, Parameter, Process
from citerne.engine.kernel import HALF, I32, ONE, TWO, ZERO, clip, exp, stream, uniform

STREAM = 11
DEAL, BROKEN, COUP, COLLAPSE = 0, 1, 2, 3
SETTLED_DEAL, SETTLED_BROKEN, SETTLED_COLLAPSE = np.int32(1), np.int32(2), np.int32(3)
SEVEN, YEAR, MOST, NEVER, SMALL = (np.float32(v) for v in (7, 365, 4, 2, 0.01))

STATE = (
    Field("ended", ("end",), "f4", "", "1 once this end has come: deal, siege broken, coup, collapse."),
    Field("end_day", (), "i4", "day", "Day of the run on which an end came, counted from 1; 0 while none has."),
    Field("end_chance", ("end",), "f4", "1/day", "Chance of this end today."),
)

PARAMETERS = (
    Parameter("rate_deal", "1/year", "Base rate of a negotiated end", "lognormal", 0.011, 0.021, 0.036,
              "base_rates: war_end_late x split_mixed, 12 in 152 years x 19 of 73", "C"),
    Parameter("rate_broken", "1/year", "Base rate of an end won by the state", "lognormal", 0.017, 0.030, 0.049,
              "base_rates: war_end_late x split_state, 12 in 152 years x 28 of 73", "C"),
    Parameter("rate_coup", "1/year", "Base rate of a coup", "lognormal", 0.014, 0.028, 0.051,
              "base_rates: war_junta_coup, 6 in 216 regime-years", "B"),
    Parameter("rate_collapse", "1/year", "Base rate of collapse to the armed group", "lognormal", 0.027, 0.046, 0.076,
              "base_rates: war_junta_insurgents, 10 in 216 regime-years", "B"),
    Parameter("judgement_weight", "", "1: hazards move with the state of the country; 0: base rates alone", "fixed",
              1, 1, 1, "switch", "A"),
    Parameter("siege_shorter", "", "A siege ends sooner than a war, by deal or force (log)", "normal", 0.7, 1.6, 2.5,
              "judgement: factor 5, 2 to 12"),
    Parameter("deal_dry", "", "Pull of dry towns towards a deal (log)", "normal", -0.5, 0.5, 1.5, "judgement"),
    Parameter("deal_demands", "", "Pull of demands that are met (log)", "normal", 0.0, 1.0, 2.0, "judgement"),
    Parameter("broken_strength", "", "Strength of the group on a broken siege (log)", "normal", -2.0, -1.0, 0.0,
              "judgement"),
    Parameter("coup_dry", "", "Dry towns on a coup (log)", "normal", 0.0, 0.7, 1.4, "judgement: factor 2, 1 to 4"),
    Parameter("coup_legitimacy", "", "Lost legitimacy on a coup (log)", "normal", 0.5, 1.5, 2.5, "judgement"),
    Parameter("collapse_short", "", "An empty capital on collapse (log)", "normal", 0.0, 0.7, 1.6,
              "judgement: factor 2, 1 to 5"),
    Parameter("collapse_strength", "", "Strength of the group on collapse (log)", "normal", 0.5, 1.5, 2.5,
              "judgement"),
    Parameter("collapse_legitimacy", "", "Lost legitimacy on collapse (log)", "normal", 0.0, 1.0, 2.0, "judgement"),
    Parameter("collapse_alone", "", "A partner who leaves on collapse (log)", "normal", 0.4, 1.1, 1.8,
              "judgement: factor 3, 1.5 to 6"),
    Parameter("coup_legitimacy_left", "", "Legitimacy after a coup against before", "uniform", 0.6, 0.9, 1.2,
              "judgement: sign free"),
    Parameter("coup_disarray", "", "Part of the forces out of action after a coup", "uniform", 0.1, 0.3, 0.6,
              "judgement"),
    Parameter("after_collapse", "", "Pressure on roads left after a collapse", "uniform", 0.0, 0.5, 1.0,
              "judgement: unknown, from open roads to roads as before"),
)  # fmt: skip


def step(
    day: Any, seed: Any, members: Any, hub_km: Any, declared: Any, place_cover_d: Any, dry_people_share: Any,
    strength_index: Any, lever_partner: Any, lever_demands_met: Any, lever_national_deal: Any, politics: Any,
    rate_deal: Any, rate_broken: Any, rate_coup: Any, rate_collapse: Any, judgement_weight: Any, siege_shorter: Any,
    deal_dry: Any, deal_demands: Any, broken_strength: Any, coup_dry: Any, coup_legitimacy: Any, collapse_short: Any,
    collapse_strength: Any, collapse_legitimacy: Any, collapse_alone: Any, coup_legitimacy_left: Any,
    coup_disarray: Any, after_collapse: Any,
    legitimacy: Any, disarray: Any, settled: Any, pressure_factor: Any, ended: Any, end_day: Any, end_chance: Any,
) -> None:  # fmt: skip
    """One day; what it changes on roads shows tomorrow."""
    lanes = members.shape[0]
    hub = nearest(hub_km)
    pressure = np.zeros(lanes, np.float32)
    for t in range(declared.shape[0]):
        for i in range(lanes):
            pressure[i] = max(pressure[i], declared[t, i])
    siege = np.empty(lanes, np.float32)
    always = np.full(lanes, ONE, np.float32)
    pull = np.empty(lanes, np.float32)
    for i in range(lanes):
        siege[i] = ONE if pressure[i] > ZERO else ZERO
    for i in range(lanes):
        sooner = siege_shorter[i] * siege[i]
        pull[i] = sooner + deal_dry[i] * dry_people_share[i] + deal_demands[i] * lever_demands_met[i]
    chances(rate_deal, siege, judgement_weight, pull, end_chance[DEAL])
    for i in range(lanes):
        pull[i] = siege_shorter[i] * siege[i] + broken_strength[i] * (strength_index[i] - ONE)
    chances(rate_broken, siege, judgement_weight, pull, end_chance[BROKEN])
    for i in range(lanes):
        pull[i] = coup_dry[i] * dry_people_share[i] + coup_legitimacy[i] * (ONE - legitimacy[i])
    chances(rate_coup, always, judgement_weight, pull, end_chance[COUP])
    for i in range(lanes):
        # on day 0 nothing has been counted yet and no cover is 0
        short = clip(ONE - place_cover_d[hub, i] / SEVEN, ZERO, ONE) if day > 0 else ZERO
        strong = collapse_short[i] * short + collapse_strength[i] * (strength_index[i] - ONE)
        pull[i] = strong + collapse_legitimacy[i] * (ONE - legitimacy[i]) + collapse_alone[i] * (ONE - lever_partner[i])
    chances(rate_collapse, always, judgement_weight, pull, end_chance[COLLAPSE])
    come = np.full(lanes, I32(-1), np.int32)
    first = np.full(lanes, ONE, np.float32)
    for k in range(end_chance.shape[0]):
        key = stream(seed, STREAM, k, day, 0)
        for i in range(lanes):
            share = uniform(key, members[i]) / end_chance[k, i] if end_chance[k, i] > ZERO else NEVER
            sooner_today = share < first[i] and end_day[i] == 0
            come[i] = I32(k) if sooner_today else come[i]
            first[i] = share if sooner_today else first[i]
    last = I32(-1)
    for i in range(lanes):
        last = max(last, come[i])
    if last >= 0:  # a rare day
        for i in range(lanes):
            k = come[i]
            if k >= 0:
                ended[k, i] = ONE
                end_day[i] = I32(day + 1)
            if k == COUP:
                legitimacy[i] = clip(legitimacy[i] * coup_legitimacy_left[i], ZERO, TWO)
                disarray[i] = coup_disarray[i]
    for i in range(lanes):
        after = SETTLED_COLLAPSE if ended[COLLAPSE, i] > HALF else I32(0)
        after = SETTLED_BROKEN if ended[BROKEN, i] > HALF else after
        after = SETTLED_DEAL if ended[DEAL, i] > HALF or lever_national_deal[i] > HALF else after
        settled[i] = after if politics[i] > HALF else I32(0)
    for i in range(lanes):
        left = after_collapse[i] if settled[i] == SETTLED_COLLAPSE else ONE
        pressure_factor[i] = ZERO if settled[i] == SETTLED_BROKEN else left


def chances(rate: Any, while_on: Any, weight: Any, pull: Any, goal: Any) -> None:
    """Chance of one end today in every future, 1 - exp(-x)."""
    for i in range(goal.shape[0]):  # written out: a function of its own is called future by future
        x = rate[i] * while_on[i] / YEAR * exp(weight[i] * clip(pull[i], -MOST, MOST))
        # small x to second order, since float32 loses digits next to 1
        goal[i] = x * (ONE - HALF * x) if x < SMALL else ONE - exp(-x)


def nearest(hub_km: Any) -> Any:
    """The hub: the place at distance 0 of itself."""
    best = 0
    for p in range(hub_km.shape[0]):
        best = p if hub_km[p] < hub_km[best] else best
    return best


PROCESS = Process("outcome", "How it may end", STATE, PARAMETERS, step)
