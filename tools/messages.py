"""Collect every text of the program, carry it into the French catalogue, and compile that.

    python tools/messages.py            update citerne.po, compile citerne.mo, say what is not translated
    python tools/messages.py --check    change nothing; exit 1 if the catalogue is not up to date and complete

Texts come from two places: literals in `_("...")`, and what is declared as data and translated where it is shown
(meanings of tables, columns, levers, outcomes, parameters and processes; verbs and their options).
"""

from __future__ import annotations

import ast
import datetime as dt
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "citerne"
PO = SOURCE / "locale" / "fr" / "LC_MESSAGES" / "citerne.po"
MO = PO.with_suffix(".mo")
# no dates, names or addresses: the file changes only when a text does
FIXED: dict[str, Any] = {
    "project": "citerne",
    "version": "",
    "msgid_bugs_address": "-",
    "last_translator": "-",
    "language_team": "-",
    "creation_date": dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    "revision_date": dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    "fuzzy": False,
}
PLURALS = "nplurals=2; plural=(n > 1);"


def literals() -> Iterator[tuple[str, str]]:
    """Texts marked in the source, each with its file."""
    for path in sorted(SOURCE.rglob("*.py")):
        # by the syntax tree: tokens inside f-strings are seen by some versions of Python only
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                match node.args:
                    case [ast.Constant(value=str(text))]:
                        yield text, f"src/citerne/{path.relative_to(SOURCE).as_posix()}"


def declared() -> Iterator[tuple[str, str]]:
    """Texts declared as data, each with the file that declares it."""
    from importlib import import_module

    from citerne.case.header import Header
    from citerne.case.policies import PolicyFile
    from citerne.cli.helptext import CLICK_TEXTS, help_texts
    from citerne.cli.main import VERBS, citerne
    from citerne.exchange.questionnaire import ASKED
    from citerne.model.standard import standard_model
    from citerne.nowcast.alerts import Alert, AlertFile, Record, Words
    from citerne.schema.describe import ALL_TABLES
    from citerne.schema.levers import LEVERS
    from citerne.schema.outcomes import OUTCOMES

    for table in (*ALL_TABLES, *ASKED):
        yield from ((text, "tables") for text in (table.meaning, *(column.meaning for column in table.columns)))
    for lever in LEVERS:
        yield from ((text, "levers") for text in (lever.meaning, lever.by))
    for outcome in OUTCOMES:
        yield from ((text, "outcomes") for text in (outcome.meaning, outcome.split, *outcome.where))
    for model in (Header, PolicyFile, AlertFile, Alert, Record, Words):
        yield from ((f.description, "YAML files") for f in model.model_fields.values() if f.description)
    for process in standard_model().processes:
        yield from ((text, "processes") for text in (process.meaning, *(p.meaning for p in process.parameters)))
    yield from ((text, "click") for text in CLICK_TEXTS)
    yield from ((text, "help") for text in help_texts(citerne))
    for verb, (module, text) in VERBS.items():
        yield text, "help"
        command = import_module(f"citerne.cli.{module}").command
        yield from ((words, f"help of {verb}") for words in help_texts(command))


class Texts(Catalog):
    """A catalogue whose head stays the same with every release of the library that writes it."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:  # type: ignore[override]
        """Header lines."""
        ours = {"Plural-Forms": PLURALS, "Generated-By": "tools/messages.py\n"}
        return [(name, ours.get(name, value)) for name, value in super().mime_headers]

    @mime_headers.setter
    def mime_headers(self, lines: list[tuple[str, str]]) -> None:
        self._set_mime_headers(lines)


def template() -> Catalog:
    """All texts of the program, in order of their English words."""
    where: dict[str, set[str]] = {}
    for text, place in (*literals(), *declared()):
        if text:
            where.setdefault(text, set()).add(place)
    catalogue = Catalog()
    for text in sorted(where):
        catalogue.add(text, auto_comments=[", ".join(sorted(where[text]))])
    return catalogue


def updated() -> Catalog:
    """The French catalogue with every text of today and none of yesterday's."""
    old = {message.id: message.string for message in read()}
    comment = "# French texts of Citerne. Made by tools/messages.py; edit msgstr only."
    new = Texts(locale="fr", header_comment=comment, **FIXED)
    for message in template():
        if message.id:
            new.add(message.id, old.get(message.id, ""), auto_comments=message.auto_comments)
    return new


def read() -> list[Message]:
    """Messages of the catalogue on disk."""
    if not PO.exists():
        return []
    with PO.open("rb") as file:
        return [message for message in read_po(file, locale="fr") if message.id]


def as_po(catalogue: Catalog) -> bytes:
    """Content of the `.po` file."""
    out = io.BytesIO()
    write_po(out, catalogue, width=118, omit_header=False)
    return out.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """Content of the `.mo` file."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """English texts without a French one."""
    return [str(message.id) for message in catalogue if message.id and not message.string]


def main() -> int:
    """Update or check; returns the exit code."""
    catalogue = updated()
    missing = untranslated(catalogue)
    for text in missing:
        print("not translated:", " ".join(text.split()), file=sys.stderr)
    if "--check" in sys.argv:
        same = (
            PO.exists() and MO.exists() and PO.read_bytes() == as_po(catalogue) and MO.read_bytes() == as_mo(catalogue)
        )
        return 0 if same and not missing else 1
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(as_po(catalogue))
    MO.write_bytes(as_mo(catalogue))
    print(f"{len(catalogue)} texts, {len(missing)} not translated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
