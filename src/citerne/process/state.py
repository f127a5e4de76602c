"""State: the armed group's strength, harm to civilians by either side, legitimacy, and where the state's force is.

Indices are 1 on day 0. Daily expectations, no draws of its own. With I fighters among P people, i = I / P, and L the
legitimacy of the state (0 to 2):

    mu    = clip(intelligence_opening + intelligence_legitimacy (L - 1) + partner_intelligence (p - 1), 0, 1)
    H     = hits_per_day * o * a                                   people hit by the state side (0 where I = 0)
    loss  = H [mu + (1 - mu) i]                                    fighters (Kress & Szechtman 2009)
    C_s   = H (1 - mu)(1 - i) exp(partner_harm (p - 1))            civilians killed by the state side
    C_g   = group_harm * I / 1000 * a + killed_per_truck * D       civilians killed by the armed group
    I    += theta (C_s - harm_symmetry * C_g) + other_recruits I / 365 - loss
    L    += legitimacy_harm (harm_symmetry * C_g - C_s) / 1000 + deprivation_effect d / 7 + restored_effect r
            + civic_effect * civic_space

p is the partner lever (1 as on day 0), D the trucks destroyed today, a = truce_factor while a deal holds and else 1;
the state side hits nobody after a collapse. Harm by either side is treated alike: at harm_symmetry = 1 equal harm
cancels in strength and in legitimacy. theta, recruits per civilian killed, is a mixture: recruits_by_harm in 85 % of
futures, else minus the size of deterred_by_harm, since some studies find that harm deters or does nothing.

Deprivation d is the mean of the people share in dry places and of the power hours lost against day 0, smoothed over a
week; r is its fall. It blames the state that fails and the group that besieges, so its sign is free.

Force is a budget: with front, escort and garrison shares f, e, g the field has o = 1 - e - g of what the second front
leaves, all against day 0 and less disarray (after a coup). Exponents on them are force_elasticity.

Couplings, read by threat and convoys the next day, exactly 1 while `politics` is 0:

    strength_factor     = (I / opening)^strength_elasticity
    intelligence_factor = exp(-intelligence_effect (mu - mu on day 0))
    garrison_factor     = force in garrisons^-force_elasticity
    escort_factor       = force in escorts^force_elasticity * exp(partner_escort (p - 1))
    deal_factor_c       = 1 - deal_kept * local_deal_c
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Arrays, Field, Parameter, Process, World
from citerne.engine.kernel import F32, HALF, ONE, TWO, ZERO, clip, exp, power

ARMED_GROUP, STATE_SIDE = 0, 1
DEAL, COLLAPSE = 1, 3  # values of `settled`
# shares on day 0: the defaults of the levers of the same name
FRONT, ESCORT, GARRISON = np.float32(0.2), np.float32(0.25), np.float32(0.5)
DETERRED_SHARE = np.float32(0.15)
SEVEN, YEAR, THOUSAND, SMALLEST, LARGEST = (np.float32(v) for v in (7, 365, 1000, 0.05, 4))

STATE = (
    Field("fighters", (), "f4", "people", "Fighters of the armed group."),
    Field("strength_index", (), "f4", "index", "Fighters against day 0."),
    Field("legitimacy", (), "f4", "index", "Legitimacy of the state against day 0, 0 to 2."),
    Field("intelligence", (), "f4", "", "Chance that a hit of the state side is on target by knowledge."),
    Field("civilians_killed", ("side",), "f4", "people/day", "Expected today, by the side that kills."),
    Field("deprivation", (), "f4", "", "Want of fuel and power, 0 to 1, smoothed over a week."),
    Field("disarray", (), "f4", "", "Part of the forces out of action after a coup."),
)

PARAMETERS = (
    Parameter("politics", "", "1: this block acts on roads; 0: it only runs beside them", "fixed", 1, 1, 1, "switch",
              "A"),
    Parameter("opening_fighters", "people", "Fighters of the armed group on day 0", "lognormal", 1000, 3000, 9000,
              "judgement", floor=1),
    Parameter("hits_per_day", "people/day", "People hit by the state side in a day", "lognormal", 1, 3, 9,
              "judgement"),
    Parameter("intelligence_opening", "", "Chance that a hit is on target by knowledge, day 0", "beta", 0.25, 0.5, 0.75,
              "judgement; Kress & Szechtman 2009 for the role it plays", floor=0, ceiling=1),
    Parameter("intelligence_legitimacy", "", "Rise of that chance per unit of legitimacy", "uniform", 0.0, 0.2, 0.4,
              "judgement: people inform those they trust"),
    Parameter("intelligence_effect", "", "Cut of attacks per unit of that chance (log scale)", "lognormal",
              0.2, 0.8, 3, "judgement"),
    Parameter("recruits_by_harm", "", "Recruits per civilian killed by the other side", "lognormal", 0.066, 0.38, 2.17,
              "judgement from Condra et al. 2010 (NBER 16152), Dell & Querubin 2018: median 0.38, log sd 1.06"),
    Parameter("deterred_by_harm", "", "Recruits lost per civilian killed, where harm deters", "normal",
              -0.33, 0.0, 0.33, "judgement from Lyall 2009 (attacks fell by 24 %): half-normal, sd 0.2"),
    Parameter("harm_mixture", "", "Which of the two holds: below 0.15 harm deters", "uniform", 0.0, 0.5, 1.0,
              "judgement: no such effect in Iraq, the opposite in Chechnya"),
    Parameter("harm_symmetry", "", "Reaction to harm by the group against the same by the state side", "uniform",
              0.5, 1.0, 1.5, "judgement; Condra & Shapiro 2012: both sides are punished"),
    Parameter("other_recruits", "1/year", "Recruits for other reasons less those who leave, per fighter", "normal",
              -0.15, 0.0, 0.15, "judgement: sign free"),
    Parameter("strength_elasticity", "", "Attacks by strength", "uniform", 0.3, 0.7, 1.2, "judgement"),
    Parameter("group_harm", "people/day", "Civilians killed in a day per 1,000 fighters", "lognormal", 0.1, 0.3, 0.9,
              "judgement"),
    Parameter("killed_per_truck", "people", "People killed per truck destroyed", "lognormal", 0.03, 0.1, 0.3,
              "judgement: one driver in ten; some flee, some are let go"),
    Parameter("legitimacy_harm", "", "Loss of legitimacy per 1,000 civilians killed by the state side", "lognormal",
              0.03, 0.1, 0.3, "judgement"),
    Parameter("deprivation_effect", "1/week", "Change of legitimacy in a week without any fuel or power", "normal",
              -0.02, 0.0, 0.02, "judgement: it blames the state and the group; sign free"),
    Parameter("restored_effect", "", "Gain of legitimacy when all fuel and power come back", "uniform", 0.0, 0.05, 0.1,
              "judgement"),
    Parameter("civic_effect", "", "Change of legitimacy by one pulse on civic space", "lognormal", 0.003, 0.01, 0.03,
              "judgement"),
    Parameter("partner_escort", "", "Change of escort strength per unit of partner (log scale)", "uniform",
              0.0, 0.3, 0.8, "judgement: air cover"),
    Parameter("partner_harm", "", "Change of civilian harm per unit of partner (log scale)", "normal", -0.3, 0.2, 0.7,
              "judgement: partners differ, sign free"),
    Parameter("partner_intelligence", "", "Change of intelligence per unit of partner", "normal", -0.1, 0.0, 0.1,
              "judgement: drones tell more, fear tells less; sign free"),
    Parameter("force_elasticity", "", "Effect of force by its size", "uniform", 0.3, 0.6, 1.0, "judgement"),
    Parameter("deal_kept", "", "Cut of the hazard where hauliers have a deal of their own", "uniform", 0.3, 0.6, 0.9,
              "judgement"),
    Parameter("disarray_days", "days", "Time in which disarray fades", "uniform", 14, 30, 90, "judgement"),
)  # fmt: skip


def step(
    day: Any, members: Any, month: Any, people: Any, zone_load_mwh: Any, dry_people_share: Any, power_h: Any,
    opening_power_h: Any, destroyed_trucks: Any, leg_destroyed_trucks: Any, truce_factor: Any,
    lever_force_front: Any, lever_force_escort: Any, lever_force_garrison: Any, lever_partner: Any,
    lever_civic_space: Any, lever_local_deal: Any,
    politics: Any, opening_fighters: Any, hits_per_day: Any, intelligence_opening: Any, intelligence_legitimacy: Any,
    intelligence_effect: Any, recruits_by_harm: Any, deterred_by_harm: Any, harm_mixture: Any, harm_symmetry: Any,
    other_recruits: Any, strength_elasticity: Any, group_harm: Any, killed_per_truck: Any, legitimacy_harm: Any,
    deprivation_effect: Any, restored_effect: Any, civic_effect: Any, partner_escort: Any, partner_harm: Any,
    partner_intelligence: Any, force_elasticity: Any, deal_kept: Any, disarray_days: Any,
    settled: Any, strength_factor: Any, intelligence_factor: Any, garrison_factor: Any, escort_factor: Any,
    deal_factor: Any, fighters: Any, strength_index: Any, legitimacy: Any, intelligence: Any, civilians_killed: Any,
    deprivation: Any, disarray: Any,
) -> None:  # fmt: skip
    """One day, after the day's supply is done; what it changes on roads shows tomorrow."""
    lanes = members.shape[0]
    everybody = ZERO
    for p in range(people.shape[0]):
        everybody += people[p]
    burned = np.zeros(lanes, np.float32)
    add_up(destroyed_trucks, burned)
    add_up(leg_destroyed_trucks, burned)
    restored = np.zeros(lanes, np.float32)
    be_deprived(month[day], zone_load_mwh, dry_people_share, power_h, opening_power_h, deprivation, restored)
    in_field = np.empty(lanes, np.float32)
    in_garrison = np.empty(lanes, np.float32)
    in_escort = np.empty(lanes, np.float32)
    share_force(lever_force_front, lever_force_escort, lever_force_garrison, disarray, in_field, in_garrison, in_escort)
    know(legitimacy, lever_partner, intelligence_opening, intelligence_legitimacy, partner_intelligence, intelligence)
    do_harm(everybody, burned, in_field, intelligence, fighters, settled, lever_partner, truce_factor, hits_per_day,
            partner_harm, group_harm, killed_per_truck, civilians_killed)  # fmt: skip
    for i in range(lanes):
        harm = civilians_killed[STATE_SIDE, i] - harm_symmetry[i] * civilians_killed[ARMED_GROUP, i]
        change = -legitimacy_harm[i] * harm / THOUSAND + deprivation_effect[i] * deprivation[i] / SEVEN
        change += restored_effect[i] * restored[i] + civic_effect[i] * lever_civic_space[i]
        legitimacy[i] = clip(legitimacy[i] + change, ZERO, TWO)
        disarray[i] = disarray[i] * (ONE - ONE / disarray_days[i])
    grow(everybody, in_field, intelligence, civilians_killed, settled, truce_factor, hits_per_day, harm_symmetry,
         recruits_by_harm, deterred_by_harm, harm_mixture, other_recruits, opening_fighters, fighters,
         strength_index)  # fmt: skip
    for i in range(lanes):
        mounted = min(power(strength_index[i], strength_elasticity[i]), LARGEST) if fighters[i] > ZERO else ZERO
        strength_factor[i] = mounted if politics[i] > HALF else ONE
    for i in range(lanes):
        told = exp(-intelligence_effect[i] * (intelligence[i] - intelligence_opening[i]))
        intelligence_factor[i] = told if politics[i] > HALF else ONE
    for i in range(lanes):
        held = min(power(max(in_garrison[i], SMALLEST), -force_elasticity[i]), LARGEST)
        garrison_factor[i] = held if politics[i] > HALF else ONE
    for i in range(lanes):
        cover = exp(partner_escort[i] * (lever_partner[i] - ONE))
        guarded = min(power(in_escort[i], force_elasticity[i]) * cover, LARGEST)
        escort_factor[i] = guarded if politics[i] > HALF else ONE
    for c in range(deal_factor.shape[0]):
        for i in range(lanes):
            deal_factor[c, i] = ONE - deal_kept[i] * lever_local_deal[c, i] if politics[i] > HALF else ONE


