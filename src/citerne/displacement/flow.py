"""People as flows from conflict zones to camps.

Every new arrival of a day came from some zone z and chose some camp c:

    N(c, t) = N(t) * sum_z W(z, c, t) P(c | z, t) / sum_zc the same
    W(z, c, t) = I(z, s) * people(z)^beta * exp(-age(z, s) / tau),   s = t - length(z, c, t) / speed
    P(c | z, t) = a(z, c) f(c) / sum_c' a(z, c') f(c')
    a(z, c) = ((length(z, c, t) + 10 km) / 100 km)^-gamma,   f(c) = 1 - people(c) / (fill * capacity(c)), not below 0

I is the intensity of the conflict, age the days since it was last switched on, length the shortest road open on the
day of arrival. The given total counts registrations, so N(t) are arrivals and people left `length / speed` (cut to
whole days) earlier: nobody is lost on the road and the speed stays that of a journey. Who left before day 0 is taken
to have left under the conflict of day 0. f is 1 without capacities, for a camp without one, and where all camps in
reach are full.

If the total falls, everybody counted so far goes home in proportion. If no zone has an open road to any camp, the new
people stay where they are and come when a road opens. If roads are open but no conflict is flagged, the zones of the
past count as they last did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citerne.displacement.layout import Conflict
from citerne.displacement.parameters import Draws
from citerne.displacement.roads import Roads, roads_of

Floats = NDArray[np.float64]
SOFTENING_KM = 10.0
SCALE_KM = 100.0


@dataclass(frozen=True)
class Ground:
    """All of a conflict that the flow needs, as arrays; worked out once, used by every draw."""

    roads: Roads
    intensity: Floats  # [day, zone]
    age_days: Floats  # [day, zone], days since the conflict was last switched on
    remembered: Floats  # [day, zone], the last intensity of zones that were active on some day so far
    people: Floats  # [zone]
    capacity_people: Floats  # [camp], infinite where unknown
    zones: tuple[str, ...]
    camps: tuple[str, ...]

    @property
    def has_capacities(self) -> bool:
        """Whether any camp has one."""
        return bool(np.isfinite(self.capacity_people).any())


@dataclass(frozen=True)
class Flow:
    """Outcome for each draw: `camps` [day, draw, camp] people there at the end of the day, `waiting` [day, draw]
    people whose every road is shut, and `came` [draw, zone, camp] how many came from where."""

    camps: Floats
    waiting: Floats
    came: Floats


@dataclass(frozen=True)
class Headcount:
    """A flow in whole people, that adds up exactly: camps + still_out = the given total, on every day.

    `still_out` holds the people who wait for a road and the fractions that make no whole person yet, fewer than there
    are camps. Equal flows give equal counts, as nobody is given by lot.
    """

    camps: NDArray[np.int64]  # [day, camp]
    still_out: NDArray[np.int64]  # [day]


def ground_of(conflict: Conflict) -> Ground:
    """Work out roads, ages and memories of the conflict."""
    intensity = conflict.intensity
    age, memory = np.zeros_like(intensity), np.zeros_like(intensity)
    memory[0] = intensity[0]
    for day in range(1, len(intensity)):
        on, before = intensity[day] > 0, intensity[day - 1] > 0
        age[day] = np.where(on & ~before, 0.0, age[day - 1] + 1.0)
        memory[day] = np.where(on, intensity[day], memory[day - 1])
    people = {place.name: place.people for place in conflict.locations}
    return Ground(
        roads=roads_of(conflict),
        intensity=intensity,
        age_days=age,
        remembered=memory,
        people=np.array([people[zone] for zone in conflict.zones]),
        capacity_people=np.array([np.inf if c.capacity_people is None else c.capacity_people for c in conflict.camps]),
        zones=conflict.zones,
        camps=tuple(camp.name for camp in conflict.camps),
    )


def run_flow(ground: Ground, draws: Draws, total: Floats, opening: Floats, capacity_people: Floats | None) -> Flow:
    """Run every draw over all days of `total`.

    Parameters
    ----------
    total : array [day], people in all camps, given
    opening : array [camp], people there on day 0; their sum is total[0]
    capacity_people : array [camp] or [draw, camp], or None for no capacities

    Returns
    -------
    Flow; on every day the camps and those who wait add up to the total, but for rounding of floats.
    """
    count, days = len(draws), len(total)
    tables = _Tables.of(ground, draws)
    camps = np.repeat(opening[None, :], count, axis=0).astype(np.float64)
    waiting = np.zeros(count)
    came = np.zeros((count, len(ground.zones), len(ground.camps)))
    result = Flow(np.empty((days, count, len(ground.camps))), np.zeros((days, count)), came)
    result.camps[0] = camps
    for day in range(1, days):
        change = total[day] - total[day - 1]
        if change < 0:
            kept = total[day] / total[day - 1]
            camps, waiting = camps * kept, waiting * kept
        else:
            waiting = waiting + change
            free = None if capacity_people is None else free_share(camps, capacity_people, draws.fill)
            share = tables.shares(day, free)
            moved = waiting[:, None, None] * share
            waiting = np.where(share.any(axis=(1, 2)), 0.0, waiting)
            camps = camps + moved.sum(axis=1)
            came += moved
        result.camps[day], result.waiting[day] = camps, waiting
    return result


def arrival_shares(ground: Ground, draws: Draws, day: int) -> Floats:
    """Shares [draw, camp] of the arrivals of one day, capacities left aside; all 0 where every road is shut."""
    return np.asarray(_Tables.of(ground, draws, day + 1).shares(day, None).sum(axis=1))


def free_share(camps: Floats, capacity_people: Floats, fill: Floats) -> Floats:
    """f [draw, camp]: the free part of each camp, 1 where its capacity is infinite."""
    full_at = fill[:, None] * capacity_people
    return np.clip(1.0 - camps / full_at, 0.0, 1.0)


@dataclass(frozen=True)
class _Tables:
    """What does not depend on the state: attraction, delay and weight of the zones, for each draw."""

    state: NDArray[np.int64]  # [day]
    attraction: Floats  # [state, draw, zone, camp]
    choice: Floats  # [state, draw, zone, camp], P without capacities
    delay_days: NDArray[np.int64]  # [state, draw, zone, camp]
    weight: Floats  # [draw, zone, day]
    past_weight: Floats  # [draw, zone, day]

    @classmethod
    def of(cls, ground: Ground, draws: Draws, days: int | None = None) -> _Tables:
        length = ground.roads.length_km[:, None]
        is_open = np.isfinite(length)
        length = np.where(is_open, length, 0.0)
        gamma, speed = draws.gamma[:, None, None], draws.speed_km_per_day[:, None, None]
        attraction = np.where(is_open, ((length + SOFTENING_KM) / SCALE_KM) ** -gamma, 0.0)
        # a zone whose population is left blank still counts: as one person, the smallest there is
        size = np.maximum(ground.people, 1.0) ** draws.beta[:, None]
        fading = size[:, None] * np.exp(-ground.age_days[:days] / draws.tau_days[:, None, None])
        return cls(
            state=ground.roads.state,
            attraction=attraction,
            choice=_split(attraction, attraction.sum(axis=3, keepdims=True)),
            delay_days=np.where(is_open, length / speed, 0.0).astype(np.int64),
            weight=np.ascontiguousarray((ground.intensity[:days] * fading).transpose(0, 2, 1)),
            past_weight=np.ascontiguousarray((ground.remembered[:days] * fading).transpose(0, 2, 1)),
        )

    def shares(self, day: int, free: Floats | None) -> Floats:
        """Shares [draw, zone, camp] of the arrivals of the day; they sum to 1, or are all 0 if every road is shut."""
        state = self.state[day]
        choice = self.choice[state]
        if free is not None:
            pull = self.attraction[state] * free[:, None, :]
            within = pull.sum(axis=2, keepdims=True)
            # where everything in reach is full the camps overflow, as if there were no capacities
            choice = np.where(within > 0, _split(pull, within), choice)
        left = np.maximum(day - self.delay_days[state], 0)
        flow = choice * np.take_along_axis(self.weight, left, axis=2)
        whole = flow.sum(axis=(1, 2))
        if (silent := whole <= 0).any():
            past = choice * np.take_along_axis(self.past_weight, left, axis=2)
            # before the first flag nothing is remembered: then every zone counts alike
            past = np.where((past.sum(axis=(1, 2)) > 0)[:, None, None], past, choice)
            flow = np.where(silent[:, None, None], past, flow)
            whole = flow.sum(axis=(1, 2))
        return _split(flow, whole[:, None, None])


def _split(parts: Floats, whole: Floats) -> Floats:
    """Parts over their whole, 0 where there is nothing to split."""
    share: Floats = np.divide(parts, whole, out=np.zeros_like(parts), where=whole > 0)
    return share


def sealed_days(ground: Ground) -> NDArray[np.int64]:
    """Days [zone] on which a zone in conflict had no open road to any camp: its people stay."""
    shut: NDArray[np.bool_] = np.logical_not(np.isfinite(ground.roads.length_km).any(axis=2))  # [state, zone]
    days = len(ground.intensity)
    return np.asarray(((ground.intensity > 0) & shut[ground.roads.state[:days]]).sum(axis=0), dtype=np.int64)


def headcount(camps: Floats, total: Floats) -> Headcount:
    """Whole people of one flow [day, camp] under its given total [day]."""
    # the margin keeps a flow that is a whole number from losing a person to the rounding of floats
    whole = np.floor(camps + 1e-6).astype(np.int64)
    return Headcount(whole, total.astype(np.int64) - whole.sum(axis=1))
