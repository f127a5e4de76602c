"""Help of a verb, and what click itself says, in the language in use."""

from __future__ import annotations

import copy
import gettext
import inspect
import os
from collections.abc import Iterator
from pathlib import Path

import click

from citerne.base.text import _

LOCALE = Path(__file__).resolve().parents[1] / "locale"
# what click says by itself and a user of this program may meet; it asks gettext for these words
CLICK_TEXTS = (
    "Options", "Commands", "Usage:", "Show this message and exit.", "Show the version and exit.", "default: {default}",
    "Error: {message}", "Try '{command} {option}' for help.", "Invalid value: {message}",
    "Invalid value for {param_hint}: {message}", "Missing argument", "Missing option", "Missing command.",
    "No such option {name!r}.", "No such command {name!r}.", "{value!r} is not a valid {number_type}.",
    "{name} {filename!r} does not exist.", "{name} {filename!r} is a file.", "{name} {filename!r} is a directory.",
    "{value} is not in the range {range}.", "Option {name!r} does not take a value.", "file", "directory", "path",
)  # fmt: skip


def speak_click(language: str) -> None:
    """Let click find its words in our catalogue, for the rest of this process."""
    gettext.bindtextdomain("citerne", LOCALE)
    gettext.textdomain("citerne")
    os.environ["LANGUAGE"] = language


def in_language(command: click.Command) -> click.Command:
    """A copy of `command` whose help, and that of its options and verbs below it, is translated."""
    spoken = copy.copy(command)
    spoken.help = _(inspect.cleandoc(command.help)) if command.help else command.help
    spoken.params = [_parameter(parameter) for parameter in command.params]
    if isinstance(command, click.Group) and isinstance(spoken, click.Group):
        spoken.commands = {name: in_language(below) for name, below in command.commands.items()}
    return spoken


def _parameter(parameter: click.Parameter) -> click.Parameter:
    spoken = copy.copy(parameter)
    if isinstance(spoken, click.Option) and spoken.help:
        spoken.help = _(spoken.help)
    return spoken


def help_texts(command: click.Command) -> Iterator[str]:
    """Every text that `in_language` translates."""
    if command.help:
        yield inspect.cleandoc(command.help)  # some versions of Python keep the indent of a docstring
    yield from (p.help for p in command.params if isinstance(p, click.Option) and p.help)
    if isinstance(command, click.Group):
        for below in command.commands.values():
            yield from help_texts(below)
