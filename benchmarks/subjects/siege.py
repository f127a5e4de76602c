"""The benchmark siege: 20 nodes x 4 products x 180 days, on our engine and in SimPy, Mesa and NumPy twins.

A small, fixed siege that any simulation tool can express, so that speed can be compared on equal work. Fixed data come
from NumPy's `default_rng(7)`, drawn in this order: the route of node i, 2 + (i mod 5) of 24 segments without
replacement; q0 = 0.02 + 0.08 U(24); d0 = (20 + 80 U(20, 4)) [1, .6, .25, .1]. Opening stock 12 d0, price 1, x 0. A day:

1. q_s = min(.9, q0_s (1 + x));
2. per node: surv = product over its segments of (0.4 if U < q_s else 1); A counts the ambushes;
3. per product: stock += arrivals of the day; f = clip(2 (15 - stock / d0) / 15, 0, 1); 1.1 d0 f surv sets out, due
   after as many days as the route has segments;
4. demand = d0 price^-eps (1 + .05 (price - 1)) (1 + .2 (U - .5)); sold = min(stock, demand); the rest is unmet;
5. target = clip((15 / max(stock / d0, .1))^.6, 1, 8); price += .2 (target - price);
6. x = clip(x + .001 A - .01 x, 0, 5).

Out: unmet share, mean price, ambushes, x at the end. SimPy and Mesa draw each ambush while the convoy is on the
segment, a day apart, instead of when it sets out. All implementations must agree with the published means below.

`python benchmarks/subjects/siege.py` runs all that are installed side by side, in turns, and prints a table.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.engine.block import Engine
from citerne.engine.fields import Arrays, Field, Process, World
from citerne.engine.kernel import F32, I32, ONE, ZERO, clip, exp2, log2, stream, uniform

NODES, PRODUCTS, SEGMENTS, SLOTS, DAYS = 20, 4, 24, 7, 180
ELASTICITY = np.array([0.25, 0.30, 0.45, 0.15])
SCALE = np.array([1, 0.6, 0.25, 0.1])
PUBLISHED = {"unmet": (0.0036, 0.0044), "price": (2.30, 2.40), "ambushes": (1141.0, 1149.0), "x": (0.561, 0.565)}
BLOCK = 256
FIRST_STREAM, SECOND_STREAM = 901, 902
HALF_LEFT, MOST, TARGET, OVER, FLOOR, LEAN, DEAREST = (np.float32(v) for v in (0.4, 0.9, 15, 1.1, 0.1, 0.6, 8))
TWO_SHARE, UP, WIDE, MIDDLE, SPEED = (np.float32(v) for v in (2 / 15, 0.05, 0.2, 0.5, 0.2))
GROW, FADE, HIGHEST, PER_TARGET = (np.float32(v) for v in (0.001, 0.01, 5, 1 / 15))


@dataclass(frozen=True)
class Data:
    """The fixed data."""

    routes: tuple[tuple[int, ...], ...]
    q0: Any
    d0: Any


def fixed_data() -> Data:
    """Routes, hazards and demands, the same for everybody."""
    rng = np.random.default_rng(7)
    routes = tuple(tuple(int(s) for s in rng.choice(SEGMENTS, 2 + i % 5, replace=False)) for i in range(NODES))
    q0 = 0.02 + 0.08 * rng.random(SEGMENTS)
    return Data(routes, q0, (20 + 80 * rng.random((NODES, PRODUCTS))) * SCALE)


@dataclass(frozen=True)
class Outcome:
    """Means over members."""

    unmet: float
    price: float
    ambushes: float
    x: float

    def agrees(self, members: int) -> bool:
        """Whether the means lie in the published ranges, widened by four standard errors of so few members.

        Standard deviations over members, measured with 20,000: unmet 0.00043, price 0.031, ambushes 40, x 0.031.
        """
        spread = {"unmet": 0.00043, "price": 0.031, "ambushes": 40.0, "x": 0.031}
        return all(
            low - 4 * spread[name] / members**0.5 <= getattr(self, name) <= high + 4 * spread[name] / members**0.5
            for name, (low, high) in PUBLISHED.items()
        )


# ----- ours: one process on the engine, members in the last axis ---------------------------------------------------

STATE = (
    Field("stock", ("node", "product"), "f4", "", "Stock."),
    Field("price", ("node", "product"), "f4", "", "Price."),
    Field("due", ("slot", "node", "product"), "f4", "", "Under way, by day of arrival."),
    Field("x", (), "f4", "", "Strength."),
    Field("ambushes", (), "i4", "", "Ambushes so far."),
    Field("demand_sum", (), "f4", "", "Demand so far."),
    Field("unmet_sum", (), "f4", "", "Unmet so far."),
    Field("price_sum", (), "f4", "", "Prices so far."),
)


def step(
    day: Any, seed: Any, members: Any, route_from: Any, route_segment: Any, q0: Any, d0: Any, elasticity: Any,
    stock: Any, price: Any, due: Any, x: Any, ambushes: Any, demand_sum: Any, unmet_sum: Any, price_sum: Any,
) -> None:  # fmt: skip
    """One day of the siege for a block of members."""
    nodes, products, lanes = stock.shape
    surv = np.empty(lanes, np.float32)
    work = np.empty(lanes, np.float32)
    today = np.zeros(lanes, np.int32)
    for n in range(nodes):
        for i in range(lanes):
            surv[i] = ONE
        first, last = route_from[n], route_from[n + 1]
        for k in range(first, last):
            pass_segment(stream(seed, FIRST_STREAM, k, day, 0), members, q0[route_segment[k]], x, surv, today)
        arriving, leaving = day % due.shape[0], (day + last - first) % due.shape[0]
        for p in range(products):
            key = stream(seed, SECOND_STREAM, n * products + p, day, 0)
            trade(key, members, d0[n, p], elasticity[p], surv, due[arriving, n, p], due[leaving, n, p], stock[n, p],
                  price[n, p], demand_sum, unmet_sum, price_sum, work)  # fmt: skip
    for i in range(lanes):
        ambushes[i] += today[i]
        x[i] = clip(x[i] + GROW * F32(today[i]) - FADE * x[i], ZERO, HIGHEST)


def pass_segment(key: Any, members: Any, q0: Any, x: Any, surv: Any, today: Any) -> None:
    """Ambushes on one segment of one route."""
    for i in range(members.shape[0]):
        hit = uniform(key, members[i]) < min(MOST, q0 * (ONE + x[i]))
        surv[i] = surv[i] * (HALF_LEFT if hit else ONE)
        today[i] += I32(1) if hit else I32(0)


def trade(
    key: Any, members: Any, d0: Any, elasticity: Any, surv: Any, arriving: Any, leaving: Any, stock: Any, price: Any,
    demand_sum: Any, unmet_sum: Any, price_sum: Any, work: Any,
) -> None:  # fmt: skip
    """Arrivals, dispatch, sales and price of one cell."""
    lanes = stock.shape[0]
    per_d0 = ONE / d0
    # four short loops instead of one: more lanes of each are under way at a time, so that no power waits for another
    for i in range(lanes):
        work[i] = -elasticity * log2(price[i])
    for i in range(lanes):
        s = stock[i] + arriving[i]
        arriving[i] = ZERO
        f = clip(TWO_SHARE * (TARGET - s * per_d0), ZERO, ONE)
        leaving[i] += OVER * d0 * f * surv[i]
        luck = ONE + WIDE * (uniform(key, members[i]) - MIDDLE)
        demand = d0 * exp2(work[i]) * (ONE + UP * (price[i] - ONE)) * luck
        sold = min(s, demand)
        stock[i] = s - sold
        demand_sum[i] += demand
        unmet_sum[i] += demand - sold
    for i in range(lanes):
        work[i] = -LEAN * log2(max(stock[i] * per_d0, FLOOR) * PER_TARGET)
    for i in range(lanes):
        target = clip(exp2(work[i]), ONE, DEAREST)
        price[i] += SPEED * (target - price[i])
        price_sum[i] += price[i]


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """Twelve days of stock, price 1."""
    state["stock"][:] = np.float32(12) * world.constants["d0"][:, :, None]
    state["price"][:] = 1


def make_engine(plain: bool = False) -> Engine:
    """The siege on our engine."""
    data = fixed_data()
    lengths = [len(route) for route in data.routes]
    constants = {
        "route_from": np.cumsum([0, *lengths]),
        "route_segment": np.array([s for route in data.routes for s in route], np.int64),
        "q0": data.q0.astype(np.float32), "d0": data.d0.astype(np.float32),
        "elasticity": ELASTICITY.astype(np.float32),
    }  # fmt: skip
    world = World({"node": NODES, "product": PRODUCTS, "slot": SLOTS}, constants)
    return Engine([Process("siege", "Benchmark siege", STATE, (), step, start)], world, plain=plain)


def run_ours(members: int, seed: int = 1, threads: int = 1, engine: Engine | None = None) -> Outcome:
    """Blocks of 256 members over threads."""
    from concurrent.futures import ThreadPoolExecutor

    engine = engine or make_engine()
    engine.prepare()

    def block_of(first: int) -> Arrays:
        block = engine.open(np.arange(first, min(first + BLOCK, members), dtype=np.uint32), {})
        engine.run(block, DAYS, seed)
        return {name: block.state[name].astype(np.float64) for name in RESULT}

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(block_of, range(0, members, BLOCK)))
    whole = {name: np.concatenate([part[name] for part in parts]) for name in RESULT}
    price = whole["price_sum"].mean() / (NODES * PRODUCTS * DAYS)
    unmet = whole["unmet_sum"].sum() / whole["demand_sum"].sum()
    return Outcome(unmet, price, whole["ambushes"].mean(), whole["x"].mean())


RESULT = ("unmet_sum", "demand_sum", "price_sum", "ambushes", "x")


# ----- twins -------------------------------------------------------------------------------------------------------


def run_numpy(members: int, seed: int = 1) -> Outcome:
    """All members at once in float64 arrays, in groups of 1,000 that stay near the cache."""
    parts, sizes = [], []
    for first in range(0, members, 1000):
        size = min(1000, members - first)
        parts.append(_numpy_group(size, np.random.default_rng([seed, first])))
        sizes.append(size)
    means = np.average(np.array(parts), axis=0, weights=sizes)
    return Outcome(*(float(v) for v in means))


def _numpy_group(members: int, rng: np.random.Generator) -> tuple[float, float, float, float]:
    data = fixed_data()
    d0 = data.d0[..., None]
    stock, price = np.repeat(12 * d0, members, axis=2), np.ones((NODES, PRODUCTS, members))
    due, x = np.zeros((SLOTS, NODES, PRODUCTS, members)), np.zeros(members)
    demand_sum = unmet_sum = price_sum = 0.0
    ambushes = np.zeros(members)
    lengths = [len(route) for route in data.routes]
    for day in range(DAYS):
        q = np.minimum(0.9, data.q0[:, None] * (1 + x))
        surv, today = np.ones((NODES, members)), np.zeros(members)
        for n, route in enumerate(data.routes):
            hit = rng.random((len(route), members)) < q[list(route)]
            surv[n] = np.where(hit, 0.4, 1.0).prod(axis=0)
            today += hit.sum(axis=0)
        stock += due[day % SLOTS]
        due[day % SLOTS] = 0
        f = np.clip(2 * (15 - stock / d0) / 15, 0, 1)
        sent = 1.1 * d0 * f * surv[:, None]
        for n in range(NODES):
            due[(day + lengths[n]) % SLOTS, n] += sent[n]
        luck = 1 + 0.2 * (rng.random(stock.shape) - 0.5)
        demand = d0 * price ** -ELASTICITY[:, None] * (1 + 0.05 * (price - 1)) * luck
        sold = np.minimum(stock, demand)
        stock -= sold
        price += 0.2 * (np.clip((15 / np.maximum(stock / d0, 0.1)) ** 0.6, 1, 8) - price)
        x = np.clip(x + 0.001 * today - 0.01 * x, 0, 5)
        ambushes += today
        demand_sum += demand.sum()
        unmet_sum += (demand - sold).sum()
        price_sum += price.sum()
    price_mean = price_sum / (members * NODES * PRODUCTS * DAYS)
    return unmet_sum / demand_sum, price_mean, ambushes.mean(), x.mean()


class Member:
    """One member in plain Python, shared by the SimPy and Mesa twins, which move the convoys their own way."""

    def __init__(self, seed: int) -> None:
        import random

        data = fixed_data()
        self.random = random.Random(seed).random
        self.routes, self.q0 = data.routes, data.q0.tolist()
        self.d0 = data.d0.tolist()
        self.stock = [[12 * d for d in row] for row in self.d0]
        self.price = [[1.0] * PRODUCTS for _ in range(NODES)]
        self.x = 0.0
        self.today = self.ambushes = 0
        self.demand_sum = self.unmet_sum = self.price_sum = 0.0

    def ambushed(self, segment: int) -> bool:
        """Whether a convoy on a segment is hit today."""
        if self.random() < min(0.9, self.q0[segment] * (1 + self.x)):
            self.today += 1
            return True
        return False

    def loads(self, n: int) -> list[float]:
        """What sets out for node n today, before ambushes."""
        return [
            1.1 * d * min(max(2 * (15 - s / d) / 15, 0.0), 1.0)
            for s, d in zip(self.stock[n], self.d0[n], strict=True)
        ]  # fmt: skip

    def sell(self, n: int) -> None:
        """Sales and prices of node n."""
        stock, price = self.stock[n], self.price[n]
        for p, d in enumerate(self.d0[n]):
            luck = 1 + 0.2 * (self.random() - 0.5)
            demand = d * price[p] ** -ELASTICITY_LIST[p] * (1 + 0.05 * (price[p] - 1)) * luck
            sold = min(stock[p], demand)
            stock[p] -= sold
            target = min(max((15 / max(stock[p] / d, 0.1)) ** 0.6, 1.0), 8.0)
            price[p] += 0.2 * (target - price[p])
            self.demand_sum += demand
            self.unmet_sum += demand - sold
            self.price_sum += price[p]

    def end_day(self) -> None:
        """Strength after the day's ambushes."""
        self.ambushes += self.today
        self.x = min(max(self.x + 0.001 * self.today - 0.01 * self.x, 0.0), 5.0)
        self.today = 0

    def result(self) -> tuple[float, float, float, float]:
        """The four figures of this member."""
        price = self.price_sum / (NODES * PRODUCTS * DAYS)
        return self.unmet_sum / self.demand_sum, price, float(self.ambushes), self.x