def share_force(
    front: Any, escort: Any, garrison: Any, disarray: Any, in_field: Any, in_garrison: Any, in_escort: Any
) -> None:
    """Force in each use against day 0."""
    field = ONE - ESCORT - GARRISON
    for i in range(in_field.shape[0]):
        left = ONE - front[i]
        fit = ONE - disarray[i]
        most = max(ONE - escort[i] - garrison[i], ZERO)
        in_field[i] = left * most / ((ONE - FRONT) * field) * fit
        in_garrison[i] = left * garrison[i] / ((ONE - FRONT) * GARRISON) * fit
        in_escort[i] = left * escort[i] / ((ONE - FRONT) * ESCORT) * fit


def know(legitimacy: Any, partner: Any, opening: Any, by_legitimacy: Any, by_partner: Any, intelligence: Any) -> None:
    """mu: the chance that a hit is on target by knowledge."""
    for i in range(intelligence.shape[0]):
        known = opening[i] + by_legitimacy[i] * (legitimacy[i] - ONE)
        intelligence[i] = clip(known + by_partner[i] * (partner[i] - ONE), ZERO, ONE)


def hits_today(in_field: Any, fighters: Any, settled: Any, truce_factor: Any, hits_per_day: Any) -> Any:
    """H of one future: nobody is hit where no group is left or no state."""
    calm = truce_factor if settled == DEAL else ONE
    hits = hits_per_day * in_field * calm
    return ZERO if settled == COLLAPSE or fighters <= ZERO else hits


