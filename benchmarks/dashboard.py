"""How soon a moved lever answers, as a table in Markdown: `python benchmarks/dashboard.py [--moves N]`.

Starts `citerne serve` on loopback, asks for the overview with levers that nobody has asked for yet (100 futures are
simulated and the page is drawn), then for the same page again (kept), and waits until one run is filled up to 500.
Times are the clock's, from the request to the last byte of the answer; on a shared machine the best and the median tell
more than the worst, and the processor time of the server tells most. `load` is the machine's load average: above the
number of cores the figures are those of a queue.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

START = "from citerne.cli.main import main; import sys; main(sys.argv[1:])"


def fetch(line: http.client.HTTPConnection, address: str) -> tuple[float, bytes]:
    """Seconds and body of one answer."""
    began = time.perf_counter()
    line.request("GET", address, headers={"accept-encoding": "gzip"})
    answer = line.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{address}: {answer.status}")
    return time.perf_counter() - began, body


def cpu_seconds(process: int) -> float:
    """Processor time that a process has used so far, all threads; not-a-number where the system does not tell."""
    try:
        words = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return math.nan
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def row(name: str, seconds: list[float]) -> str:
    """One line of the table."""
    best, middle, worst = min(seconds), statistics.median(seconds), max(seconds)
    return f"| {name} | {len(seconds)} | {best:.2f} | {middle:.2f} | {worst:.2f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--moves", type=int, default=12, help="levers to move")
    moves = parser.parse_args().moves
    command = [sys.executable, "-c", START, "serve", "mali", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            place = urlsplit(server.stdout.readline().strip())
            line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=600)
            first, page = fetch(line, "/")
            while json.loads(fetch(line, "/progress")[1])["futures"] < 500:
                time.sleep(0.2)
            closed = [f"/?close=roads_south&diesel={40 + k}" for k in range(moves)]
            moved, again, work = [], [], []
            for address in closed:
                used = cpu_seconds(server.pid)
                moved.append(fetch(line, address)[0])
                work.append(cpu_seconds(server.pid) - used)
                again.append(fetch(line, address)[0])
                time.sleep(0.5)  # as a hand rests
            began = time.perf_counter()
            query = closed[-1].partition("?")[2]
            while json.loads(fetch(line, f"/progress?{query}")[1])["futures"] < 500:
                time.sleep(0.1)
            full = time.perf_counter() - began
        finally:
            server.terminate()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; first page {len(page) / 1000:.1f} kB packed\n")
    print("| what | times | best s | median s | worst s |\n|---|---|---|---|---|")
    print(row("first page after the start, model loaded", [first]))
    print(row("a moved lever: 100 futures and the page", moved))
    print(row("processor time of that, all threads", work))
    print(row("the same address again", again))
    print(row("filled from there to 500 futures", [full]))


if __name__ == "__main__":
    main()
