"""The reference says what the program declares, and nothing that a user meets is without a text."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import floors
import made
import pytest
import reference_pages as pages

import citerne
from citerne import api
from citerne.base import errors

ROOT = Path(__file__).resolve().parents[2]
MADE = pages.pages()


def text_of(name: str) -> str:
    return MADE[pages.FOLDER / f"{name}.md"]


def test_the_pages_on_disk_are_those_of_today():
    assert [path.name for path in made.stale(MADE | floors.pages())] == []  # else: make pages


@pytest.mark.parametrize("folder", ["", "fr/"])
def test_every_verb_and_option_is_in_the_reference(folder):
    text = text_of(f"{folder}verbs")
    for verb, (module, _line) in pages.VERBS.items():
        command = pages.importlib.import_module(f"citerne.cli.{module}").command
        assert f"## {verb}\n" in text
        for below in [command, *(command.commands.values() if isinstance(command, click.Group) else ())]:
            for option in (p for p in below.params if isinstance(p, click.Option)):
                assert f"`{option.opts[0]}`" in text, (verb, option.opts)


@pytest.mark.parametrize("folder", ["", "fr/"])
def test_every_table_column_variable_lever_and_exit_code_is_in_the_reference(folder):
    tables = text_of(f"{folder}tables")
    for table in pages.ALL_TABLES:
        section = re.split(r"^## ", tables, flags=re.MULTILINE)
        (own,) = [part for part in section if part.startswith(f"{table.name}\n")]
        assert all(f"| `{column.name}` |" in own for column in table.columns), table.name
    assert all(f"| `{row['variable']}` |" in text_of(f"{folder}variables") for row in pages.describe_outcomes())
    assert all(f"| `{row['lever']}` |" in text_of(f"{folder}levers") for row in pages.describe_levers())
    for name, value in pages.exit_constants().items():
        assert f"| {value} | " in text_of(f"{folder}exit_codes"), name


def test_every_public_function_is_in_the_reference():
    text = text_of("python")
    for name in {*api.__all__, *pages.public_functions(), *(n for n in citerne.__all__ if not n.startswith("_"))}:
        assert f"## {name}\n" in text, name


def test_a_verb_without_help_is_noticed():
    @click.command("quiet")
    @click.option("--mute")
    def quiet(mute: str) -> None:
        """It has a help, its option has none."""

    with pytest.raises(pages.UndocumentedError, match="quiet --mute has no help"):
        list(pages.verb("quiet", quiet, pages.Language("en")))


def test_an_exit_code_without_a_meaning_is_noticed(monkeypatch):
    monkeypatch.setattr(errors, "EXIT_NEW", 99, raising=False)
    with pytest.raises(pages.UndocumentedError, match="EXIT_NEW"):
        pages.exit_codes(pages.Language("fr"))


def test_a_function_without_a_docstring_is_noticed():
    with pytest.raises(pages.UndocumentedError, match="silent has no docstring"):
        pages.docstring(lambda: None, "silent")


def test_a_page_that_is_behind_the_code_is_noticed(tmp_path):
    page = tmp_path / "verbs.md"
    page.write_text("as it was", encoding="utf-8")
    assert made.stale({page: "as it is", tmp_path / "new.md": ""}) == [page, tmp_path / "new.md"]


def test_the_picture_of_the_floors_shows_every_room_of_the_package():
    rooms = {room for floor in floors.layers() for room in floor}
    folders = {p.parent.name for p in (ROOT / "src" / "citerne").glob("*/__init__.py")} - {"cases"}
    assert folders <= rooms
    assert all(f">{room}</text>" in floors.picture(floors.layers()) for room in rooms)


def test_version_and_citation_agree():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert citerne.__version__ == version
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