def among(fighters: Any, everybody: Any) -> Any:
    """i: fighters among the people."""
    return fighters / max(max(everybody, fighters), ONE)


def do_harm(
    everybody: Any, burned: Any, in_field: Any, intelligence: Any, fighters: Any, settled: Any, partner: Any,
    truce_factor: Any, hits_per_day: Any, partner_harm: Any, group_harm: Any, killed_per_truck: Any,
    civilians_killed: Any,
) -> None:  # fmt: skip
    """Civilians killed by each side."""
    for i in range(burned.shape[0]):
        hits = hits_today(in_field[i], fighters[i], settled[i], truce_factor[i], hits_per_day[i])
        missed = hits * (ONE - intelligence[i]) * (ONE - among(fighters[i], everybody))
        civilians_killed[STATE_SIDE, i] = missed * exp(partner_harm[i] * (partner[i] - ONE))
    for i in range(burned.shape[0]):
        calm = truce_factor[i] if settled[i] == DEAL else ONE
        raids = group_harm[i] * fighters[i] / THOUSAND * calm
        civilians_killed[ARMED_GROUP, i] = raids + killed_per_truck[i] * burned[i]


def grow(
    everybody: Any, in_field: Any, intelligence: Any, civilians_killed: Any, settled: Any, truce_factor: Any,
    hits_per_day: Any, harm_symmetry: Any, recruits_by_harm: Any, deterred_by_harm: Any, harm_mixture: Any,
    other_recruits: Any, opening_fighters: Any, fighters: Any, strength_index: Any,
) -> None:  # fmt: skip
    """Recruits less losses."""
    for i in range(fighters.shape[0]):
        hits = hits_today(in_field[i], fighters[i], settled[i], truce_factor[i], hits_per_day[i])
        mu = intelligence[i]
        theta = recruits_by_harm[i] if harm_mixture[i] >= DETERRED_SHARE else -abs(deterred_by_harm[i])
        harm = civilians_killed[STATE_SIDE, i] - harm_symmetry[i] * civilians_killed[ARMED_GROUP, i]
        loss = hits * (mu + (ONE - mu) * among(fighters[i], everybody))
        fighters[i] = max(fighters[i] + (theta * harm + other_recruits[i] / YEAR * fighters[i] - loss), ZERO)
        strength_index[i] = fighters[i] / opening_fighters[i]


