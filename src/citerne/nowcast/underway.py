"""Loads of traders, of the power company and of mines that the sheet names: where one stands the model has trucks.

The model's own trade brings what all of them bring, so a named load is no fuel on top of it: it is a bound. Every
future holds at least the trucks of the loads that are named, where the row says and of its product; no two loads count
the same truck. A future with enough is left alone. One with too few takes the rest from the stage before on the same
road, since the load is most likely one that the model has further back, and from the idle trucks last:

    inland <- waiting <- outbound <- idle,      waiting <- outbound <- idle,      outbound <- idle.

What crosses the border is booked as imported, so fuel and fleet stay conserved to the litre and the truck. On an onward
leg the missing litres leave the stock of the town that feeds it, with idle trucks of the leg; where that town was
counted since, its stock is known, so they are booked as found. With the chance that a report of its reliability is
wrong, a future does not believe it. What may happen to a load further on is left to the model.

Only what the sheet says of these days counts: of a load that should have arrived, or of which nothing has been heard
for STALE days, nobody knows where it stands. All of this is done on the evening of the nowcast alone, after its
snapshot is kept: a load that is struck off tomorrow leaves no trace.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from citerne.calibrate.observe import WRONG
from citerne.case.case import Case
from citerne.model.index import Index
from citerne.nowcast.assimilate import uniform_of
from citerne.nowcast.cloud import Cloud
from citerne.nowcast.consignments import Learned, arrival_days
from citerne.nowcast.reading import plain

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]
STALE = 3
STAGES = ("inland", "waiting", "outbound")
OUT_OF_DATE = "no word of these days on where it stands"
NO_PLACE = "where it is, is no place or corridor of the case"
NO_ROAD = "no road of the case leads from there to its town with this product"
AT_THE_END = "at the end of the road: its fuel is part of the stock there, which counts tell of"
NOT_BY_ROAD = "the model's trade goes by road"


@dataclass(frozen=True)
class Stand:
    """Where a load stands: a stage of some corridors, or an onward leg; or why nobody can say."""

    stage: str = ""
    corridors: tuple[int, ...] = ()
    leg: int = -1
    why: str = ""


class Roads:
    """Finds where in the model a place of the sheet lies."""

    def __init__(self, case: Case, supply_l: Array) -> None:
        self.case, self.index, self.supply_l = case, Index(case), supply_l
        self.names: dict[str, str] = {}
        for table, key in (("corridors", "corridor"), ("places", "place")):
            for row in case.rows(table):
                self.names |= {plain(str(row[name])): row[key] for name in (key, "name_en", "name_fr")}
        self.feeder = {row["place"]: row["from_place"] for row in case.rows("legs")}

    def stand(self, row: Row, as_of: dt.date) -> Stand:
        """Where the load of a row stands on a day."""
        due = row["eta_high"] or row["eta_best"]
        if row["mode"] != "road":
            return Stand(why=NOT_BY_ROAD)
        if (as_of - row["date"]).days > STALE or (due is not None and due < as_of):
            return Stand(why=OUT_OF_DATE)
        here = self.names.get(plain(row["place_now"] or ""))
        if here is None:
            return Stand(why=NO_PLACE)
        product = self.index.product[row["product"]]
        for leg, one in enumerate(self.case.rows("legs")):
            if one["place"] == row["place"] and here in one["path"] and row["status"] == "moving":
                return Stand("leg", (), leg)
        found: dict[str, list[int]] = {stage: [] for stage in STAGES}
        for c, one in enumerate(self.case.rows("corridors")):
            if self.supply_l[c, product] > 0 and self._serves(one, row["place"]):
                stage = _stage(one, here, row["status"])
                if stage:
                    found[stage].append(c)
        ends = {one["path"][-1] for one in self.case.rows("corridors")}
        why = AT_THE_END if here in ends else NO_ROAD
        return next((Stand(s, tuple(found[s])) for s in STAGES if found[s]), Stand(why=why))

    def _serves(self, corridor: Row, town: str) -> bool:
        """Whether a corridor brings fuel to a town, to its hub, on the way, or by onward legs from there."""
        drops = {r["place"] for r in self.case.rows("drops") if r["corridor"] == corridor["corridor"]}
        ends = {corridor["path"][-1], *drops}
        while town not in ends and town in self.feeder:
            town = self.feeder[town]
        return town in ends


def _stage(corridor: Row, here: str, status: str) -> str:
    """Stage of a corridor at a place, or on the corridor itself; empty where it does not pass."""
    if here == corridor["corridor"]:
        return "waiting" if status == "waiting" else "inland"
    path = corridor["path"]
    if here not in path[:-1]:
        return ""
    ahead = path.index(here) - path.index(corridor["border_place"])
    return "outbound" if ahead < 0 else ("inland" if ahead > 0 else "waiting")


def place_loads(
    cloud: Cloud, rows: Sequence[Row], counts: Sequence[Row], learned: Learned, as_of: dt.date
) -> list[dict[str, Any]]:
    """Bring the named loads of traders, the power company and mines into every future.

    Parameters
    ----------
    rows, counts : consignments and stock counts of the sheet

    Returns
    -------
    list : by load, where it was found, mean trucks that were missing and found nowhere, or why it changed nothing
    """
    case = cloud.ensemble.case
    roads = Roads(case, cloud.ensemble.engine.world.constants["supply_l"])
    named = [r for r in rows if r["owner"] != "humanitarian" and r["status"] in ("moving", "waiting")]
    order = {stage: k for k, stage in enumerate((*STAGES, "leg", ""))}
    stands = sorted(((roads.stand(r, as_of), r) for r in named),
                    key=lambda one: (order[one[0].stage], one[1]["consignment"]))  # fmt: skip
    placer = Placer(cloud, counts)
    told = []
    for stand, row in stands:
        one = {"consignment": row["consignment"], "owner": row["owner"], "stage": stand.stage}
        if stand.why:
            told.append({**one, "why": stand.why})
            continue
        days = np.ones(cloud.size, np.int64)
        if row["eta_best"]:
            days = arrival_days(row, replace(learned, loss=0.0), as_of, cloud.ensemble.plan.seed, cloud.size)
        moved, missing = placer.place(stand, row, days)
        told.append({**one, "trucks_moved": float(moved.mean()), "trucks_missing": float(missing.mean())})
    return told


class Placer:
    """Moves trucks of a cloud between stages, and keeps count of those that named loads have claimed."""

    def __init__(self, cloud: Cloud, counts: Sequence[Row]) -> None:
        self.cloud, self.counts = cloud, counts
        self.world = cloud.ensemble.engine.world.constants
        self.litres = np.floor(cloud.parameter("truck_m3") * np.float32(1000)).astype(np.int64)
        self.last = cloud.day - 1
        self.claimed: dict[tuple[str, int, int], Array] = {}

    def place(self, stand: Stand, row: Row, days: Array) -> tuple[Array, Array]:
        """Make room for one load; returns trucks (future,) moved and still missing."""
        case = self.cloud.ensemble.case
        f = Index(case).product[row["product"]]
        seed = self.cloud.ensemble.plan.seed
        believed = uniform_of(seed, f"named/{row['consignment']}", self.cloud.size) >= WRONG[row["reliability"]]
        load_l = np.where(believed, int(row["volume_m3"] * 1000 / case.header.quantum_l), 0).astype(np.int64)
        if stand.stage == "leg":
            return self._on_leg(stand.leg, f, load_l, days, row)
        want = np.maximum(np.rint(load_l / self.litres), load_l > 0).astype(np.int64)
        need, moved = want.copy(), np.zeros_like(want)
        for c in stand.corridors:
            need -= self._claim(stand.stage, c, f, np.minimum(need, self._free(stand.stage, c, f)))
        before = (*STAGES, "idle")
        for source in before[before.index(stand.stage) + 1 :]:
            for c in stand.corridors:
                take = np.minimum(need, self._free(source, c, f))
                self._take(source, c, f, take)
                self._put(stand.stage, c, f, take, days)
                if stand.stage == "inland":
                    self.cloud.add("imported_l", (f,), take * self.litres)
                need -= self._claim(stand.stage, c, f, take)
                moved += take
        return moved, need

    def _claim(self, stage: str, c: int, f: int, trucks: Array) -> Array:
        self.claimed[stage, c, f] = self.claimed.get((stage, c, f), np.zeros_like(trucks)) + trucks
        return trucks

    def _free(self, stage: str, c: int, f: int) -> Array:
        """Trucks (future,) of a stage that no named load has claimed."""
        if stage == "idle":
            return np.asarray(np.maximum(self.cloud.gather("idle_trucks")[c].astype(np.int64), 0))
        held = self.cloud.gather(f"{stage}_trucks")[c]
        total = (held[f] if stage == "waiting" else held[:, f].sum(axis=0)).astype(np.int64)
        return np.asarray(total - self.claimed.get((stage, c, f), 0))

    def _take(self, stage: str, c: int, f: int, trucks: Array) -> None:
        """Take trucks out of a stage, of a ring those that are due first."""
        if stage == "idle":
            self.cloud.add("idle_trucks", (c,), -trucks)
        elif stage == "waiting":
            self.cloud.add("waiting_trucks", (c, f), -trucks)
        else:
            ring = self.cloud.gather(f"{stage}_trucks")[c]
            left = trucks.copy()
            for ahead in range(1, len(ring) + 1):
                slot = (self.last + ahead) % len(ring)
                out = np.minimum(left, ring[slot, f])
                self.cloud.add(f"{stage}_trucks", (c, slot, f), -out)
                left -= out

    def _put(self, stage: str, c: int, f: int, trucks: Array, days: Array) -> None:
        """Put trucks into a stage, on a ring by the day on which they are due."""
        if stage == "waiting":
            self.cloud.add("waiting_trucks", (c, f), trucks)
            return
        inland, foreign = int(self.world["inland_days"][c]), int(self.world["foreign_days"][c])
        due = np.clip(days, 1, max(inland, 1)) if stage == "inland" else np.clip(days - inland, 1, max(foreign, 1))
        field = f"{stage}_trucks"
        slots = self.cloud.blocks[0].state[field].shape[1]
        for ahead in range(1, slots):
            self.cloud.add(field, (c, (self.last + ahead) % slots, f), np.where(due == ahead, trucks, 0))

    def _on_leg(self, leg: int, f: int, load_l: Array, days: Array, row: Row) -> tuple[Array, Array]:
        """Bring a leg to the litres of a named load; trucks (future,) moved and missing."""
        cloud, world = self.cloud, self.world
        key = ("leg", leg, f)
        free = cloud.gather("leg_way_l")[leg, f].astype(np.int64) - self.claimed.get(key, 0)
        short = load_l - self._claim(*key, np.minimum(load_l, np.maximum(free, 0)))
        idle = np.maximum(cloud.gather("leg_idle_trucks")[leg].astype(np.int64), 0)
        feeder = int(world["leg_from"][leg])
        town = cloud.ensemble.case.rows("legs")[leg]["from_place"]
        counted = any(r["place"] == town and r["product"] == row["product"] and r["date"] >= row["date"]
                      for r in self.counts)  # fmt: skip
        there = cloud.gather("stock_l")[feeder, f].astype(np.int64)
        out = np.minimum(short, idle * self.litres)
        out = out if counted else np.minimum(out, there)
        trucks = -(-out // self.litres)
        if counted:
            cloud.found_l[f] += out
        else:
            cloud.add("stock_l", (feeder, f), -out)
        length = int(world["leg_days"][leg])
        due = np.clip(days, 1, length)
        loads, back = cloud.blocks[0].state["leg_load_l"].shape[1], cloud.blocks[0].state["leg_back_trucks"].shape[1]
        for ahead in range(1, length + 1):
            cloud.add("leg_load_l", (leg, (self.last + ahead) % loads, f), np.where(due == ahead, out, 0))
            cloud.add("leg_back_trucks", (leg, (self.last + ahead + length) % back), np.where(due == ahead, trucks, 0))
        cloud.add("leg_way_l", (leg, f), out)
        cloud.add("leg_idle_trucks", (leg,), -trucks)
        self._claim(*key, out)
        return trucks, -(-(short - out) // self.litres)
