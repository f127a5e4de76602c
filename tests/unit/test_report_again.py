"""A run is repeated from its report: the same bytes, or a plain refusal."""

from __future__ import annotations

import dataclasses
import json
import stat

import pytest
from click.testing import CliRunner

from citerne.base.errors import MissingPartError, QualityError, UsageError
from citerne.case.case import load
from citerne.cli.run import command
from citerne.ensemble.again import arguments_of, check_bands, check_same, read_report
from citerne.report import pdf
from citerne.report.page import write_report
from report_runs import made_up_run


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("again") / "first"
    words = [
        "toy_road",
        "--days",
        "40",
        "--members",
        "20",
        "--seed",
        "5",
        "--set",
        "customs_h=24",
        "--out",
        str(folder),
        "-q",
    ]
    done = CliRunner().invoke(command, words, catch_exceptions=False)
    assert done.exit_code == 0
    return folder


def test_a_run_repeated_from_its_report_gives_the_same_bytes(first, tmp_path):
    again = tmp_path / "again"
    done = CliRunner().invoke(command, [str(first / "report.html"), "--out", str(again)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "came out the same" in done.stderr
    for name in ("series.csv", "summary.csv", "report.html"):
        assert (again / name).read_bytes() == (first / name).read_bytes()
    for path in (first / "members").iterdir():
        assert (again / "members" / path.name).read_bytes() == path.read_bytes()


def test_a_full_record_is_repeated_in_full(tmp_path):
    words = ["toy_road", "--days", "20", "--members", "8", "--record", "all", "-q", "--out"]
    assert CliRunner().invoke(command, [*words, str(tmp_path / "a")]).exit_code == 0
    again = [str(tmp_path / "a" / "report.html"), "--out", str(tmp_path / "b"), "-q"]
    assert CliRunner().invoke(command, again, catch_exceptions=False).exit_code == 0
    assert (tmp_path / "b" / "series.csv").read_bytes() == (tmp_path / "a" / "series.csv").read_bytes()


def test_what_decides_the_figures_cannot_be_changed_on_the_way(first, tmp_path):
    words = [str(first / "report.html"), "--seed", "6", "--out", str(tmp_path / "x")]
    done = CliRunner().invoke(command, words)
    assert isinstance(done.exception, UsageError)
    assert "seed" in str(done.exception)


def test_a_report_of_a_case_that_has_changed_is_refused(first, tmp_path):
    text = (first / "report.html").read_text(encoding="utf-8")
    digest = read_report(first / "report.html").provenance.case_digest
    (tmp_path / "old.html").write_text(text.replace(digest, "0" * 64), encoding="utf-8")
    done = CliRunner().invoke(command, [str(tmp_path / "old.html"), "--out", str(tmp_path / "x"), "-q"])
    assert isinstance(done.exception, UsageError)
    assert "case of the report 0000" in str(done.exception)


def test_bands_that_differ_are_told(first):
    told = read_report(first / "report.html")
    case = load("toy_road")
    other = made_up_run(case, days=40, members=20)
    with pytest.raises(QualityError, match="differs from the report"):
        check_bands(told, other)


@pytest.mark.parametrize(
    "text",
    ["<html></html>", '<script type="application/json" id="citerne-run">{"provenance": 3}</script>',
     '<script type="application/json" id="citerne-run">{</script>'],
)  # fmt: skip
def test_what_is_no_report_is_refused_in_words(tmp_path, text):
    (tmp_path / "a.html").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        read_report(tmp_path / "a.html")
    with pytest.raises(UsageError):
        read_report(tmp_path / "absent.html")


def test_the_report_tells_every_argument_of_its_run(first):
    made = read_report(first / "report.html").provenance
    given = arguments_of(made)
    assert given["settings"] == ("customs_h=24",)
    assert (given["seed"], given["members"], given["days"], given["policy"]) == (5, 20, 40, "recorded")
    fresh = dataclasses.replace(made, prior="posterior 2025-11-30 abc, fresh luck", variant="truce,gamma:0")
    assert arguments_of(fresh)["fresh_luck"]
    assert arguments_of(fresh)["variants"] == ("truce", "gamma:0")
    check_same(made, made)


def test_a_pdf_is_made_by_what_is_there_with_the_rights_of_its_page(first, tmp_path, monkeypatch):
    page = tmp_path / "report.html"
    write_report(made_up_run(load("mali"), days=30, members=10), load("mali"), page)
    page.chmod(0o600)
    monkeypatch.setattr(pdf, "_print_by_library", lambda _page, target: bool(target.write_bytes(b"%PDF-1.7")))
    made = pdf.write_pdf(page)
    assert made.read_bytes().startswith(b"%PDF")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    monkeypatch.setattr(pdf, "_print_by_library", lambda _page, _target: False)
    monkeypatch.setattr(pdf.shutil, "which", lambda _name: None)
    with pytest.raises(MissingPartError, match=r"citerne\[pdf\]"):
        pdf.write_pdf(page)


def test_the_data_of_a_report_hold_no_path_of_a_machine(first):
    text = (first / "report.html").read_text(encoding="utf-8")
    assert str(first.parent) not in text
    assert json.loads(text.split('id="citerne-run">')[1].split("</script>")[0])["provenance"]["case"] == "toy_road"