ELASTICITY_LIST = ELASTICITY.tolist()


def run_simpy(members: int, seed: int = 1) -> Outcome:
    """Convoys as SimPy processes."""
    import simpy

    def convoy(env: Any, member: Member, n: int, loads: list[float]) -> Any:
        left = 1.0
        yield env.timeout(0.5)  # on the road between two mornings
        for k, segment in enumerate(member.routes[n]):
            if k:
                yield env.timeout(1)
            if member.ambushed(segment):
                left *= 0.4
        for p in range(PRODUCTS):
            member.stock[n][p] += loads[p] * left

    def days(env: Any, member: Member) -> Any:
        for _day in range(DAYS):
            for n in range(NODES):
                env.process(convoy(env, member, n, member.loads(n)))
                member.sell(n)
            member.end_day()
            yield env.timeout(1)

    def one(k: int) -> tuple[float, float, float, float]:
        env, member = simpy.Environment(), Member(seed * 1_000_003 + k)
        env.process(days(env, member))
        env.run(until=DAYS)
        return member.result()

    return Outcome(*(float(v) for v in np.mean([one(k) for k in range(members)], axis=0)))


def run_mesa(members: int, seed: int = 1) -> Outcome:
    """Convoys as Mesa agents."""
    import mesa

    class Convoy(mesa.Agent):  # type: ignore[misc]
        """One convoy on its way."""

        def __init__(self, model: Any, member: Member, n: int, loads: list[float]) -> None:
            super().__init__(model)
            self.member, self.n, self.loads, self.at, self.left = member, n, loads, 0, 1.0

        def step(self) -> None:
            """Pass one segment; unload at the end of the route."""
            route = self.member.routes[self.n]
            if self.member.ambushed(route[self.at]):
                self.left *= 0.4
            self.at += 1
            if self.at == len(route):
                for p in range(PRODUCTS):
                    self.member.stock[self.n][p] += self.loads[p] * self.left
                self.remove()

    def one(k: int) -> tuple[float, float, float, float]:
        model, member = mesa.Model(rng=seed * 1_000_003 + k), Member(seed * 1_000_003 + k)
        for _day in range(DAYS):
            for n in range(NODES):
                Convoy(model, member, n, member.loads(n))
                member.sell(n)
            model.agents.do("step")
            member.end_day()
        return member.result()

    return Outcome(*(float(v) for v in np.mean([one(k) for k in range(members)], axis=0)))


