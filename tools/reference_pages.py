"""Write docs/reference from what the program declares; `--check` changes nothing and exits 1 if a page is stale.

Verbs with every option, tables with every column, outcomes, levers, keys of YAML files and exit codes in English and
French; public functions with their docstrings; every message beside its French. A thing without a text raises
`UndocumentedError`, so that it cannot be forgotten.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import messages
from made import finish

from citerne import api
from citerne.base import errors
from citerne.base.text import LANGUAGES, _, use_language
from citerne.case.header import Header
from citerne.case.policies import PolicyFile
from citerne.cli.helptext import in_language
from citerne.cli.main import VERBS, citerne
from citerne.nowcast.alerts import Alert, AlertFile, Record
from citerne.schema.describe import ALL_TABLES, describe_levers, describe_outcomes, describe_table

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
MADE = {
    "en": "Made from the code by `tools/reference_pages.py`.",
    "fr": "Page tirée du code par `tools/reference_pages.py`.",
}
WORDS = {  # the few words that the pages add to what the program says itself
    "verbs": ("Verbs and options", "Verbes et options"),
    "tables": ("Tables and columns", "Tables et colonnes"),
    "variables": ("Recorded variables", "Variables enregistrées"),
    "levers": ("Levers", "Leviers"),
    "files": (
        "Keys of case.yaml, of policy files and of alerts",
        "Clés de case.yaml, des fichiers de politique et des alertes",
    ),
    "alerts": ("Alerts of a nowcast (`alerts.json`)", "Alertes d’une prévision immédiate (`alerts.json`)"),
    "alert": ("One alert", "Une alerte"),
    "record": ("How a rule fared before (`past`)", "Ce qu’une règle a donné auparavant (`past`)"),
    "exit_codes": ("Exit codes", "Codes de sortie"),
    "option": ("option", "option"),
    "value": ("value", "valeur"),
    "default": ("default", "par défaut"),
    "meaning": ("meaning", "sens"),
    "column": ("column", "colonne"),
    "expected": ("expected", "attendu"),
    "empty": ("may be empty", "peut être vide"),
    "no": ("no", "non"),
    "yes": ("yes", "oui"),
    "required": ("Required.", "Obligatoire."),
    "optional": ("May be left out.", "Facultative."),
    "variable": ("variable", "variable"),
    "unit": ("unit", "unité"),
    "where": ("recorded for", "enregistrée par"),
    "days": ("a window of days", "une période"),
    "better": ("good for civilians", "bon pour les civils"),
    "lever": ("lever", "levier"),
    "by": ("set for", "fixé par"),
    "range": ("range", "étendue"),
    "key": ("key", "clé"),
    "must": ("required", "obligatoire"),
    "code": ("code", "code"),
    "whole": ("Options of the program itself", "Options du programme lui-même"),
    "policy_files": ("Policy files", "Fichiers de politique"),
}
# constants of base/errors.py and what they mean; a constant without a line here is undocumented
EXIT_CODES = {
    "EXIT_DONE": ("Done.", "Terminé."),
    "EXIT_INTERNAL": (
        "A fault of the program; the details are in the file that the message names.",
        "Défaut du programme ; le détail est dans le fichier que nomme le message.",
    ),
    "EXIT_USAGE": (
        "The call is wrong: unknown option, value, policy, or a folder that already exists.",
        "L'appel est erroné : option, valeur ou politique inconnue, ou dossier qui existe déjà.",
    ),
    "EXIT_DATA": (
        "The data have faults; all are listed with file, row, column, found, expected and mend.",
        "Les données ont des défauts ; tous sont listés avec fichier, ligne, colonne, trouvé, attendu et remède.",
    ),
    "EXIT_INFEASIBLE": (
        "A plan cannot meet its constraints; the message says which clash.",
        "Un plan ne peut satisfaire ses contraintes ; le message dit lesquelles se heurtent.",
    ),
    "EXIT_QUALITY": (
        "A quality bar that the call set was missed.",
        "Un seuil de qualité fixé par l'appel n'est pas atteint.",
    ),
    "EXIT_MISSING_PART": (
        "An optional part is not installed; the message says how to install it.",
        "Une partie facultative n'est pas installée ; le message dit comment l'installer.",
    ),
    "EXIT_INTERRUPTED": (
        "Interrupted; finished work is kept.",
        "Interrompu ; le travail terminé est conservé.",
    ),
}


class UndocumentedError(Exception):
    """Something that a user can meet has no text."""


class Language:
    """The words of the pages in one language."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.place = LANGUAGES.index(code)

    def __call__(self, word: str) -> str:
        return WORDS[word][self.place]

    def head(self, word: str) -> list[str]:
        """Title of a page and where it comes from."""
        return [f"# {self(word)}", "", MADE[self.code], ""]

    def row(self, *words: str) -> list[str]:
        """Head of a table."""
        return ["| " + " | ".join(self(word) for word in words) + " |", "|" + "---|" * len(words)]


