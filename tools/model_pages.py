"""Write docs/model/process_NAME.md from the declarations that the code runs on; `--check` changes nothing.

Each page holds the head of the process file (equations, symbols, sources), its state, its parameters with their
generic priors, and what it reads from others.
"""

from __future__ import annotations

import sys
from pathlib import Path

from made import finish

from citerne.engine.entry import array_names
from citerne.engine.fields import Parameter, Process
from citerne.model.standard import standard_model

PAGES = Path(__file__).resolve().parents[1] / "docs" / "model"


def prior_text(parameter: Parameter) -> str:
    """A prior in words."""
    if parameter.distribution == "fixed":
        return f"{parameter.best:g}"
    if parameter.distribution in ("normal", "lognormal", "beta"):
        return f"{parameter.distribution}, {parameter.best:g} ({parameter.low:g} to {parameter.high:g})"
    return f"{parameter.distribution}, {parameter.low:g} to {parameter.high:g}"


def page(process: Process, position: int) -> str:
    """Text of one page."""
    module = sys.modules[process.step.__module__]
    head = (module.__doc__ or "").strip()
    own = {field.name for field in process.state} | {p.name for p in process.parameters}
    lines = [
        f"# {process.name}: {process.meaning}",
        "",
        f"Step {position} of a day. File `src/citerne/process/{process.name}.py`; its readable twin is "
        f"`src/citerne/process/reference/{process.name}.py`. Made from the code by `tools/model_pages.py`.",
        "",
        "## Equations",
        "",
        "```text",
        head,
        "```",
    ]
    if process.state:
        lines += ["", "## State", "", "| name | axes | type | unit | meaning |", "|---|---|---|---|---|"]
        lines += [
            f"| `{f.name}` | {', '.join(f.axes) or '-'} | {f.dtype} | {f.unit or '-'} | {f.meaning} |"
            for f in process.state
        ]
    if process.parameters:
        lines += ["", "## Parameters", ""]
        lines += ["Generic priors; a case may replace them. Ranges: 5 % to 95 % points of normal, lognormal and beta"]
        lines += ["priors, ends of the others.", "", "| name | unit | meaning | prior | source | grade |"]
        lines += ["|---|---|---|---|---|---|"]
        lines += [
            f"| `{p.name}` | {p.unit or '-'} | {p.meaning} | {prior_text(p)} | {p.source} | {p.confidence} |"
            for p in process.parameters
        ]
    others = [name for name in array_names(process.step) if name != "members" and name not in own]
    lines += ["", "## Reads or writes of others", "", ", ".join(f"`{name}`" for name in others) or "nothing", ""]
    return "\n".join(lines)


def pages() -> dict[Path, str]:
    """Every page and its text."""
    return {
        PAGES / f"process_{process.name}.md": page(process, k)
        for k, process in enumerate(standard_model().processes, start=1)
    }


if __name__ == "__main__":
    sys.exit(finish(pages(), "python tools/model_pages.py"))