TWINS: dict[str, tuple[Callable[..., Outcome], int]] = {
    "SimPy": (run_simpy, 12), "Mesa": (run_mesa, 12), "NumPy, float64": (run_numpy, 1000),
}  # fmt: skip


def measure(rounds: int) -> list[dict[str, Any]]:
    """Every implementation that is installed, in turns; the fastest of `rounds`, by processor time of this process."""
    engine = make_engine()
    run_ours(BLOCK, engine=engine)  # compiles
    runs: dict[str, tuple[Callable[[], Outcome], int]] = {}
    for name, (function, members) in TWINS.items():
        try:
            function(1)
        except ImportError:
            continue
        runs[name] = (lambda f=function, m=members: f(m)), members  # type: ignore[misc]
    many = 64 * BLOCK
    runs["Citerne, 1 thread"] = (lambda: run_ours(many, engine=engine)), many
    runs["Citerne, 2 threads"] = (lambda: run_ours(many, threads=2, engine=engine)), many
    best: dict[str, dict[str, Any]] = {}
    for _round in range(rounds):
        for name, (act, members) in runs.items():
            cpu, wall = time.process_time(), time.perf_counter()
            outcome = act()
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            row = best.setdefault(name, {"name": name, "members": members, "cpu": cpu, "wall": wall})
            row |= {"cpu": min(cpu, row["cpu"]), "wall": min(wall, row["wall"]), "outcome": outcome}
    return list(best.values())


def table(rows: list[dict[str, Any]]) -> list[str]:
    """The rows as a Markdown table, with ratios to SimPy and Mesa in the same run."""
    speed = {row["name"]: row["members"] / row["cpu"] for row in rows}
    lines = ["| implementation | members / core-second | members / s, wall | x SimPy | x Mesa | means agree |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    for row in rows:
        ratios = " | ".join(
            f"{speed[row['name']] / speed[peer]:,.1f}" if peer in speed else "-" for peer in ("SimPy", "Mesa")
        )
        agree = "yes" if row["outcome"].agrees(row["members"]) else f"NO {row['outcome']}"
        wall = row["members"] / row["wall"]
        lines.append(f"| {row['name']} | {speed[row['name']]:,.0f} | {wall:,.0f} | {ratios} | {agree} |")
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    print("\n".join(table(measure(parser.parse_args().rounds))))
