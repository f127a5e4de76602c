"""Alerts and how often their rules were right: counted by hand, never a rate without its counts, both languages."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from calibrate_cases import small_country
from citerne.case.case import load
from citerne.cli.nowcast import command
from citerne.nowcast import ledger
from citerne.nowcast.alerts import AlertFile, alert_file, alert_payload, as_text, record_of
from citerne.nowcast.past import Kept, from_case, from_ledger, past_rows
from citerne.nowcast.rules import DEFAULT_RULES, Rule
from nowcast_rows import made, row, situation

CASE = small_country()
WEEK, KEY = DEFAULT_RULES[0], ("capital", "gasoline")
DAYS = [dt.date(2025, 1, 1) + dt.timedelta(days=7 * k) for k in range(4)]


def said(day: dt.date, *chances: float) -> Kept:
    """A stored nowcast that gave these chances in 100, by day ahead."""
    return Kept(day, {KEY: chances}, {})


def stations(day: dt.date, share: float) -> dict[str, Any]:
    return row("stations", 2, day, place="capital", product="gasoline", open_share=share)


def test_hits_and_false_alarms_by_hand() -> None:
    # fires, fires, does not, does not; then dry, open, dry, nothing reported
    kept = [said(day, *[chance] * 7) for day, chance in zip(DAYS, (80, 50, 49, 10), strict=True)]
    facts = [stations(DAYS[0] + dt.timedelta(days=3), 0.05), stations(DAYS[0] + dt.timedelta(days=4), 0.9),
             stations(DAYS[1] + dt.timedelta(days=7), 0.6), stations(DAYS[2] + dt.timedelta(days=1), 0.0),
             stations(DAYS[3] + dt.timedelta(days=2), 0.3)]  # fmt: skip
    rows = situation(CASE, dt.date(2025, 3, 1), *facts).rows
    past = from_ledger(CASE, kept, WEEK, rows, dt.date(2025, 3, 1))
    assert past is not None
    assert (past.labels, past.happened, past.hits, past.false_alarms, past.places) == (3, 2, 1, 1, 1)
    assert (past.hit_rate, past.false_alarm_rate) == (0.5, 1.0)
    assert (past.first, past.last) == (DAYS[0], DAYS[2])
    # on the evening before the third week is over the third nowcast does not count, though its outcome is known
    early = from_ledger(CASE, kept, WEEK, rows, DAYS[3] - dt.timedelta(days=1))
    assert early is not None
    assert (early.labels, early.last) == (2, DAYS[1])


def test_a_rule_on_stocks_is_scored_by_counts_and_by_what_it_had_said_before() -> None:
    rule = Rule("low", "stock_days", "<", 3.0, 7)
    kept = [Kept(DAYS[0], {}, {rule.measure(): {KEY: True}}), Kept(DAYS[1], {}, {})]
    count = row("stocks", 2, DAYS[0] + dt.timedelta(days=5), place="capital", product="gasoline", stock_m3=560.0)
    later = {**count, "date": DAYS[1] + dt.timedelta(days=5), "known_date": DAYS[1] + dt.timedelta(days=5)}
    rows = situation(CASE, dt.date(2025, 3, 1), count, later).rows
    past = from_ledger(
        CASE, kept, rule, rows, dt.date(2025, 3, 1)
    )  # 560 m3 are 2 days of 280; the second nowcast said nothing of the rule
    assert past is not None
    assert (past.labels, past.hits) == (1, 1)


def test_the_test_of_a_case_speaks_of_the_nearest_lead_and_of_no_other_quantity() -> None:
    base = {"nowcast_date": DAYS[0], "place": "capital"}
    rows = [base | {"within_days": 28, "chance_dry": 60.0, "dry": True},
            base | {"within_days": 28, "chance_dry": 60.0, "dry": False, "place": "midtown"},
            base | {"within_days": 7, "chance_dry": 90.0, "dry": True}]  # fmt: skip
    past = from_case(rows, Rule("r", "dry_within", ">=", 50.0, 30))
    assert past is not None
    assert (past.within_days, past.labels, past.hits, past.false_alarms, past.places) == (28, 2, 1, 1, 2)
    assert from_case(rows, Rule("r", "dry_within", ">=", 50.0, 14)) is None
    assert from_case(rows, Rule("r", "stock_days", "<", 3.0, 28)) is None
    assert from_case(rows, Rule("r", "dry_within", ">=", 50.0, 28, product="diesel")) is None


def test_without_a_past_the_alert_says_so_and_gives_no_rate() -> None:
    record = record_of(None)
    assert (record.source, record.labels, record.hit_rate, record.false_alarm_rate) == ("none", 0, None, None)
    assert "nobody knows" in record.text.en
    assert "nul ne sait" in record.text.fr


def test_alerts_of_a_nowcast_keep_to_their_declaration_and_stand_in_the_ledger(tmp_path: Path) -> None:
    first, day = dt.date(2025, 1, 8), dt.date(2025, 1, 15)
    own = row("rules", 2, day, rule="low", quantity="stock_days", place="capital", product="gasoline", comparison="<",
              threshold=1.0, within_days=7, text_fr="Peu d’essence")  # fmt: skip
    far = {**own, "rule": "far", "within_days": 60}
    empty = row("stocks", 2, first, place="capital", product="gasoline", stock_m3=60.0)
    dry = row("stations", 2, dt.date(2025, 1, 10), place="capital", product="gasoline", open_share=0.0)
    none = {**own, "rule": "none", "quantity": "tankers_waiting_border", "product": None}
    for when in (first, day):
        told = (own, far, none, empty, *([dry] if when == day else []))
        rows, now = situation(CASE, when, *told), made(CASE, when, *told)
        found = alert_file(CASE, tmp_path, now.rules, now.watched, rows.rows, when)
        now.payload["alerts"] = alert_payload(found)
        folder = ledger.store(tmp_path, rows, now, as_text(found, "fr"))
    again = AlertFile.model_validate_json((folder / "alerts.json").read_text(encoding="utf-8"))
    assert again.not_looked_at == ["far", "none"]
    (alert,) = again.alerts
    assert (alert.rule, alert.place, alert.product, alert.unit) == ("low", "capital", "gasoline", "days")
    assert (alert.since, alert.in_a_row) == (first, 2)
    assert alert.chance >= 50
    assert [(p.source, p.labels) for p in alert.past] == [("none", 0)]  # the count of 8 January lies before
    assert "Peu d’essence" in alert.text.en  # one language is better than none
    assert "Règles examinées : low" in (folder / "alerts.txt").read_text(encoding="utf-8")
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_the_default_rule_is_scored_by_the_stations_of_the_sheet(tmp_path: Path) -> None:
    first, day = dt.date(2025, 1, 8), dt.date(2025, 1, 15)
    empty = row("stocks", 2, first, place="capital", product="gasoline", stock_m3=1.0)
    rows = situation(CASE, first, empty)
    ledger.store(tmp_path, rows, made(CASE, first, empty))
    dry = row("stations", 2, dt.date(2025, 1, 10), place="capital", product="gasoline", open_share=0.0)
    now = made(CASE, day, empty, dry)
    found = alert_file(CASE, tmp_path, now.rules, now.watched, situation(CASE, day, empty, dry).rows, day)
    past = [p for alert in found.alerts if alert.rule == "dry_within_7" for p in alert.past]
    fired = [v["fired"] for v in made(CASE, first, empty).watched if v["rule"] == "dry_within_7"
             and (v["place"], v["product"]) == KEY]  # fmt: skip
    assert past
    assert all((p.source, p.labels, p.happened, p.hits) == ("ledger", 1, 1, int(fired[0])) for p in past)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_verb_prints_alerts_with_their_past_and_one_json_object(tmp_path: Path, language: str) -> None:
    from citerne.base.text import use_language

    sheet = tmp_path / "sheet"
    sheet.mkdir()
    (sheet / "rules.csv").write_text("rule,quantity,comparison,threshold\nany,stock_days,<,500\n", encoding="utf-8")
    use_language(language)
    try:
        words = ["toy_road", "--situation", str(sheet), "--as-of", "2025-01-08", "--members", "64", "--horizon", "14",
                 "--ledger", str(tmp_path / "ledger")]  # fmt: skip
        told = CliRunner().invoke(command, words)
        data = CliRunner().invoke(command, [*words, "--json"])
    finally:
        use_language("en")
    assert (told.exit_code, data.exit_code) == (0, 0)
    assert {"en": "nobody knows", "fr": "nul ne sait"}[language] in told.stdout
    alerts = AlertFile.model_validate(json.loads(data.stdout)["alerts"])
    assert alerts.rules == ["any"]
    assert len(alerts.alerts) == 6  # three towns, two fuels


def test_the_rolling_test_of_mali_is_read_and_knows_only_what_was_known() -> None:
    case = load("mali")
    rows = past_rows(case, dt.date(2025, 12, 31))
    assert {row["within_days"] for row in rows} == {7, 14, 21, 28}
    assert all(row["nowcast_date"] < row["known_date"] for row in rows)
    early = past_rows(case, dt.date(2025, 11, 8))
    assert 0 < len(early) < len(rows)
    assert all(row["nowcast_date"] + dt.timedelta(days=row["within_days"]) <= dt.date(2025, 11, 8) for row in early)
    past = from_case(rows, WEEK)
    assert past is not None
    page = (Path(__file__).parents[2] / "docs" / "scores" / "alerts_mali.md").read_text(encoding="utf-8")
    counts = (past.labels, past.happened, past.hits, past.labels - past.happened, past.false_alarms)
    assert f"| 7 | 50 | {' | '.join(map(str, counts))} |" in page


def test_a_case_without_a_rolling_test_has_no_rows() -> None:
    assert past_rows(CASE, dt.date(2030, 1, 1)) == ()


def test_a_rule_changes_alerts_and_nothing_else_of_a_nowcast() -> None:
    day = dt.date(2025, 1, 8)
    own = row("rules", 2, day, rule="wait", quantity="queue_hours", comparison=">", threshold=1.0, within_days=7)
    bare, ruled = made(CASE, day).payload, made(CASE, day, own).payload
    assert bare.pop("alerts") != ruled.pop("alerts")
    assert bare == ruled


@pytest.mark.parametrize(
    ("quantity", "comparison", "threshold", "words"),
    [
        ("stock_volume", "<", 1e6, "stock < 1000000 m³"),
        ("stations_open_share", "<=", 1.0, "stations open <= 1"),
        ("queue_hours", ">=", 0.0, "queue >= 0 hours"),
        ("price_street", ">", 0.0, "street price > 0"),
        ("tankers_waiting_border", ">=", 0.0, "tankers waiting >= 0 trucks"),
    ],
)
def test_every_quantity_of_a_country_can_be_watched(
    quantity: str, comparison: str, threshold: float, words: str
) -> None:
    day = dt.date(2025, 1, 8)
    own = row("rules", 2, day, rule="r", quantity=quantity, comparison=comparison, threshold=threshold)
    found = AlertFile.model_validate(made(CASE, day, own, members=64).payload["alerts"])
    assert found.alerts
    assert all(words in alert.text.en and alert.chance == 100 for alert in found.alerts)
