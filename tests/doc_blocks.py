"""Every code block of the documentation: found, classified and run as a reader would.

A comment on the line above a fence says what differs from running it as it stands:

    <!-- exit: 3 -->               the last command ends with this code
    <!-- before: COMMANDS -->      what the page takes to be there already
    <!-- run instead: COMMANDS --> too long or too large to run as written; this stands in for it
    <!-- not run: REASON -->       cannot be run here; the reason is kept with the proof

`sh` blocks are run by bash, `console` blocks by their lines after `$`, `python` blocks by a fresh interpreter, all in
one scratch folder a page and in the order of the page. A `python` or `yaml` block that begins with `# NAME.py` or
`# NAME.yaml` is written under that name. Other languages hold no code to run. A block without a language, indented ones
included, is a fault.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
RUN = ("sh", "console", "python", "yaml")
READ = ("text", "json", "csv", "toml", "{toctree}", "{literalinclude}")
NAMED = re.compile(r"# (\w+\.(?:py|yaml))\n")
COMMENT = re.compile(r"<!--\s*(exit|before|run instead|not run):\s*(.+?)\s*-->\s*$", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A code block: where it stands, its language and text, and how it differs from being run as written."""

    page: str
    line: int
    language: str
    text: str
    exit: int = 0
    before: str = ""
    instead: str = ""
    not_run: str = ""

    @property
    def where(self) -> str:
        """Page and line."""
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page that a reader may follow; pages made from the code hold nothing to run."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    made = ("_build", "reference", "validation.md")
    return sorted(p for p in found if not set(made) & set(p.parts) and not p.name.startswith("process_"))


def blocks(page: Path, root: Path = ROOT) -> list[Block]:
    """Code blocks of a page in order, the page named from `root`."""
    found: list[Block] = []
    comment = ""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block":
            comment = token.content
            continue
        if token.type in ("fence", "code_block"):
            said = COMMENT.search(comment)
            key, value = (said[1], said[2]) if said else ("", "")
            found.append(
                Block(
                    str(page.relative_to(root)), (token.map or [0])[0] + 1,
                    token.info.strip().split(" ")[0], token.content,
                    exit=int(value) if key == "exit" else 0,
                    before=value if key == "before" else "",
                    instead=value if key == "run instead" else "", not_run=value if key == "not run" else "",
                )
            )  # fmt: skip
        comment = ""
    return found


def every_block() -> Iterator[Block]:
    """Code blocks of all pages."""
    for page in pages():
        yield from blocks(page)


def commands(block: Block, python: Path) -> list[str]:
    """What to call for a block."""
    if block.language == "python" and not block.instead:
        return [str(python), "-W", "error::DeprecationWarning", "-c", block.text]
    text = block.instead or block.text
    if block.language == "console" and not block.instead:
        text = "\n".join(line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ "))
    return ["bash", "-eu", "-o", "pipefail", "-c", f"{block.before}\n{text}"]


def prepare(folder: Path, python: Path) -> dict[str, str]:
    """A scratch folder in which `citerne` and `.venv/bin/citerne` are the installation that `python` belongs to."""
    programs = python.parent
    (folder / ".venv").mkdir(exist_ok=True)
    if not (folder / ".venv" / "bin").exists():
        (folder / ".venv" / "bin").symlink_to(programs)
    kept = {k: v for k, v in os.environ.items() if k not in ("CITERNE_LANG", "LANGUAGE")}
    return {**kept, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "COLUMNS": "160",
            "CHECKOUT": str(ROOT)}  # fmt: skip


def run(block: Block, folder: Path, python: Path = Path(sys.executable)) -> dict[str, object]:
    """Run one block; the row that a proof keeps of it. AssertionError with what it printed where it fails."""
    row: dict[str, object] = {"line": block.line, "language": block.language}
    if block.language not in RUN:
        return row | {"result": "read"}
    if block.not_run:
        return row | {"result": "not run", "why": block.not_run}
    if name := NAMED.match(block.text):
        (folder / name[1]).write_text(block.text, encoding="utf-8")
        return row | {"result": "written"}
    if block.language == "yaml":
        return row | {"result": "read"}
    began = time.perf_counter()
    done = subprocess.run(
        commands(block, python), cwd=folder, env=prepare(folder, python), capture_output=True, text=True,
        check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == block.exit, (
        f"{block.where} ended with {done.returncode}, not {block.exit}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    )
    assert "Traceback" not in done.stderr, f"{block.where}\n{done.stderr[-3000:]}"
    row |= {"result": "run instead" if block.instead else "run", "seconds": round(time.perf_counter() - began, 1)}
    return row | ({"instead": block.instead} if block.instead else {})
