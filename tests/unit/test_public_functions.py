"""The public functions keep their names and their manners."""

from __future__ import annotations

import datetime as dt
import inspect
import subprocess
import sys

import pytest
from click.testing import CliRunner

import citerne
from citerne import api
from citerne.cli.situation import command as template


def in_a_fresh_process(text: str) -> str:
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("name", ["calibrate", "nowcast", "plan", "displacement", "outlook", "report"])
def test_a_function_stays_a_function_after_the_room_of_its_name_was_imported(name):
    text = f"import importlib, citerne; importlib.import_module('citerne.{name}'); print(callable(citerne.{name}))"
    assert in_a_fresh_process(text) == "True"


def test_what_lies_in_such_a_room_can_still_be_imported():
    text = "import citerne; citerne.plan; from citerne.plan.search import GROUPS; print('escorts' in GROUPS)"
    assert in_a_fresh_process(text) == "True"


def test_importing_the_package_imports_nothing_heavy():
    heavy = "[m for m in ('numpy', 'numba', 'scipy', 'xarray', 'matplotlib') if m in sys.modules]"
    assert in_a_fresh_process(f"import sys, citerne; print({heavy})") == "[]"


def test_every_public_name_is_there_and_nothing_else_is_promised():
    assert set(citerne.__all__) - {"__version__"} <= set(api.__all__)
    for name in citerne.__all__:
        assert getattr(citerne, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'simulate'"):
        _ = citerne.simulate


@pytest.mark.parametrize("name", [name for name in citerne.__all__ if inspect.isfunction(getattr(citerne, name))])
def test_arguments_after_the_first_go_by_name(name):
    kinds = [p.kind for p in inspect.signature(getattr(citerne, name)).parameters.values()]
    by_name = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    assert all(kind in by_name for kind in kinds[1:])


def test_an_outlook_and_a_report_by_function(tmp_path):
    found = citerne.outlook("mali", months=2, draws=100)
    assert {row["outcome"] for row in found["cumulative"]} >= {"deal", "coup"}
    results = citerne.run("toy_depot", members=20, days=10)
    page = citerne.report(results, out=tmp_path / "page.html", language="fr")
    assert '<html lang="fr"' in page.read_text(encoding="utf-8")


def test_a_nowcast_by_function(tmp_path):
    start = citerne.load("toy_depot").header.start
    sheet = tmp_path / "situation"
    made = CliRunner().invoke(template, ["template", "toy_depot", "--out", str(sheet)])
    assert made.exit_code == 0, made.output
    found = citerne.nowcast("toy_depot", situation=sheet, as_of=start + dt.timedelta(days=5), horizon=7, members=64)
    assert {row["product"] for row in found.payload["risk"]}
