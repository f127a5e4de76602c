"""Judge the stored proofs: green, red or missing, and stale where the code they cover has moved on.

    python tools/proofs.py            one line a proof
    python tools/proofs.py --gate     the same; exit 1 if one is red or missing (an admitted miss passes with a remark)

`docs/proofs/expected.toml` lists what is expected. `docs/conf.py` makes the page on validation from the same judgement.
Age comes from the history of git; without it, it is unknown, and nothing is claimed.
"""

from __future__ import annotations

import json
import operator
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "proofs"
PAGE = ROOT / "docs" / "validation.md"
BAR = re.compile(r"^(?P<path>.+?) (?P<test>>=|<=|==|>|<) (?P<bound>\S+)$")
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
MOST_FIGURES = 14


@dataclass(frozen=True)
class Expected:
    """A proof that is claimed: what it claims, the paths it covers, the bars its figures must meet."""

    name: str
    claim: str
    covers: tuple[str, ...]
    bars: tuple[str, ...]
    admitted: str = ""


@dataclass(frozen=True)
class State:
    """How a proof stands. `status`: green, red, missing; `age`: commits since on what it covers, None if unknown."""

    expected: Expected
    status: str
    missed: tuple[str, ...] = ()
    age: int | None = None
    data: dict[str, Any] | None = None

    @property
    def holds_up_the_gate(self) -> bool:
        """Whether the gate must stop here: missing, or red without being admitted."""
        return self.status == "missing" or (self.status == "red" and not self.expected.admitted)


def expected(path: Path = FOLDER / "expected.toml") -> tuple[Expected, ...]:
    """The list of expected proofs; a proof without a bar or a covered path is refused, since it could not turn red."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["proof"]
    found = tuple(Expected(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}) for row in rows)
    for one in found:
        if not one.bars or not one.covers:
            raise ValueError(f"{path.name}: {one.name} needs bars and covered paths")
    return found


def figures(data: Any, path: list[str]) -> Iterator[Any]:
    """What stands at a path of keys and positions, `*` for each of them; nothing where the path leads nowhere."""
    if not path:
        yield data
    elif path[0] == "*":
        for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
            yield from figures(value, path[1:])
    elif isinstance(data, dict) and path[0] in data:
        yield from figures(data[path[0]], path[1:])
    elif isinstance(data, list) and path[0].isdigit() and int(path[0]) < len(data):
        yield from figures(data[int(path[0])], path[1:])


def misses(data: Any, bar: str) -> str:
    """Empty if the bar holds, else the bar with what was found. A figure that is not there misses its bar."""
    parts = BAR.match(bar)
    if parts is None:
        raise ValueError(f"a bar reads `path >= number`: {bar}")
    bound = json.loads(parts["bound"])
    found = list(figures(data, parts["path"].split("/")))
    wrong = [value for value in found if not TESTS[parts["test"]](value, bound)]
    if found and not wrong:
        return ""
    return f"{bar}: found {', '.join(f'{value}' for value in wrong) or 'nothing'}"


def git(*words: str) -> str | None:
    """What git prints in this checkout, or None where there is no git or it does not know."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def age(commit: str, covers: tuple[str, ...]) -> int | None:
    """Commits since `commit` that changed a covered path; None where git cannot tell."""
    log = git("log", "--format=%h", f"{commit}..HEAD", "--", *covers) if commit else None
    return None if log is None else len(log.split())


def judged(one: Expected, folder: Path = FOLDER) -> State:
    """How one proof stands."""
    path = folder / f"{one.name}.json"
    if not path.exists():
        return State(one, "missing")
    data = json.loads(path.read_text(encoding="utf-8"))
    absent = [f"`{key}` is not stated" for key in ("command", "commit") if not data.get(key)]
    missed = tuple(absent + [text for bar in one.bars if (text := misses(data, bar))])
    return State(one, "red" if missed else "green", missed, age(str(data.get("commit", "")), one.covers), data)


def states() -> tuple[State, ...]:
    """How every expected proof stands."""
    return tuple(judged(one) for one in expected())


def unlisted() -> list[str]:
    """Proof files that the list does not know: nobody judges them."""
    known = {one.name for one in expected()}
    return sorted(path.stem for path in FOLDER.glob("*.json") if path.stem not in known)


def age_text(state: State) -> str:
    """Whether the figures are of the code of today."""
    if state.status == "missing":
        return "-"
    if state.age is None:
        return "unknown (no history)"
    return f"stale: {state.age} commit{'s'[: state.age > 1]} since" if state.age else "fresh"


