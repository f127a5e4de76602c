"""Random states of the whole model within sane ranges, and an engine that runs one process alone on them.

Ranges are those that a siege of some weeks can reach; zeros, full tanks and limits are drawn often, because branches
sit there. A field that no rule knows is an error, so that a new field gets a rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from citerne.engine.block import Block, Engine
from citerne.engine.fields import Parameter, Process, World
from citerne.ensemble.draws import draw
from citerne.ensemble.members import Setup, parameters_of
from citerne.schema.levers import LEVER_BY_NAME

Array = np.ndarray[Any, Any]


def stand_still(day: Any) -> None:
    """The step of a process that does nothing."""


def alone(process: Process, processes: Sequence[Process], world: World, *, plain: bool = False) -> Engine:
    """An engine in which only `process` moves; the others lend their fields and parameters."""
    others = [other for other in processes if other.name != process.name]
    rest = Process(
        "rest",
        "Fields and parameters of everybody else",
        tuple(field for other in others for field in other.state),
        tuple(parameter for other in others for parameter in other.parameters),
        stand_still,
    )
    return Engine([process, rest], world, plain=plain)


def opened(engine: Engine, setup: Setup, lanes: int, seed: int, parameters: Mapping[str, float]) -> Block:
    """Opening block of members 0, 1, ..., some parameters held at a value, levers as when nobody sets them."""
    members = np.arange(lanes, dtype=np.uint32)
    drawn = parameters_of(setup, members, seed)
    for name, value in parameters.items():
        drawn[name][:] = value
    block = engine.open(members, drawn)
    for name, lever in LEVER_BY_NAME.items():
        block.state[f"lever_{name}"][:] = lever.default
    return block


class States:
    """Draws states for an engine of a small case."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine, self.world = engine, engine.world
        self.rng = np.random.default_rng(seed)

    def block(self, members: Array, priors: Mapping[str, Parameter], plans: int, day: int) -> Block:
        """A block on the morning of `day` with random state and parameters drawn from their priors."""
        parameters = draw(priors, members, int(self.rng.integers(1 << 40)))
        parameters["plan_row"] = self.rng.integers(0, plans, len(members)).astype(np.float32)
        parameters["politics"] = (members % 4 > 0).astype(np.float32)
        for name in ("rate_deal", "rate_broken", "rate_coup", "rate_collapse"):
            parameters[name] = parameters[name] * np.float32(100)  # else no end would come in a few hundred futures
        state = {
            name: np.ascontiguousarray(self._field(name, self.engine.shape(field, len(members))), field.dtype)
            for name, field in self.engine.fields.items()
        }
        state["leg_way_l"] = state["leg_load_l"].sum(axis=1, dtype=np.int32)
        own = {name: parameters[name] for name in self.engine.parameters}
        return Block(members.astype(np.uint32), state, own, day)

    def _field(self, name: str, shape: tuple[int, ...]) -> Array:
        if name.startswith("lever_"):
            return self._lever(name.removeprefix("lever_"), shape)
        if name in ("stock_l", "received_l", "national_stock_l", "opening_stock_l"):
            return self._tanks(name, shape)
        if name == "leg_load_l":
            used = self.world.constants["through_l"][self.world.constants["leg_to"]] > 0
            return np.asarray(self._often_zero(self.rng.integers(0, 300_000, shape), 0.5) * used[:, None, :, None])
        for names, (low, high, zero) in RANGES.items():
            if name in names:
                values = self._often_zero(self.rng.uniform(low, high, shape), zero)
                if high == 1:  # shares are often whole
                    values = np.where(self.rng.random(shape) < zero, 1, values)
                return self._carried(name, np.maximum(values, low))
        raise KeyError(f"no range for the field {name}")

    def _often_zero(self, values: Array, share: float) -> Array:
        return np.where(self.rng.random(values.shape) < share, 0, values)

    def _carried(self, name: str, values: Array) -> Array:
        """Trucks of a product only where the corridor brings it; gifts only where it brings anything."""
        axes = self.engine.fields[name].axes
        if name == "gift_trucks":
            brings_any = self.world.constants["supply_l"].sum(axis=1) > 0
            return np.asarray(values * brings_any[:, None, None])
        if axes[:1] == ("corridor",) and axes[-1:] == ("product",):
            brings = self.world.constants["supply_l"] > 0
            return np.asarray(values * (brings[:, :, None] if len(axes) == 2 else brings[:, None, :, None]))
        return values

    def _lever(self, name: str, shape: tuple[int, ...]) -> Array:
        lever = LEVER_BY_NAME[name]
        low, high = LEVER_RANGES.get(name, (lever.low, lever.high))
        values = self.rng.uniform(low, high, shape)
        if name in SWITCHES:
            values = np.round(values)
        if name == "gift_trucks":
            values = np.floor(values)
        if name == "loading_max":  # often shut
            values = np.where(np.abs(values) < 0.5, 0, values)
        return np.where(self.rng.random(shape) < 0.4, lever.default, values)

    def _tanks(self, name: str, shape: tuple[int, ...]) -> Array:
        capacity = self.world.constants["capacity_l"].astype(np.float64)
        if name in ("national_stock_l", "opening_stock_l"):
            capacity = capacity.sum(axis=0)
        fill = self.rng.uniform(0, 1, shape) ** 2
        kind = self.rng.random(shape)
        fill = np.where(kind < 0.15, 0, np.where(kind > 0.85, 1, fill))
        return np.floor(capacity[..., None] * fill)


