"""The whole model on one page: which processes, in which order of a day, with which couplings.

A day:

    policy      levers of the day: inputs, policy, single settings
    triggers    rules of the policy; they read yesterday's state and go over the levers
    threat      where the armed group presses; reads yesterday's traffic
    hauliers    who dares to drive; reads yesterday's losses and stocks; loads trucks
    convoys     border, escort, ambush, customs; reads hazard and willingness
    allocation  unloading, and onward legs to the towns
    market      pumps, queues, street; reads yesterday's power cuts (generators)
    power       plants, last in line for fuel; payment
    services    facilities: what reserved users were sold, their tanks, people without service
    isolation   places that nothing reaches, sieges and what they stop
    cost_of_living  fares, food, charcoal; fares cut tomorrow's trips
    people      who leaves, who cannot, who comes back; those who left use less fuel tomorrow
    state       strength, harm to civilians, legitimacy; reads losses and yesterday's dry places
    outcome     how it may end; both change the roads of tomorrow
    accounts    totals of the day

Couplings, all through the state: losses -> perceived loss -> willingness -> imports -> stocks -> stations -> queues,
street prices and fear -> demand; stocks -> power -> generators -> diesel demand; traffic -> attacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citerne.engine.fields import Process
from citerne.process import (
    accounts,
    allocation,
    convoys,
    cost_of_living,
    hauliers,
    isolation,
    market,
    outcome,
    people,
    policy,
    power,
    services,
    state,
    threat,
    triggers,
)


@dataclass(frozen=True)
class Model:
    """An ordered list of processes."""

    processes: tuple[Process, ...]

    def with_(self, process: Process, *, after: str | None = None, instead_of: str | None = None) -> Model:
        """A model with one more process, placed after a named one (default: before the accounts) or instead of it."""
        names = [p.name for p in self.processes]
        if instead_of:
            k = names.index(instead_of)
            return Model((*self.processes[:k], process, *self.processes[k + 1 :]))
        k = names.index(after) + 1 if after else names.index("accounts")
        return Model((*self.processes[:k], process, *self.processes[k:]))

    def without(self, *names: str) -> Model:
        """A model without some processes."""
        return Model(tuple(p for p in self.processes if p.name not in names))

    def names(self) -> Sequence[str]:
        """Names in the order of a day."""
        return [p.name for p in self.processes]


def standard_model(*, without: Sequence[str] = ()) -> Model:
    """The processes of a day, in order; `without` leaves some out, such as `("state", "outcome")`."""
    model = Model(
        (
            policy.PROCESS,
            triggers.PROCESS,
            threat.PROCESS,
            hauliers.PROCESS,
            convoys.PROCESS,
            allocation.PROCESS,
            market.PROCESS,
            power.PROCESS,
            services.PROCESS,
            isolation.PROCESS,
            cost_of_living.PROCESS,
            people.PROCESS,
            state.PROCESS,
            outcome.PROCESS,
            accounts.PROCESS,
        )
    )
    return model.without(*without)