def cell(text: object) -> str:
    """A text as one cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|") or "-"


def exit_constants() -> dict[str, int]:
    """Every exit code that the program knows, by name."""
    return {name: value for name, value in vars(errors).items() if name.startswith("EXIT_")}


def value_of(option: click.Option) -> str:
    """What an option takes: choices, a kind of value, or nothing for a switch."""
    if option.is_flag or option.count:
        return ""
    if isinstance(option.type, click.Choice):
        return ", ".join(f"`{choice}`" for choice in option.type.choices)
    parts = option.type.types if isinstance(option.type, click.Tuple) else [option.type]
    text = option.metavar or " ".join(part.name for part in parts)
    if isinstance(option.type, click.IntRange | click.FloatRange):
        low, high = option.type.min, option.type.max
        text += f" {'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}"
    return f"`{text}`" + (" *" if option.multiple else "")


def default_of(option: click.Option) -> str:
    """The default of an option as one would write it, nothing if there is none."""
    value = option.default
    if (
        option.is_flag
        or option.required
        or value is None
        or callable(value)
        or not isinstance(value, int | float | str)
    ):
        return ""
    return f"`{value}`"


def argument_of(argument: click.Argument) -> str:
    """An argument as the head of a help page shows it: brackets where it may be left out, dots where it may repeat."""
    word = argument.metavar or str(argument.name).upper()
    word = word if argument.required or word.startswith("[") else f"[{word}]"
    return word + ("..." if argument.nargs == -1 else "")


def options_of(command: click.Command, name: str, say: Language) -> list[str]:
    """Table of the options of a verb."""
    options = [p for p in command.params if isinstance(p, click.Option)]
    if not options:
        return []
    lines = say.row("option", "value", "default", "meaning")
    for option in options:
        if not option.help:
            raise UndocumentedError(f"{name} {option.opts[0]} has no help")
        names = ", ".join(f"`{opt}`" for opt in [*option.opts, *option.secondary_opts])
        must = f" {say('required')}" if option.required else ""
        lines.append(f"| {names} | {cell(value_of(option))} | {cell(default_of(option))} | {cell(option.help)}{must} |")
    return [*lines, ""]


def verb(name: str, command: click.Command, say: Language, level: int = 2) -> Iterator[str]:
    """A verb with its arguments, options, and the verbs below it."""
    if not command.help:
        raise UndocumentedError(f"citerne {name} has no help")
    spoken = in_language(command)
    arguments = " ".join(argument_of(p) for p in command.params if isinstance(p, click.Argument))
    yield from (f"{'#' * level} {name}", "", f"`citerne {f'{name} {arguments}'.strip()}`", "")
    yield from (" ".join((spoken.help or "").split()), "")
    yield from options_of(spoken, name, say)
    if isinstance(command, click.Group):
        for below, sub in command.commands.items():
            yield from verb(f"{name} {below}", sub, say, level + 1)


def verbs(say: Language) -> list[str]:
    """Every verb with every option."""
    lines = say.head("verbs")
    for name, (module, summary) in VERBS.items():
        if not summary:
            raise UndocumentedError(f"citerne {name} has no line in the list of verbs")
        lines += verb(name, importlib.import_module(f"citerne.cli.{module}").command, say)
    return [*lines, f"## {say('whole')}", "", *options_of(in_language(citerne), "citerne", say)]


def tables(say: Language) -> list[str]:
    """Every table with every column."""
    lines = say.head("tables")
    for table in map(describe_table, ALL_TABLES):
        must = say("required") if table["required"] else say("optional")
        lines += [f"## {table['table']}", "", f"{table['meaning']} {must}", ""]
        lines += say.row("column", "meaning", "expected", "empty")
        for column in table["columns"]:
            if not column["meaning"]:
                raise UndocumentedError(f"{table['table']}.{column['column']} has no meaning")
            may = say("no") if column["required"] else say("yes")
            lines.append(f"| `{column['column']}` | {cell(column['meaning'])} | {cell(column['expected'])} | {may} |")
        lines.append("")
    return lines


def variables(say: Language) -> list[str]:
    """Every recorded variable."""
    lines = [*say.head("variables"), *say.row("variable", "unit", "where", "days", "better", "meaning")]
    for row in describe_outcomes():
        if not row["meaning"]:
            raise UndocumentedError(f"{row['variable']} has no meaning")
        where = ", ".join(_(word) for word in row["where"])
        if row["split"] != "none":
            where += " " + _("by {split}").format(split=_(row["split"]))
        lines.append(f"| `{row['variable']}` | {cell(row['unit'])} | {where} | {row['aggregation']} | "
                     f"{row['better']} | {cell(row['meaning'])} |")  # fmt: skip
    return [*lines, ""]


def levers(say: Language) -> list[str]:
    """Every lever."""
    lines = [*say.head("levers"), *say.row("lever", "by", "range", "default", "meaning")]
    for row in describe_levers():
        if not row["meaning"]:
            raise UndocumentedError(f"{row['lever']} has no meaning")
        span = f"{row['low']:g} .. {row['high']:g} {row['unit']}".strip()
        by = "-" if row["by"] == "none" else _(row["by"])
        lines.append(f"| `{row['lever']}` | {by} | {span} | {row['default']:g} | {cell(row['meaning'])} |")
    return [*lines, ""]


def keys(model: Any, say: Language) -> list[str]:
    """Table of the keys of a YAML file."""
    lines = say.row("key", "must", "meaning")
    for name, field in model.model_fields.items():
        if not field.description:
            raise UndocumentedError(f"{model.__name__}.{name} has no description")
        must = say("yes") if field.is_required() else say("no")
        lines.append(f"| `{field.alias or name}` | {must} | {cell(_(field.description))} |")
    return [*lines, ""]


def files(say: Language) -> list[str]:
    """Keys of case.yaml, of policy files and of alerts."""
    lines = [*say.head("files"), "## case.yaml", "", *keys(Header, say)]
    lines += [f"## {say('policy_files')}", "", *keys(PolicyFile, say)]
    for heading, model in (("alerts", AlertFile), ("alert", Alert), ("record", Record)):
        lines += [f"## {say(heading)}", "", *keys(model, say)]
    return lines


def exit_codes(say: Language) -> list[str]:
    """Every exit code."""
    lines = [*say.head("exit_codes"), *say.row("code", "meaning")]
    for name, value in sorted(exit_constants().items(), key=lambda pair: pair[1]):
        if name not in EXIT_CODES:
            raise UndocumentedError(f"{name} has no line in EXIT_CODES")
        lines.append(f"| {value} | {EXIT_CODES[name][say.place]} |")
    return [*lines, ""]


def docstring(thing: Any, name: str) -> list[str]:
    """Signature and docstring of a function, class or method."""
    text = inspect.getdoc(thing)
    if not text:
        raise UndocumentedError(f"{name} has no docstring")
    try:
        signature = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(thing)))
    except ValueError:  # a class made by a library
        signature = ""
    return ["```text", *split_signature(name + signature), "", text, "```", ""]


def split_signature(text: str, width: int = 110) -> list[str]:
    """A signature, one argument a line where it is long."""
    if len(text) <= width:
        return [text]
    head, _bracket, rest = text.partition("(")
    inside, _bracket, result = rest.rpartition(")")
    parts, depth, last = [], 0, 0
    for k, letter in enumerate(inside):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            parts.append(inside[last : k + 1].strip())
            last = k + 1
    return [f"{head}(", *(f"    {part}" for part in [*parts, inside[last:].strip() + ","]), f"){result}"]


def public_functions(module: ModuleType = api) -> dict[str, Any]:
    """Every function that the public module names or defines, but for those that begin with an underscore."""
    return {
        name: thing
        for name, thing in sorted(vars(module).items())
        if inspect.isfunction(thing)
        and not name.startswith("_")
        and (name in module.__all__ or thing.__module__ == module.__name__)
    }


def public_methods(kind: type) -> dict[str, Any]:
    """Methods and properties of a public class, those of its libraries left out."""
    return {
        name: thing.fget if isinstance(thing, property) else getattr(thing, "func", thing)
        for name, thing in vars(kind).items()
        if not name.startswith("_")
        and (inspect.isfunction(thing) or isinstance(thing, property) or hasattr(thing, "func"))
    }


def python_page() -> list[str]:
    """Every public function and class with its docstring."""
    lines = ["# Python functions", "", MADE["en"], "",
             "`import citerne` brings them; each is loaded on first use. Arguments after the first",
             "go by name.", ""]  # fmt: skip
    for name, function in public_functions().items():
        lines += [f"## {name}", "", *docstring(function, f"citerne.{name}")]
    for name in [name for name in api.__all__ if inspect.isclass(getattr(api, name))]:
        kind = getattr(api, name)
        lines += [f"## {name}", "", "```text", inspect.getdoc(kind) or "", "```", ""]
        for method, thing in public_methods(kind).items():
            lines += [f"### {name}.{method}", "", *docstring(thing, f"{name}.{method}")]
    return lines


def message_page() -> list[str]:
    """Every text of the program beside its French."""
    lines = ["# Messages", "", MADE["en"], "", "Every text that a user can meet, in English and French.", "",
             "| English | Français |", "|---|---|"]  # fmt: skip
    rows = sorted(((str(m.id), str(m.string)) for m in messages.read() if m.id), key=lambda pair: pair[0].casefold())
    lines += [f"| {verbatim(english)} | {verbatim(french)} |" for english, french in rows]
    return [*lines, ""]


def verbatim(text: str) -> str:
    """A message shown as it is, marks of Markdown and HTML included."""
    escaped = cell(text)
    for mark in "\\`*_{}[]<>#$":
        if mark != "\\":
            escaped = escaped.replace(mark, f"\\{mark}")
    return escaped


IN_BOTH: dict[str, Callable[[Language], list[str]]] = {
    "verbs": verbs,
    "tables": tables,
    "variables": variables,
    "levers": levers,
    "files": files,
    "exit_codes": exit_codes,
}


def pages() -> dict[Path, str]:
    """Every page and its text."""
    made = {FOLDER / "python.md": python_page(), FOLDER / "messages.md": message_page()}
    try:
        for code in LANGUAGES:
            use_language(code)
            folder = FOLDER if code == "en" else FOLDER / code
            made |= {folder / f"{name}.md": write(Language(code)) for name, write in IN_BOTH.items()}
    finally:
        use_language("en")
    return {path: "\n".join(lines).rstrip("\n") + "\n" for path, lines in made.items()}


if __name__ == "__main__":
    sys.exit(finish(pages(), "python tools/reference_pages.py"))
