"""The program speaks French throughout: nothing untranslated, nothing out of date, no placeholder lost."""

from __future__ import annotations

import gettext
import subprocess
import sys
from string import Formatter

import messages
import pytest

from citerne.base.text import _, use_language
from citerne.schema.columns import Column


@pytest.fixture(scope="module")
def catalogue():
    return messages.updated()


@pytest.fixture
def french():
    use_language("fr")
    yield
    use_language("en")


def test_every_text_of_the_program_has_a_french_one(catalogue):
    assert messages.untranslated(catalogue) == []  # else: make messages, then fill the empty msgstr
    assert len(catalogue) > 500


def test_the_catalogue_on_disk_holds_the_texts_of_today_and_no_others(catalogue):
    assert messages.PO.read_bytes() == messages.as_po(catalogue)  # else: make messages


def test_the_compiled_catalogue_is_the_compilation_of_the_written_one(catalogue):
    with messages.MO.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    written = {message.id: message.string for message in messages.read() if message.string}
    assert {text: compiled.gettext(text) for text in written} == written  # else: make messages
    assert messages.MO.read_bytes() == messages.as_mo(catalogue)


def fields(text: str) -> list[str]:
    return sorted(f"{name}!{conversion}:{spec}" for _text, name, spec, conversion in Formatter().parse(text) if name)


def test_placeholders_and_edges_survive_translation(catalogue):
    for message in catalogue:
        if not message.id or not message.string or message.id.startswith("%"):
            continue
        english, french = str(message.id), str(message.string)
        if "{" in english and "`{" not in english:
            assert fields(french) == fields(english), english
        assert english.count("\n") == french.count("\n"), english
        assert english[-1:].isspace() == french[-1:].isspace(), english


def test_faults_help_and_wrong_usage_speak_french(french):
    assert Column("stock_m3", "float", "Stock.", "m3", 0, 20).expected() == "un nombre de 0 à 20 m3"
    assert _("(empty)") == "(vide)"


START = "from citerne.cli.main import main; main()"
WORDS = [
    (["check", "toy_rod"], 2, "Aucun cas nommé toy_rod\u00a0: vouliez-vous dire toy_road"),
    (["--help"], 0, "Simuler, éprouver et planifier"),
    (["check", "--help"], 0, "Montre cette aide et s'arrête."),
    (["check", "--nothing"], 2, "Aucune option '--nothing'."),
    (["schema", "levers"], 0, "Temps de douane d'une citerne au dépôt central."),
]


@pytest.mark.parametrize(("words", "code", "text"), WORDS)
def test_the_command_line_speaks_french(words, code, text):
    done = subprocess.run(
        [sys.executable, "-c", START, "--lang", "fr", *words], capture_output=True, text=True, encoding="utf-8",
        check=False, env={"PYTHONIOENCODING": "utf-8", "COLUMNS": "120"},
    )  # fmt: skip
    assert done.returncode == code
    assert text in done.stdout + done.stderr
