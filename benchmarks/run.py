"""Speed and memory of Citerne, as tables in Markdown: `python benchmarks/run.py [PART ...] [--rounds N] [--out FILE]`.

Parts: `model` (the full Mali model: futures per core-second, time of a cell-day, share of random numbers), `phases`
(opening, days, record and writing, by case, severity and size), `growth` (exponents against futures, days, places and
products), `threads` (1 -> 2), `verbs` (whole command lines, start-up included), `memory` (peak against the number of
futures), `siege` (subjects/siege.py). Every figure is the best of several turns: on a shared machine the others slow us
down, never the reverse. Core-seconds are processor time of the thread or process, not the clock's.

`python benchmarks/run.py --out docs/benchmarks.md` makes the page of the docs, all parts; it takes some minutes.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import product as product_of
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "subjects"))

DAYS = 180
CODE = "import sys; from citerne.cli.main import main; main(sys.argv[1:])"

# a command is started from a process of its own, since a child takes over the peak of memory of its parent
APART = """
import os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen([sys.executable, "-c", *sys.argv[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_pid, _status, used = os.wait4(process.pid, 0)
print(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def best_cpu(act: Callable[[], object], rounds: int) -> float:
    """Fastest of some turns, seconds of processor time of this thread."""
    return min(turns_cpu(act, rounds))


def turns_cpu(act: Callable[[], object], rounds: int) -> list[float]:
    """Seconds of processor time of this thread that each of some turns took."""
    times = []
    for _round in range(rounds):
        began = time.thread_time()
        act()
        times.append(time.thread_time() - began)
    return times


def ensemble_of(members: int = 256, days: int = DAYS) -> Any:
    """The full Mali model, ready to run."""
    from citerne.api import make_ensemble

    ensemble = make_ensemble("mali", days=days, members=members)
    ensemble.engine.prepare()
    return ensemble


def draws_per_day(ensemble: Any) -> float:
    """Random numbers that one future draws in a day, counted in a run without compiler."""
    from citerne.ensemble.run import Ensemble, Plan

    count = [0]
    patched = []
    for process in ensemble.engine.processes:
        module = importlib.import_module(process.step.__module__)
        real = getattr(module, "uniform", None)
        if real is None:
            continue

        def counted(key: Any, member: Any, real: Any = real) -> Any:
            count[0] += 1
            return real(key, member)

        patched.append((module, real))
        module.uniform = counted  # type: ignore[attr-defined]
    try:
        plain = Ensemble(ensemble.case, Plan(days=6, members=2), plain=True)
        plain.engine.run(plain.open(0), 6, 1)
    finally:
        for module, real in patched:
            module.uniform = real  # type: ignore[attr-defined]
    return count[0] / (2 * 6)


def draw_ns() -> float:
    """Time of one random number in a loop over futures, ns."""
    from citerne.engine.compile import compiled
    from citerne.engine.kernel import uniform

    numba = importlib.import_module("numba")
    kernel = compiled(uniform)

    @numba.njit(nogil=True)
    def fill(key: Any, members: Any, out: Any) -> None:
        for k in range(1000):
            for i in range(members.shape[0]):
                out[i] += kernel(key + np.uint64(k), members[i])

    members, out = np.arange(256, dtype=np.uint32), np.zeros(256, np.float32)
    fill(np.uint64(1), members, out)
    return best_cpu(lambda: fill(np.uint64(1), members, out), 20) / 256_000 * 1e9


def model(rounds: int) -> list[str]:
    """The full model on one core, one chunk in memory after the other."""
    from citerne.ensemble.run import Room

    ensemble = ensemble_of()
    sizes = ensemble.engine.world.sizes
    cells = sizes["place"] * sizes["product"]
    room = Room()
    times = turns_cpu(lambda: ensemble.run_chunk(0, room=room), 4 * rounds)
    seconds, middle = min(times), float(np.median(times))
    numbers = sum(math.prod(ensemble.engine.shape(field, 1)) for field in ensemble.engine.fields.values())
    share = draws_per_day(ensemble) * draw_ns() * 1e-9 * DAYS * 256 / seconds
    lines = [
        f"Full Mali model: {sizes['place']} places x {sizes['product']} products, {sizes['corridor']} corridors, "
        f"{sizes['leg']} onward legs, {len(ensemble.engine.series)} series recorded daily.",
        "",
        "| what | figure |",
        "|---|---|",
        f"| futures x {DAYS} days per core-second, recording included | {256 / seconds:,.0f} |",
        f"| the same, median of {len(times)} turns in a row | {256 / middle:,.0f} |",
        f"| part of the floor of {FLOOR:,} that the fastest turn reaches | {256 / seconds / FLOOR:.0%} |",
        f"| numbers of state of one future | {numbers:,} |",
        f"| time of one place x product x day of one future | {seconds / (256 * DAYS * cells) * 1e9:.1f} ns |",
        f"| share of random numbers | {share:.1%} |",
    ]
    return lines


SEVERITY = {"calm": 0.0, "as recorded": None, "shut in": 3.0}  # pressure on every road; none leaves the record


def phases(rounds: int) -> list[str]:
    """Where the time of a chunk goes, by case, severity and size: microseconds of one core per future of 180 days."""
    lines = [
        "Microseconds of one core for one future. *Severity* is the pressure laid on every road: none, that of the "
        "case, or three times a campaign.",
        "",
        "| case | severity | futures | opening | days | record | writing | futures / core-s, unwritten |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, severity, size in product_of(("toy_road", "haiti", "mali"), SEVERITY, (64, 256)):
        spent = phases_of(name, SEVERITY[severity], size, rounds)
        parts = " | ".join(f"{1e6 * seconds / size:.0f}" for seconds in spent.values())
        whole_s = sum(spent.values()) - spent["writing"]
        lines.append(f"| {name} | {severity} | {size} | {parts} | {size / whole_s:,.0f} |")
    return lines


def phases_of(name: str, pressure: float | None, size: int, rounds: int) -> dict[str, float]:
    """Seconds of one chunk: drawing and opening, the days without their record, the record, and writing it."""
    from citerne.case.case import load
    from citerne.case.policies import find_policy
    from citerne.engine.block import Engine
    from citerne.ensemble.parcels import chunk_files
    from citerne.ensemble.run import Ensemble, Plan, Room
    from citerne.model.levers import Setting
    from citerne.results.store import put_chunk

    case = load(name)
    steps = find_policy(case, "recorded").sets
    recorded = tuple(Setting(s.lever, s.value, s.target or "all", s.start, s.end) for s in steps)
    laid = () if pressure is None else tuple(Setting(lever, pressure, "all") for lever in ("blockade", "leg_blockade"))
    ensemble = Ensemble(case, Plan(days=DAYS, members=size, policy_settings=recorded, settings=laid))
    silent = Engine(ensemble.engine.processes, ensemble.engine.world)
    for engine in (ensemble.engine, silent):
        engine.prepare()
    opened = ensemble.open(0)
    bare = best_cpu(lambda: silent.run(opened.copy(), DAYS, 1), rounds) - best_cpu(opened.copy, rounds)
    room = Room()
    everything = best_cpu(lambda: ensemble.run_chunk(0, room=room), rounds)
    opening = best_cpu(lambda: ensemble.open(0), rounds)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "members").mkdir()
        written = best_cpu(lambda: put_chunk(Path(folder), 0, chunk_files(ensemble, 0)), rounds)
    return {"opening": opening, "days": bare, "record": everything - opening - bare, "writing": written - everything}


def threads(rounds: int) -> list[str]:
    """Four chunks on one thread, and the same four on two threads, by the clock, in turns."""
    from citerne.ensemble.run import Room

    ensemble = ensemble_of(members=1024)
    times: dict[int, list[float]] = {1: [], 2: []}
    for _round in range(rounds):
        for count in (1, 2):
            parts = [range(k, 4, count) for k in range(count)]

            def work(part: range) -> None:
                room = Room()
                for k in part:
                    ensemble.run_chunk(k, room=room)

            workers = [threading.Thread(target=work, args=(part,)) for part in parts]
            began = time.perf_counter()
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            times[count].append(time.perf_counter() - began)
    one, two = (1024 / min(times[count]) for count in (1, 2))
    lines = ["| threads | futures / s by the clock | gain |", "|---|---|---|"]
    return [*lines, f"| 1 | {one:,.0f} | 1 |", f"| 2 | {two:,.0f} | {two / one:.2f} |"]


def growth(rounds: int) -> list[str]:
    """How time grows: the exponent e of time ~ size^e, by least squares over sizes, everything else as in Mali."""
    from citerne.case.case import load
    from citerne.ensemble.run import Ensemble, Plan

    grown = importlib.import_module("grown")
    case, days = load("mali"), 60
    plans = {
        "futures": [(n, case, Plan(days=days, members=n)) for n in (64, 128, 256)],
        "days": [(n, case, Plan(days=n, members=256)) for n in (45, 90, 180)],
        "places": [(0, grown.with_more_towns(case, n), Plan(days=days, members=256)) for n in (1, 2, 4)],
        "products": [(5 + n, grown.with_more_products(case, n), Plan(days=days, members=256)) for n in (0, 5, 15)],
    }
    lines = ["| against | sizes | core-seconds | exponent |", "|---|---|---|---|"]
    for name, rows in plans.items():
        sizes, times = [], []
        for size, changed, plan in rows:
            ensemble = Ensemble(changed, plan)
            ensemble.engine.prepare()
            sizes.append(size or ensemble.engine.world.sizes["place"])
            times.append(best_cpu(lambda e=ensemble: e.engine.run(e.open(0), e.plan.days, 1), rounds))  # type: ignore[misc]
        slope = float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
        figures = ", ".join(f"{seconds:.3f}" for seconds in times)
        lines.append(f"| {name} | {', '.join(map(str, sizes))} | {figures} | {slope:.2f} |")
    return lines


def whole(arguments: list[str]) -> tuple[float, float, float]:
    """Run a command line in a process of its own: seconds by the clock, of processor time, and peak MB."""
    found = subprocess.run([sys.executable, "-c", APART, CODE, *arguments], check=True, capture_output=True, text=True)
    clock, cpu, peak = map(float, found.stdout.split())
    return clock, cpu, peak


def verbs(rounds: int) -> list[str]:
    """Whole command lines, warm."""
    lines = ["| command | s, clock | core-seconds | peak MB |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        run = ["run", "mali", "-q", "--out", f"{folder}/r", "--force"]
        rows = {
            "citerne --help": ["--help"],
            "citerne run mali (500 futures, report included)": run,
            "the same, --no-report": [*run, "--no-report"],
        }
        for name, arguments in rows.items():
            whole(arguments)  # compiles and fills caches
            turns = [whole(arguments) for _round in range(rounds)]
            clock, cpu, peak = (min(turn[k] for turn in turns) for k in range(3))
            lines.append(f"| {name} | {clock:.2f} | {cpu:.2f} | {peak:,.0f} |")
    return lines


def memory(_rounds: int, sizes: tuple[int, ...] = (500, 2000, 4000, 20_000)) -> list[str]:
    """Peak memory and time against the number of futures."""
    lines = ["| futures | s, clock | core-seconds | peak MB |", "|---|---|---|---|"]
    for members in sizes:
        with tempfile.TemporaryDirectory() as folder:
            arguments = ["run", "mali", "-q", "--members", str(members), "--no-report", "--out", f"{folder}/r"]
            clock, cpu, peak = whole(arguments)
        lines.append(f"| {members:,} | {clock:.1f} | {cpu:.1f} | {peak:,.0f} |")
    return lines


def siege(rounds: int) -> list[str]:
    """The benchmark siege and its twins."""
    subject = importlib.import_module("siege")
    lines: list[str] = subject.table(subject.measure(rounds))
    return lines


def compilation(_rounds: int) -> list[str]:
    """The first run on a machine: every step compiled, in a cache folder of its own."""
    lines = ["| command | s, clock | core-seconds |", "|---|---|---|"]
    arguments = ["run", "mali", "-q", "--members", "1", "--days", "1", "--no-report", "--force"]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CITERNE_CACHE"] = f"{folder}/cache"
        try:
            for name in ("first run, nothing compiled", "the same again"):
                clock, cpu, _peak = whole([*arguments, "--out", f"{folder}/r"])
                lines.append(f"| {name} | {clock:.1f} | {cpu:.1f} |")
        finally:
            del os.environ["CITERNE_CACHE"]
    return lines


PARTS: dict[str, Callable[[int], list[str]]] = {
    "model": model, "phases": phases, "growth": growth, "threads": threads, "verbs": verbs, "memory": memory,
    "compilation": compilation, "siege": siege,
}  # fmt: skip
TITLES = {
    "model": "Full Mali model", "phases": "Where the time goes", "growth": "How time grows",
    "threads": "One thread and two", "verbs": "Whole commands", "memory": "Memory", "compilation": "Compilation",
    "siege": "The benchmark siege",
}  # fmt: skip
FLOOR = 2500
NOTES = {
    "model": f"""The floor we set ourselves is {FLOOR:,} futures per core-second. What limits it: the state
of a future, read and written every day in float32 without contraction or reassociation, so that plain Python gives
the same bits; that of a block of 256 is larger than a second cache. Turns and hours differ, on a virtual machine by
several in a hundred: what others take of the processor we cannot see.""",
    "phases": """Writing is NetCDF by scipy, kept because other programs read it; it is left out of the last column, as
of the figure above. A run of more than 2,000 futures writes only its first 500 whole.""",
    "growth": """Exponent e of time ~ size^e, by least squares; blocks of fewer futures than 256 pay more for each
call.""",
    "memory": """Flat beyond 2,000 futures, where only counts are kept; a hundred thousand futures stand in
`docs/proofs/memory.json`.""",
    "compilation": "Steps are compiled one by one, on all cores; an edited process costs its own compilation only.",
    "siege": "20 nodes x 4 products x 180 days, the same work written four ways (`benchmarks/subjects/siege.py`).",
}
HEAD = """# Benchmarks

Made by `python benchmarks/run.py --out docs/benchmarks.md`. Every figure is the best of several turns; a core-second is
processor time."""


def machine() -> str:
    """Machine and versions in one line."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
    packages = ", ".join(f"{package} {version(package)}" for package in ("numpy", "numba", "scipy"))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False,
                          cwd=Path(__file__).parent).stdout.strip()  # fmt: skip
    at = f"; commit {head}" if head else ""
    return f"{name}, {os.cpu_count()} cores, load {load:.1f}; Python {platform.python_version()}, {packages}{at}"


def main() -> None:
    """Run the parts asked for and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, default=None)
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no part called {', '.join(sorted(unknown))}; known are {', '.join(PARTS)}")
    lines = [HEAD, "", machine() + "."]
    for part in asked.parts or PARTS:
        print(part, file=sys.stderr)
        lines += ["", f"## {TITLES[part]}", "", *PARTS[part](asked.rounds)]
        if part in NOTES:
            lines += ["", NOTES[part]]
    text = "\n".join(lines) + "\n"
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
