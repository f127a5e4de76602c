"""The ensemble between two days: futures that are stepped, weighed, drawn anew and moved, with an exact ledger.

Resampling copies whole futures, so nothing is made or lost. Where a count moves a stock, the difference goes to an
account of its own: opening + imported + found + consigned = sold + burned + lost + closing, in every future, exactly.
`found` is negative where a count is below the model. Trucks that wait are moved to or from the idle ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from citerne.engine.block import Block
from citerne.engine.fields import Parameter, Series
from citerne.ensemble.ledger import fuel_imbalance_l, opened_l
from citerne.ensemble.run import CHUNK, Ensemble

Array = np.ndarray[Any, Any]
# what a future carries in trucks and opening stocks is counted with these: they stay as they were drawn
HELD = ("plan_row", "truck_m3", "opening_factor_hub", "opening_factor_towns")
# evenings that are kept, by state field: what a report of the last days needs to be compared
KEPT_DAYS = {"destroyed_trucks": 28, "arrived_trucks": 28, "received_l": 8, "stock_l": 8}


class Cloud:
    """Futures on the morning of one day.

    Attributes
    ----------
    blocks : the futures, in chunks
    found_l, consigned_l : int64 (product, future), litres that counts and consignments put in
    evenings : state fields as they stood at the end of the last days, by day and field (KEPT_DAYS)
    memory : log-likelihood (future,) of what each town has reported of itself, by place
    """

    def __init__(self, ensemble: Ensemble, blocks: Sequence[Block]) -> None:
        self.ensemble = ensemble
        self.blocks = [block.copy() for block in blocks]
        self.opening_l = np.concatenate([opened_l(block) for block in self.blocks], axis=1)
        self.found_l = np.zeros_like(self.opening_l)
        self.consigned_l = np.zeros_like(self.opening_l)
        self.evenings: dict[int, dict[str, Array]] = {}
        self.memory: dict[int, Array] = {}

    @property
    def size(self) -> int:
        """Number of futures."""
        return sum(len(block.members) for block in self.blocks)

    @property
    def day(self) -> int:
        """Day of the run whose morning it is."""
        return self.blocks[0].day

    def copy(self, ensemble: Ensemble | None = None) -> Cloud:
        """The same futures, to be stepped apart, under the levers of another ensemble if given."""
        other = Cloud(ensemble or self.ensemble, self.blocks)
        other.opening_l, other.found_l = self.opening_l.copy(), self.found_l.copy()
        other.consigned_l = self.consigned_l.copy()
        other.evenings = {day: dict(fields) for day, fields in self.evenings.items()}
        other.memory = dict(self.memory)
        return other

    def select(self, index: Array) -> Cloud:
        """A cloud of copies of some futures (any number), numbered from 0; without evenings and memory."""
        state = {name: self.gather(name)[..., index] for name in self.blocks[0].state}
        drawn = {name: self.parameter(name)[index] for name in self.blocks[0].parameters}
        blocks = []
        for first in range(0, len(index), CHUNK):
            lanes = slice(first, min(first + CHUNK, len(index)))
            own = [{name: np.ascontiguousarray(values[..., lanes]) for name, values in kind.items()}
                   for kind in (state, drawn)]  # fmt: skip
            members = np.arange(lanes.start, lanes.stop, dtype=np.uint32)
            blocks.append(Block(members, own[0], own[1], self.day))
        other = Cloud(self.ensemble, blocks)
        other.opening_l, other.found_l = self.opening_l[:, index], self.found_l[:, index]
        other.consigned_l = self.consigned_l[:, index]
        return other

    def remember(self, place: int, loglik: Array) -> None:
        """Add to what a town has reported of itself."""
        self.memory[place] = self.memory.get(place, np.zeros(self.size)) + loglik

    def step(self, pool: ThreadPoolExecutor, last_day: int) -> None:
        """Run every future to the morning of `last_day`."""
        engine, seed = self.ensemble.engine, self.ensemble.plan.seed
        list(pool.map(lambda block: engine.run(block, last_day, seed), self.blocks))

    def step_day(self, pool: ThreadPoolExecutor) -> None:
        """Run every future for a day and keep its evening."""
        today = self.day
        self.step(pool, today + 1)
        self.evenings[today] = {field: self.gather(field) for field in KEPT_DAYS}
        for day, fields in list(self.evenings.items()):
            for field in [name for name in fields if day <= today - KEPT_DAYS[name]]:
                del fields[field]
            if not fields:
                del self.evenings[day]

    def gather(self, field: str) -> Array:
        """One state array of all futures."""
        return np.concatenate([block.state[field] for block in self.blocks], axis=-1)

    def put(self, field: str, values: Array) -> None:
        """Write one state array of all futures."""
        for block, lanes in self._lanes():
            block.state[field][...] = values[..., lanes]

    def _lanes(self) -> Iterator[tuple[Block, slice]]:
        """Each block with the futures that are its own."""
        at = 0
        for block in self.blocks:
            yield block, slice(at, at + len(block.members))
            at += len(block.members)

    def read(self, series: Series, day: int | None = None) -> Array:
        """A recorded quantity as it stands, or as it stood on a kept evening (future,)."""
        field = self.gather(series.field) if day is None else self.evenings[day][series.field]
        rows = field.reshape(-1, self.size)[list(series.cells)]
        return np.asarray((rows * np.array(series.weights)[:, None]).sum(axis=0), float)

    def parameter(self, name: str) -> Array:
        """One unknown of all futures."""
        return np.concatenate([block.parameters[name] for block in self.blocks])

    def draw(self, index: Array) -> None:
        """Replace future k by a copy of future `index[k]`; from here on it has the luck of its own number."""
        for kind in ("state", "parameters"):
            for name in getattr(self.blocks[0], kind):
                whole = np.concatenate([getattr(block, kind)[name] for block in self.blocks], axis=-1)[..., index]
                for block, lanes in self._lanes():
                    getattr(block, kind)[name] = np.ascontiguousarray(whole[..., lanes])
        self.opening_l, self.found_l = self.opening_l[:, index], self.found_l[:, index]
        self.consigned_l = self.consigned_l[:, index]
        self.memory = {place: values[index] for place, values in self.memory.items()}
        self.evenings = {
            day: {name: values[..., index] for name, values in fields.items()} for day, fields in self.evenings.items()
        }

    def rejuvenate(self, noise: Callable[[str], Array], kernel: float) -> None:
        """Move each unknown a little, mean and spread kept (Liu & West 2001): copies part, the rest is left as it was.

        `noise` gives standard normal draws (future,) by name; `kernel` is the part of the spread that is drawn anew.
        """
        keep = (1 - kernel**2) ** 0.5
        for name, prior in self.ensemble.setup.priors.items():
            if name in HELD or prior.distribution == "fixed" or self._fixed_by_variant(name):
                continue
            values = _open(prior, self.parameter(name).astype(float))
            mean, spread = values.mean(), values.std()
            moved = _close(prior, keep * values + (1 - keep) * mean + kernel * spread * noise(name))
            for block, lanes in self._lanes():
                block.parameters[name][:] = moved[lanes].astype(np.float32)

    def _fixed_by_variant(self, name: str) -> bool:
        return any(name in fixes for fixes in self.ensemble.setup.fixes)

    def add(self, field: str, at: tuple[int, ...], amount: Array) -> None:
        """Add whole numbers (future,) to one cell of a state field."""
        for block, lanes in self._lanes():
            cell = block.state[field][at]
            cell += amount[lanes].astype(cell.dtype)

    def set_stock(self, place: int, product: int, litres: Array) -> None:
        """Set one stock of every future to whole litres (future,); the difference is booked as found."""
        stock = self.gather("stock_l")
        self.found_l[product] += litres.astype(np.int64) - stock[place, product]
        stock[place, product] = litres
        self.put("stock_l", stock)

    def set_street(self, place: int, product: int, multiple: Array) -> None:
        """Set the street price of one cell as a multiple of the pump price (future,)."""
        for field, values in (
            ("price_multiplier", multiple),
            ("price_street", multiple * self.gather("price_pump")[product]),
        ):
            whole = self.gather(field)
            whole[place, product] = values
            self.put(field, whole)

    def deliver(self, place: int, product: int, litres: Array) -> Array:
        """Fill litres (future,) into a tank as far as there is room; returns what found none."""
        stock = self.gather("stock_l")
        room = np.maximum(
            int(self.ensemble.engine.world.constants["capacity_l"][place, product]) - stock[place, product], 0
        )
        taken = np.minimum(litres, room)
        stock[place, product] += taken.astype(np.int32)
        self.put("stock_l", stock)
        self.consigned_l[product] += taken
        return np.asarray(litres - taken)

    def set_waiting(self, corridors: Sequence[int], trucks: Array) -> None:
        """Bring the trucks that wait on some corridors to whole numbers (future,), as far as idle trucks allow."""
        waiting, idle = self.gather("waiting_trucks"), self.gather("idle_trucks")
        supply = self.ensemble.engine.world.constants["supply_l"][list(corridors)].astype(float)
        now = waiting[list(corridors)].sum(axis=(0, 1))
        for k, c in enumerate(corridors):
            for f in range(waiting.shape[1]):
                share = np.where(now > 0, waiting[c, f] / np.maximum(now, 1), supply[k, f] / max(supply.sum(), 1e-9))
                change = np.trunc((trucks - now) * share).astype(np.int64)
                change = np.clip(change, -waiting[c, f], np.maximum(idle[c], 0))
                waiting[c, f] += change.astype(np.int32)
                idle[c] -= change.astype(np.int32)
        self.put("waiting_trucks", waiting)
        self.put("idle_trucks", idle)

    def imbalance_l(self) -> Array:
        """Litres (product, future) that the ledger does not explain: 0."""
        parts = [fuel_imbalance_l(block, self.opening_l[:, lanes]) for block, lanes in self._lanes()]
        return np.asarray(np.concatenate(parts, axis=1) + self.found_l + self.consigned_l)


def _open(prior: Parameter, values: Array) -> Array:
    """Values on a scale without ends: logarithm, log-odds between the ends of the prior, or as they are."""
    if prior.distribution == "lognormal":
        return np.asarray(np.log(np.maximum(values, 1e-30)))
    low, high = _ends(prior)
    if high > low:
        part = np.clip((values - low) / (high - low), 1e-4, 1 - 1e-4)
        return np.asarray(np.log(part / (1 - part)))
    return values


def _close(prior: Parameter, values: Array) -> Array:
    if prior.distribution == "lognormal":
        back = np.exp(values)
    else:
        low, high = _ends(prior)
        back = low + (high - low) / (1 + np.exp(-values)) if high > low else values
    return np.asarray(np.clip(back, prior.floor, prior.ceiling))


def _ends(prior: Parameter) -> tuple[float, float]:
    if prior.distribution in ("uniform", "triangular", "loguniform"):
        return prior.low, prior.high
    return (0.0, 1.0) if prior.distribution == "beta" else (0.0, 0.0)