def shown(data: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Figures of a proof as name and text, lists by their length, in the order of the file."""
    if isinstance(data, dict):
        for key, value in data.items():
            if name or key not in ("claim", "command", "commit"):
                yield from shown(value, f"{name} / {key}" if name else key)
    elif isinstance(data, list) and not all(isinstance(value, int | float) for value in data):
        yield name, f"{len(data)} rows"
    elif isinstance(data, list):
        yield name, ", ".join(f"{value:.4g}" for value in data)
    else:
        yield name, f"{data:.6g}" if isinstance(data, float) else f"{data}"


def section(state: State) -> list[str]:
    """A proof on the page."""
    one, data = state.expected, state.data or {}
    lines = [f"## {one.name}", "", one.claim, "", f"**{state.status}**, {age_text(state)}.", ""]
    lines += [f"- missed: {text}" for text in state.missed]
    lines += [f"- admitted: {one.admitted}."] if one.admitted else []
    lines += [f"- command: `{data['command']}`"] if data.get("command") else []
    lines += [f"- commit: `{str(data['commit'])[:9]}`"] if data.get("commit") else []
    lines += ["- bars: " + "; ".join(f"`{bar}`" for bar in one.bars)]
    lines += ["- covers: " + ", ".join(f"`{path}`" for path in one.covers), ""]
    rows = list(shown(data))
    if rows:
        lines += ["| figure | value |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in rows[:MOST_FIGURES]]
        if len(rows) > MOST_FIGURES:
            lines += [f"| and {len(rows) - MOST_FIGURES} more | in the file |"]
        lines += ["", f"{{download}}`{one.name}.json <proofs/{one.name}.json>`", ""]
    return lines


def score_lines(path: Path) -> list[str]:
    """A score file on the page: its title and what it says of itself before its first heading."""
    title, _, rest = path.read_text(encoding="utf-8").partition("\n")
    before = rest.split("\n## ")[0].split("\n| target")[0].strip()
    return [f"### {title.removeprefix('# ')}", "", before, "", f"Row by row: [scores](scores/{path.name}).", ""]


def page(found: tuple[State, ...]) -> str:
    """The page on validation."""
    head = (git("rev-parse", "--short", "HEAD") or "unknown").strip()
    lines = [
        "# Validation", "",
        "What has been proven, by which command, at which commit, and whether it still holds. This page is made with",
        "the docs by `tools/proofs.py` from the stored proofs (`docs/proofs/`) and score files (`docs/scores/`).", "",
        "- *green*: every bar of the proof holds; *red*: one is missed; *missing*: nobody has run it.",
        "- *stale*: code that the proof covers has changed since; its figures are of the older code.",
        "- *admitted*: the miss is known and said; continuous integration stops at any other red or missing proof.", "",
        f"Judged at commit `{head}`.", "",
        "| proof | claim | state | age |", "|---|---|---|---|",
    ]  # fmt: skip
    for state in found:
        status = state.status + (", admitted" if state.status == "red" and state.expected.admitted else "")
        name = state.expected.name
        lines.append(f"| [{name}](#{name.replace('_', '-').lower()}) | {state.expected.claim} | {status} | "
                     f"{age_text(state)} |")  # fmt: skip
    lines += [""]
    if rest := unlisted():
        lines += ["Stored but not judged, since the list of expected proofs does not name them: " + ", ".join(rest), ""]
    for state in found:
        lines += section(state)
    lines += ["## Scores as they come", ""]
    for path in sorted((ROOT / "docs" / "scores").glob("*.md")):
        lines += score_lines(path)
    return "\n".join(lines)


def main() -> None:
    """Print one line a proof; with --gate, exit 1 if one is red or missing."""
    found = states()
    for state in found:
        print(f"{state.status:8} {age_text(state):26} {state.expected.name}")
        for text in state.missed:
            print(f"{'':8} missed: {text}")
        if state.missed and state.expected.admitted:
            print(f"{'':8} admitted: {state.expected.admitted}")
    for name in unlisted():
        print(f"not in {FOLDER.name}/expected.toml, so nobody judges it: {name}")
    stops = [state.expected.name for state in found if state.holds_up_the_gate]
    if "--gate" in sys.argv and stops:
        print(f"red or missing: {', '.join(stops)}; run its command, or mend what it found")
        sys.exit(1)


if __name__ == "__main__":
    main()