def add_up(trucks: Any, total: Any) -> None:
    """Add whole trucks, shape (road, member), to a total."""
    for c in range(trucks.shape[0]):
        for i in range(total.shape[0]):
            total[i] += F32(trucks[c, i])


def be_deprived(
    month: Any, zone_load_mwh: Any, dry_people_share: Any, power_h: Any, opening_power_h: Any, deprivation: Any,
    restored: Any,
) -> None:  # fmt: skip
    """Move deprivation a seventh of the way to today's want; `restored` is its fall, 0 where it rises."""
    lanes = deprivation.shape[0]
    lost = np.zeros(lanes, np.float32)
    load = ZERO
    for z in range(power_h.shape[0]):
        load += zone_load_mwh[z, month]
        for i in range(lanes):
            usual = opening_power_h[z, i]
            short = max(ONE - power_h[z, i] / usual, ZERO) if usual > ZERO else ZERO
            lost[i] += zone_load_mwh[z, month] * short
    for i in range(lanes):
        dark = lost[i] / load if load > ZERO else ZERO
        want = (dry_people_share[i] + dark) * HALF
        change = (want - deprivation[i]) / SEVEN
        restored[i] = max(-change, ZERO)
        deprivation[i] += change


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """Day 0: the group as strong as its prior says, every index at 1."""
    state["fighters"][:] = parameters["opening_fighters"]
    for name in ("strength_index", "legitimacy"):
        state[name][:] = 1
    state["intelligence"][:] = parameters["intelligence_opening"]


PROCESS = Process("state", "Strength, civilian harm and legitimacy", STATE, PARAMETERS, step, start)