SWITCHES = ("truce", "closed", "leg_closed", "escort_needed", "pool_rule")
LEVER_RANGES = {
    "blockade": (0, 3), "leg_blockade": (0, 2), "columns_per_week": (0, 20), "column_trucks_max": (1, 150),
    "gift_trucks": (0, 150), "hazard_pay": (0, 5), "leg_weight": (0, 5), "hub_reserve_days": (-1, 15),
    "pool_days": (0, 9), "reserve_keep_days": (0, 6), "column_weight": (0, 3), "load_weight": (0, 4),
    "price_pump_factor": (0.5, 3), "loading_max": (-1, 3), "mobility": (0, 1.5),
}  # fmt: skip
# field names -> lowest, highest, share that is zero; integer fields are truncated
RANGES: dict[tuple[str, ...], tuple[float, float, float]] = {
    ("regime",): (0, 2.999, 0.0),
    ("strike",): (0, 1.999, 0.0),
    ("declared", "blockade_before"): (0, 3, 0.4),
    ("traffic",): (0, 120, 0.2),
    ("hazard", "leg_hazard"): (0, 2, 0.3),
    ("perceived_loss",): (0, 0.3, 0.2),
    ("open_share",): (0, 1, 0.35),
    ("willing_alone", "willing_escorted", "open_all", "fear", "pay", "served_share"): (0, 1, 0.15),
    ("load_carry", "alone_carry"): (0, 0.999, 0.2),
    ("waiting_trucks", "queued_trucks"): (0, 90, 0.3),
    ("inland_trucks", "outbound_trucks", "customs_trucks"): (0, 25, 0.3),
    ("returning_trucks", "arrived_trucks"): (0, 40, 0.2),
    ("idle_trucks",): (0, 90, 0.3),
    ("gift_trucks",): (0, 150, 0.7),
    ("sent_trucks",): (0, 120, 0.3),
    ("destroyed_trucks",): (0, 40, 0.6),
    ("leg_idle_trucks",): (0, 12, 0.3),
    ("leg_back_trucks",): (0, 6, 0.4),
    ("leg_sent_trucks", "leg_destroyed_trucks", "columns_today"): (0, 5, 0.4),
    ("destroyed_total", "gifted_total", "leg_destroyed_total"): (0, 900, 0.2),
    ("imported_l", "lost_l", "leg_lost_l", "sold_total_l", "burned_total_l"): (0, 5e9, 0.1),
    ("fenced_l",): (0, 400_000, 0.4),
    ("fares_paid",): (0, 9000, 0.2),
    ("unloaded_l", "sold_l", "pump_sold_l", "burned_l"): (0, 2e6, 0.2),
    ("unserved_l", "backlog_l"): (0, 1e6, 0.3),
    ("queue_h",): (0, 100, 0.2),
    ("hoard_days",): (0, 4, 0.3),
    ("price_multiplier",): (1, 6, 0.3),
    ("price_pump", "price_street"): (400, 3000, 0.0),
    ("power_h", "power_priority_h", "power_edge_h", "opening_power_h"): (0, 24, 0.1),
    ("unserved_mwh",): (0, 5000, 0.2),
    ("cover_d", "place_cover_d", "national_cover_d", "country_cover_d"): (0, 60, 0.1),
    ("dry", "dry_all", "dry_people_share"): (0, 1, 0.5),
    ("reserved_sold_l",): (0, 40_000, 0.2),
    ("reserved_factor", "here_factor"): (0.5, 3, 0.0),
    ("facility_stock_l", "facility_need_l", "facility_burned_l", "facility_bought_l"): (0, 6_000, 0.3),
    ("facility_left_h",): (0, 9999, 0.2),
    ("facility_buffer_d",): (0, 0.9, 0.4),
    ("facility_service", "fare_trips"): (0, 1, 0.2),
    ("facility_stop_d",): (0, 9, 0.5),
    ("usual_priority_h",): (0, 24, 0.1),
    ("ordered_l",): (0, 20_000, 0.2),
    ("unserved_people",): (0, 90_000, 0.3),
    ("closed_share", "isolated", "besieged", "goods_stopped", "seal", "flow_carry", "back_carry"): (0, 1, 0.3),
    ("pressure",): (0, 3, 0.3),
    ("cut_days",): (0, 40, 0.1),
    ("fare", "food_price", "charcoal_price"): (0.8, 4, 0.0),
    ("people_here", "trapped", "people_isolated", "people_besieged"): (0, 90_000, 0.1),
    ("at_destination",): (0, 12_000, 0.1),
    ("under_way", "displaced_new", "refugees_new", "returned"): (0, 60, 0.3),
    ("fled",): (0, 900, 0.2),
    ("pull",): (0.001, 20, 0.0),
    ("trigger_held", "trigger_left", "trigger_wait_left"): (0, 4, 0.3),
    ("trigger_acted_total",): (0, 60, 0.2),
    ("strength_factor", "intelligence_factor", "garrison_factor", "escort_factor"): (0, 2, 0.2),
    ("deal_factor", "pressure_factor"): (0, 1, 0.3),
    ("settled",): (0, 3.999, 0.3),
    ("fighters",): (0, 9000, 0.1),
    ("strength_index", "legitimacy"): (0, 2, 0.1),
    ("intelligence", "deprivation", "disarray"): (0, 1, 0.2),
    ("civilians_killed",): (0, 9, 0.1),
    ("ended",): (0, 0, 0.0),  # no end has come: what comes after one is in its own tests
    ("end_day",): (0, 1.999, 0.5),
    ("end_chance",): (0, 0.01, 0.1),
    ("leg_way_l",): (0, 0, 0.0),  # the sum of the loads, filled in afterwards
}
