"""Alerts: rules that fire, in words and as a declared JSON object, each with how often its rule was right before.

No rate stands without the counts it comes from, and where nothing was ever scored the alert says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from citerne.base.text import _, current_language, number, speaking
from citerne.case.case import Case
from citerne.nowcast.ledger import clean
from citerne.nowcast.past import Kept, Past, from_case, from_ledger, past_rows, stored
from citerne.nowcast.rules import DRY, Rule
from citerne.report.words import unit_text, value_text
from citerne.schema.outcomes import OUTCOME_BY_NAME

Row = Mapping[str, Any]
VERSION = 1


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Closed):
    """A text in both languages."""

    en: str = Field(description="English.")
    fr: str = Field(description="French.")


class Record(_Closed):
    """How a rule fared before. All rates are null where what they divide by is 0."""

    source: Literal["ledger", "case", "none"] = Field(
        description="Own scored nowcasts (ledger), the rolling test of the case (case), or nothing was ever scored."
    )
    labels: int = Field(description="Past forecasts whose outcome is known.", ge=0)
    happened: int = Field(description="Those that came true.", ge=0)
    hits: int = Field(description="Times the rule had fired before what came.", ge=0)
    false_alarms: int = Field(description="Times it had fired before what did not come.", ge=0)
    hit_rate: float | None = Field(description="Hits over what came true.", ge=0, le=1)
    false_alarm_rate: float | None = Field(description="False alarms over what did not come true.", ge=0, le=1)
    places: int = Field(description="Towns and the like that the labels are of.", ge=0)
    first: dt.date | None = Field(description="Day of the first nowcast counted.")
    last: dt.date | None = Field(description="Day of the last nowcast counted.")
    within_days: int | None = Field(description="Days ahead that counted there.")
    text: Words = Field(description="The same in words.")


class Alert(_Closed):
    """A rule that fires at one place for one fuel."""

    id: str = Field(description="Day, rule, place and fuel joined by slashes: one alert, one id.")
    rule: str = Field(description="Key of the rule.")
    quantity: str = Field(description="What it watches: dry_within or an outcome of the catalogue.")
    comparison: Literal["<", "<=", ">", ">="] = Field(description="How it is compared.")
    threshold: float = Field(description="Value to compare with, in the unit.")
    unit: str = Field(description="Unit of value and threshold; in 100 for a chance.")
    within_days: int = Field(description="Days ahead that count.")
    place: str = Field(description="Key of the town, border post, corridor or facility.")
    place_name: Words = Field(description="Its name.")
    product: str | None = Field(description="Key of the fuel; null where all fuels share a value.")
    value: float = Field(description="Value that fires: the chance of running dry, or the median of the worst days.")
    chance: float = Field(description="Chance in 100 that the comparison holds on some day that counts.")
    reached: dt.date | None = Field(description="Day by which the chance reaches the bar of the rule; null if unknown.")
    since: dt.date = Field(description="Day of the first of the nowcasts in a row, up to this one, in which it fired.")
    in_a_row: int = Field(description="How many these are; 1 is this one alone.", ge=1)
    past: list[Record] = Field(
        description="How this rule fared before: by own nowcasts, by the test of the case, or: nobody knows.",
        min_length=1,
    )
    text: Words = Field(description="The alert in words.")


class AlertFile(_Closed):
    """All alerts of one nowcast."""

    format: Literal["citerne alerts"] = Field(description="Always the same words.")
    version: Literal[1] = Field(description="Of this declaration; a field never changes its meaning within one.")
    case: str = Field(description="Case.")
    as_of: dt.date = Field(description="Day of the nowcast.")
    sensitive: Literal[True] = Field(description="Stocks and shortages by town: for the eyes of its owner.")
    rules: list[str] = Field(description="Keys of all rules that were looked at.")
    not_looked_at: list[str] = Field(
        description="Keys of rules whose days lie beyond the horizon, or that find nothing of their kind."
    )
    alerts: list[Alert] = Field(description="What fires, the likeliest first.")


def alert_file(
    case: Case, ledger: Path | None, rules: Sequence[Rule], values: Sequence[Row], rows: Mapping[str, Sequence[Row]],
    as_of: dt.date,
) -> AlertFile:  # fmt: skip
    """Alerts of a nowcast, with what the ledger and the case know of its rules.

    Parameters
    ----------
    ledger : folder of stored nowcasts, of which earlier days count; None where nothing is kept
    rules, values : as `Watch.values` told them
    rows : the sheet, whose facts say how earlier nowcasts fared
    """
    kept = stored(case, ledger, as_of) if ledger is not None else []
    tested = past_rows(case, as_of)
    records = {rule.rule: records_of(case, kept, tested, rule, rows, as_of) for rule in rules}
    by_name = {rule.rule: rule for rule in rules}
    fired = [row for row in values if row["fired"]]
    fired.sort(key=lambda row: (-row["chance"], row["rule"], row["place"], row["product"]))
    made = [_alert(case, by_name[row["rule"]], row, kept, as_of, records[row["rule"]]) for row in fired]
    seen = {row["rule"] for row in values}
    return AlertFile(format="citerne alerts", version=VERSION, case=case.name, as_of=as_of, sensitive=True,
                     rules=[rule.rule for rule in rules if rule.rule in seen],
                     not_looked_at=[rule.rule for rule in rules if rule.rule not in seen], alerts=made)  # fmt: skip


def alert_payload(found: AlertFile) -> dict[str, Any]:
    """The object as plain values, six digits a number."""
    plain: dict[str, Any] = clean(found.model_dump(mode="json"))
    return plain


def as_text(found: AlertFile, language: str) -> str:
    """All alerts in words, under each rule with its past."""
    with speaking(language):
        head = _("Alerts of {case}, {day}").format(case=found.case, day=found.as_of)
        lines = [head, ""]
        for rule, said in by_rule(alert_payload(found), language).items():
            lines += [rule, *(f"  {line}" for line in said), ""]
        if not found.alerts:
            lines += [_("No rule fires."), ""]
        lines += [_("Rules looked at: {rules}").format(rules=", ".join(found.rules) or "-")]
        lines += not_looked_at(found.not_looked_at)
    return "\n".join(lines) + "\n"


def not_looked_at(rules: Sequence[str]) -> list[str]:
    """A line on rules that could not be looked at, if there are any."""
    text = _("Not looked at, since their days lie beyond the horizon or nothing of the kind is there: {rules}")
    return [text.format(rules=", ".join(rules))] if rules else []


def by_rule(found: Mapping[str, Any], language: str) -> dict[str, list[str]]:
    """What fires in words, as published, under each rule and its past."""
    lines: dict[str, list[str]] = {}
    for alert in found["alerts"]:
        head = " ".join([f"{alert['rule']}.", *(past["text"][language] for past in alert["past"])])
        lines.setdefault(head, []).append(alert["text"][language])
    return lines


def records_of(
    case: Case,
    kept: Sequence[Kept],
    tested: Sequence[Row],
    rule: Rule,
    rows: Mapping[str, Sequence[Row]],
    as_of: dt.date,
) -> list[Record]:
    """Records of a rule, from the ledger and from the test of the case; of neither, one that says so."""
    both = (from_ledger(case, kept, rule, rows, as_of), from_case(tested, rule))
    return [record_of(past) for past in [past for past in both if past is not None] or (None,)]


def record_of(past: Past | None) -> Record:
    """A past as it is published."""
    if past is None:
        return Record(source="none", labels=0, happened=0, hits=0, false_alarms=0, hit_rate=None,
                      false_alarm_rate=None, places=0, first=None, last=None, within_days=None,
                      text=_both(lambda: _("Past: nothing of this rule was ever scored, so nobody knows how often it "
                                           "is right.")))  # fmt: skip
    return Record(source="ledger" if past.source == "ledger" else "case", labels=past.labels, happened=past.happened,
                  hits=past.hits, false_alarms=past.false_alarms, hit_rate=past.hit_rate,
                  false_alarm_rate=past.false_alarm_rate, places=past.places, first=past.first, last=past.last,
                  within_days=past.within_days, text=_both(lambda: _past_words(past)))  # fmt: skip


def _past_words(past: Past) -> str:
    source = _("own nowcasts") if past.source == "ledger" else _("rolling test of the case, fuels sold at stations")
    text = _("Past ({source}, {days} days ahead, {first} to {last}): fired before {hits} of {happened} that came, and "
             "before {false} of {quiet} that did not; {labels} labels of {places} places.")  # fmt: skip
    return text.format(source=source, days=past.within_days, first=past.first, last=past.last, hits=past.hits,
                       happened=past.happened, false=past.false_alarms, quiet=past.labels - past.happened,
                       labels=past.labels, places=past.places)  # fmt: skip


def _alert(case: Case, rule: Rule, row: Row, kept: Sequence[Kept], as_of: dt.date, past: list[Record]) -> Alert:
    since, in_a_row = as_of, 1
    for one in reversed(kept):
        if not one.says(rule, (row["place"], row["product"])):
            break
        since, in_a_row = one.day, in_a_row + 1
    reached = None if row["reached"] is None else as_of + dt.timedelta(days=row["reached"])
    return Alert(
        id=f"{as_of}/{rule.rule}/{row['place']}/{row['product'] or 'all'}", rule=rule.rule, quantity=rule.quantity,
        comparison=rule.comparison, threshold=rule.threshold,
        unit=_unit(case, rule), within_days=rule.within_days,
        place=row["place"], place_name=Words(en=_name(case, row["place"], "en"), fr=_name(case, row["place"], "fr")),
        product=row["product"] or None, value=row["value"], chance=row["chance"], reached=reached, since=since,
        in_a_row=in_a_row, past=past, text=_both(lambda: _said(case, rule, row, since, reached)),
    )  # fmt: skip


def _both(make: Any) -> Words:
    made = {}
    for language in ("en", "fr"):
        with speaking(language):
            made[language] = make()
    return Words(**made)


def _name(case: Case, place: str, language: str) -> str:
    for table, key in (("places", "place"), ("facilities", "facility"), ("corridors", "corridor")):
        for row in case.rows(table):
            if row[key] == place:
                return str(row[f"name_{language}"] or place)
    return place


def quantity_name(quantity: str) -> str:
    """What a rule watches, in a word or two."""
    names = {
        "stock_days": _("stock over normal use"), "stock_volume": _("stock"), "stations_open_share": _("stations open"),
        "queue_hours": _("queue"), "price_street": _("street price"), "power_hours_per_day": _("hours of power"),
        "tankers_waiting_border": _("tankers waiting"), "facility_hours_left": _("time left in its tank"),
    }  # fmt: skip
    return names[quantity]


def _unit(case: Case, rule: Rule) -> str:
    outcome = OUTCOME_BY_NAME.get(rule.quantity)
    return "in 100" if outcome is None else outcome.unit_in(case.header.currency)


def _said(case: Case, rule: Rule, row: Row, since: dt.date, reached: dt.date | None) -> str:
    unit = unit_text(_unit(case, rule))
    language = current_language()
    where = _name(case, row["place"], language)
    if row["product"]:
        product = next(one for one in case.rows("products") if one["product"] == row["product"])
        where = f"{where}, {product[f'name_{language}'] or row['product']}"
    own = (rule.text_fr or rule.text_en) if language == "fr" else (rule.text_en or rule.text_fr)
    if own:
        said = f"{where}: {own}"
    elif rule.quantity == DRY:
        said = _("{where}: may be dry within {days} days").format(where=where, days=rule.within_days)
    else:
        text = _("{where}: {quantity} {comparison} {threshold} {unit} within {days} days")
        said = text.format(where=where, quantity=quantity_name(rule.quantity), comparison=rule.comparison,
                           threshold=f"{rule.threshold:.10g}", unit=unit, days=rule.within_days)  # fmt: skip
    said += ", " + _("{chance} in 100").format(chance=number(row["chance"]))
    if reached is not None:
        said += _("; ") + _("the bar is reached by {day}").format(day=reached)
    if rule.quantity != DRY:
        said += _("; ") + _("median {value} {unit}").format(value=value_text(row["value"]), unit=unit)
    return said + _("; ") + _("fires since {day}").format(day=since)
