"""Recommended actions: what a plan, a comparison of policies and a stress test of the same case found.

Corridor and theatre level only, from files beside the run that are private; a public report has none of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape
from typing import Any

from citerne.base.text import _
from citerne.metrics.headline import HEADLINE
from citerne.report import html
from citerne.report.compare import supply_against_cuts
from citerne.report.html import tag
from citerne.report.look import Chart
from citerne.report.view import Row, View, series_name
from citerne.report.words import (
    advice_names,
    input_text,
    resource_names,
    short_day,
    span_text,
    unit_text,
    value_text,
)

MOST_LINES = 5
RARE = 0.05  # columns a week that are not worth a line


def section(view: View, most: int) -> str:
    """The actions in at most so many lines, or how to get them."""
    title = tag("h2", escape(_("Recommended actions")))
    if view.public:
        return title + html.paragraph(_("Not part of the public report."), "small")
    lines = [*_plan_lines(view), *_compare_lines(view), *_stress_lines(view)]
    if not lines:
        return title + html.paragraph(
            _("None computed in this run: citerne plan, compare or stress make them."), "small"
        )
    note = _("From private files beside this run: keep this report private too.")
    if len(lines) > most:
        note += " " + _("{n} more lines stand in the full report (--pages full).").format(n=len(lines) - most)
    return title + html.bullets(lines[:most]) + html.paragraph(note, "note")


def _plan_lines(view: View) -> list[str]:
    """Escorts of the coming fortnight, allocation, gain with its interval, one more column, wait or go."""
    plan = view.beside.plan
    if plan is None:
        return []
    lines = (_gain(plan), _escorts(view, plan), _allocation(view, plan), _worth(view, plan), _wait(plan))
    return [line for line in lines if line]


def _gain(plan: Row) -> str:
    gain = plan["gain"]
    worst = min(plan["robust_over"], key=lambda row: row["mean_low"], default=None)
    text = _(
        "Plan on the means of the record: {mean} ({interval}, 90 % interval) {unit}, better in {share} of 100 futures"
    )
    said = text.format(
        mean=value_text(gain["mean"]), interval=span_text(gain["mean_low"], gain["mean_high"]), unit=plan["unit"],
        share=round(100 * gain["probability_better"]),
    )  # fmt: skip
    if worst is not None:
        said += _("; least under {variant}: {mean} ({interval})").format(
            variant=worst["variant"], mean=value_text(worst["mean"]),
            interval=span_text(worst["mean_low"], worst["mean_high"]),
        )  # fmt: skip
    return said + "."


def _day(text: Any) -> dt.date:
    return dt.date.fromisoformat(str(text))


def _escorts(view: View, plan: Row) -> str:
    """Columns a week by theatre in the period that holds the day after now, or the last one."""
    rows = [row for row in plan["schedule"] if row["kind"] == "escorts" and row["columns_per_week"] >= RARE]
    if not rows:
        return ""
    today = view.date(view.now)
    ahead = [row for row in rows if _day(row["last_day"]) > today] or [
        row for row in rows if row["last_day"] == max(item["last_day"] for item in rows)
    ]
    first = min(_day(row["first_day"]) for row in ahead)
    shown = [row for row in ahead if _day(row["first_day"]) == first]
    parts = [
        _("{theatre} {columns} of at most {trucks} tankers").format(
            theatre=view.names.of(row["theatre"]), columns=value_text(row["columns_per_week"]),
            trucks=value_text(row["column_trucks_max"]),
        )
        for row in shown
    ]  # fmt: skip
    text = _("Escorted columns a week, {first} to {last}: {parts}.")
    return text.format(first=short_day(first), last=short_day(_day(shown[0]["last_day"])), parts="; ".join(parts))


def _allocation(view: View, plan: Row) -> str:
    rows = [row for row in plan["schedule"] if row["kind"] != "escorts"]
    if not rows:
        return ""
    names = lever_names()
    parts = [
        f"{names.get(row['lever'], row['lever'])} {view.names.of(row['target']) if row['target'] != 'all' else ''}"
        f" {value_text(row['value'])}".replace("  ", " ")
        for row in rows[:MOST_LINES]
    ]
    more = _("; {n} more in the plan").format(n=len(rows) - MOST_LINES) if len(rows) > MOST_LINES else ""
    return _("Allocation: {parts}{more}.").format(parts="; ".join(parts), more=more)


def lever_names() -> dict[str, str]:
    """Levers of a plan other than escorts, as readers see them."""
    return {"hub_reserve_days": _("days kept at the hub"), "leg_weight": _("weight of the onward leg"),
            "ration_share": _("share of normal sales at pumps")}  # fmt: skip


def _worth(view: View, plan: Row) -> str:
    """What one more of each resource would bring, the most useful first; those that may bring nothing are left out."""
    sure = [row for row in plan["values"] if row["low"] > 0]
    if not plan["values"]:
        return ""
    if not sure:
        return _("One more column or tanker brings no gain that stands out from chance.")
    names = {"column": _("one more column"), "truck": _("one more tanker in columns")}
    best = sorted(sure, key=lambda row: -row["per_unit"])[:3]
    parts = [
        _("{what}, {theatre}: {gain} ({span})").format(
            what=names.get(row["resource"], row["resource"]), theatre=view.names.of(row["theatre"]),
            gain=input_text(row["per_unit"]), span=f"{input_text(row['low'])}–{input_text(row['high'])}",
        )
        for row in best
    ]  # fmt: skip
    return _("Worth of {parts}.").format(parts="; ".join(parts))


def _wait(plan: Row) -> str:
    limit = plan["wait_or_go"]["break_even_extra_loss"]
    if limit is None:
        return _("Wait or go: more tankers bring no gain here, so nothing speaks for going early.")
    text = _("Wait or go: wait a fortnight only if going now would lose {share} % more of the column than going then.")
    return text.format(share=value_text(100 * limit))


def _compare_lines(view: View) -> list[str]:
    """Policies that may be the best on the measure that was ranked: what they gain there, and what they worsen most."""
    found = view.beside.compare
    if found is None or not found["differences"]:
        return []
    kept = [row["policy"] for row in found["selection"]["ranking"] if row["kept"]]
    lines = []
    for policy in [name for name in kept if name != found["baseline"]][:2]:
        own = [row for row in headline_rows(view, found) if row["policy"] == policy]
        gain = [row for row in own if ".".join((row["variable"], row["place"], row["product"])) == _measure(found)]
        clear = [row for row in own if row["mean_low"] * row["mean_high"] > 0 and row["probability_better"] is not None]
        harm = [row for row in clear if row["probability_better"] < 0.05]
        harm.sort(key=lambda row: row["probability_better"])
        parts = [_difference(view, row) for row in [*gain[:1], *(row for row in harm[:1] if row not in gain)]]
        if parts:
            text = _("Policy {policy} against {baseline}: {parts}.")
            names = {"policy": policy_name(view, policy), "baseline": policy_name(view, found["baseline"])}
            lines.append(text.format(**names, parts="; ".join(parts)))
    if not lines and kept == [found["baseline"]]:
        lines.append(_("Of the policies compared none does better than {baseline}.").format(
            baseline=policy_name(view, found["baseline"])))  # fmt: skip
    return lines


def _measure(found: Row) -> str:
    return str(found["selection"]["measure"]).split(" ")[0]


def headline_rows(view: View, found: Row) -> list[Row]:
    """Compared differences of headline figures of the country and its hub."""
    wanted = {(variable, product) for variable, _where, product, _how in HEADLINE}
    return [
        row
        for row in found["differences"]
        if (row["variable"], row["product"]) in wanted and row["place"] in (view.hub, view.country)
    ]


def policy_name(view: View, key: str) -> str:
    """Title of a policy of the case, or its key."""
    from citerne.base.errors import CiterneError
    from citerne.case.policies import find_policy

    try:
        return find_policy(view.case, key).title()
    except CiterneError:
        return key


def _difference(view: View, row: Row) -> str:
    text = _("{what}: {mean} {unit} ({span}), better in {share} of 100")
    return text.format(
        what=series_name(view, row["variable"], row["place"], row["product"]), mean=value_text(row["mean"]),
        unit=unit_text(row["unit"]), span=span_text(row["mean_low"], row["mean_high"]),
        share=round(100 * row["probability_better"]),
    )  # fmt: skip


def _stress_lines(view: View) -> list[str]:
    """What few closures leave, always with the protection that answers them; the nearest break-point."""
    found = view.beside.stress
    if found is None:
        return []
    cuts = [cut for cut in found["cuts"] if cut["budget"]]
    if not cuts:
        return []
    cut = max(cuts, key=lambda item: item["budget"])
    shield = "; ".join(road_names(view, cut["protected"])) or _("nothing")
    text = _("If the worst {n} roads close {left} % of supply is left; guarding {shield} leaves {kept} % at worst.")
    return [
        text.format(
            n=cut["budget"], left=value_text(100 * cut["supply_share_left"]), shield=shield,
            kept=value_text(100 * cut["supply_share_left_protected"]),
        )
    ]  # fmt: skip


def road_names(view: View, segments: Sequence[str]) -> list[str]:
    """Roads between towns, by their ends."""
    ends = {row["segment"]: (row["from_place"], row["to_place"]) for row in view.case.rows("roads")}
    return [" - ".join(map(view.names.of, ends[name])) if name in ends else name for name in segments]


def annex(view: View, source: str) -> str:
    """The whole schedule, gain in each rival assumption, values, regret; differences compared; supply against cuts."""
    if view.public:
        return ""
    lines = [*_plan_lines(view), *_compare_lines(view), *_stress_lines(view)]
    if not lines:
        return ""
    parts = [tag("h2", escape(_("Actions, whole"))), html.bullets(lines)]
    if view.beside.plan is not None:
        parts += _plan_tables(view, view.beside.plan)
    if view.beside.compare is not None:
        parts += _compare_table(view, view.beside.compare)
    if view.beside.stress is not None:
        parts += _stress_tables(view, view.beside.stress, source)
    return "".join(parts)


def cuts_chart(stress: Row, source: str) -> Chart | None:
    """What still arrives when the worst roads close, without and with the protection that answers them."""
    cuts = sorted(stress["cuts"], key=lambda cut: cut["budget"])
    if not cuts:
        return None
    open_roads = [] if cuts[0]["budget"] == 0 else [100.0]
    counts = [0] * len(open_roads) + [cut["budget"] for cut in cuts]
    runs = [
        (name, open_roads + [100 * cut[column] for cut in cuts])
        for name, column in ((_("unguarded"), "supply_share_left"), (_("guarded"), "supply_share_left_protected"))
    ]
    return supply_against_cuts(counts, runs, _("Supply left when the worst roads close"), "%", source)


def _stress_tables(view: View, stress: Row, source: str) -> list[str]:
    drawn = cuts_chart(stress, source)
    rows = [
        (str(cut["budget"]), value_text(100 * cut["supply_share_left"]), "; ".join(road_names(view, cut["protected"])),
         value_text(100 * cut["supply_share_left_protected"]), _("yes") if cut["optimal"] else _("no"))
        for cut in stress["cuts"]
    ]  # fmt: skip
    header = (_("Roads closed"), _("% of supply left"), _("roads to guard"), _("% left then, at worst"), _("proven"))
    title = tag("h2", escape(_("Stress test, with the protection that answers it")))
    picture = html.figure(drawn, class_="half") if drawn else ""
    return [title, picture, html.wide_table(header, rows, "text"), _breakpoint_table(stress)]


def _breakpoint_table(stress: Row) -> str:
    """How far each pressure may go before the median lowest cover at the hub falls below the bar."""
    points = stress["breakpoints"]
    if not points:
        return ""
    names = {"trucks_lost": _("share of trucks lost"), "imports": _("imports against normal need, no blockade"),
             "customs": _("hours at customs"), "columns": _("columns a week")}  # fmt: skip
    header = (_("Break-point below {days} days of cover").format(days=value_text(points[0]["cover_days"])),
              _("holds at"), _("fails at"), _("as recorded"))  # fmt: skip
    rows = [
        (names.get(p["name"], p["name"]),
         *("–" if v is None else input_text(v) for v in (p["holds"], p["fails"], p["as_recorded"]["reading"])))
        for p in points
    ]  # fmt: skip
    return html.wide_table(header, rows)


def _plan_tables(view: View, plan: Row) -> list[str]:
    names = lever_names()
    schedule = [
        (str(row.get("first_day", "")), str(row.get("last_day", "")),
         view.names.of(row["theatre"]) if row["kind"] == "escorts" else names.get(row["lever"], str(row["lever"])),
         "" if row["kind"] == "escorts" or row["target"] == "all" else view.names.of(row["target"]),
         value_text(row["columns_per_week"] if row["kind"] == "escorts" else row["value"]),
         value_text(row["column_trucks_max"]) if row["kind"] == "escorts" else "")
        for row in plan["schedule"]
    ]  # fmt: skip
    gains = [(row["variant"], row) for row in plan["robust_over"]]
    size_law = _("size law {gamma} in all futures")
    gains += [(size_law.format(gamma=input_text(row["gamma"])), row) for row in plan.get("by_gamma", ())]
    variants = [
        (name, value_text(row["mean"]), span_text(row["mean_low"], row["mean_high"]),
         str(round(100 * row["probability_better"])))
        for name, row in gains
    ]  # fmt: skip
    values = [
        (view.names.of(row["theatre"]), row["resource"], input_text(row["per_unit"]),
         f"{input_text(row['low'])} … {input_text(row['high'])}")
        for row in plan["values"]
    ]  # fmt: skip
    regret = [(row["rule"], value_text(row["mean"]), value_text(row["most"]), row["variant"]) for row in plan["regret"]]
    beside = [(name, value_text(row["recorded"]), value_text(row["plan"])) for name, row in plan["beside"].items()]
    unit = str(plan["unit"])
    return [
        tag("h2", escape(_("The plan"))),
        html.paragraph(_("Private: corridor and town level. Gains in {unit}.").format(unit=unit), "small"),
        html.wide_table((_("from"), _("to"), _("what"), _("where"), _("columns a week, or value"),
                         _("tankers in a column, at most")), schedule, "text"),
        html.wide_table((_("Gain under"), _("mean"), _("90 % interval"), _("better in, of 100")), variants),
        html.wide_table((_("One more"), _("of"), _("gain"), _("90 % interval")), values, "text"),
        *_corridor_tables(view, plan),
        html.wide_table((_("Regret of"), _("mean"), _("most"), _("under")), regret, "text"),
        html.wide_table((_("Beside it, means"), _("record"), _("plan")), beside),
    ]  # fmt: skip


def _corridor_tables(view: View, plan: Row) -> list[str]:
    """Worth of one more by corridor and fuel, and whether a consignment goes or waits; none in plans of older files."""
    names = resource_names()
    worth = [
        (view.names.of(row["corridor"]), names.get(row["resource"], row["resource"]),
         _("all fuels") if row["product"] == "all" else view.names.of(row["product"]), input_text(row["per_unit"]),
         f"{input_text(row['low'])} … {input_text(row['high'])}")
        for row in sorted(plan.get("values_by_corridor", ()), key=lambda row: -row["per_unit"])
    ]  # fmt: skip
    words = advice_names()
    loads = [
        (view.names.of(row["corridor"]), input_text(row["now"]), input_text(row["later"]), words[row["advice"]],
         "–" if row["break_even_loss"] is None else str(round(100 * row["break_even_loss"])))
        for row in plan["wait_or_go"].get("by_corridor", ())
    ]  # fmt: skip
    tables = []
    if worth:
        header = (_("One more, by way"), _("of"), _("fuel"), _("gain"), _("90 % interval"))
        tables.append(html.wide_table(header, worth, "text"))
    if loads:
        header = (_("A consignment by"), _("gain a truck, now"), _("a week later"), _("advice"),
                  _("waiting is as good at a loss of, in 100"))  # fmt: skip
        tables.append(html.wide_table(header, loads))
    return tables


def _compare_table(view: View, found: Row) -> list[str]:
    header = (_("Difference to {baseline}").format(baseline=policy_name(view, found["baseline"])), _("policy"),
              _("mean"), _("90 % interval"), _("9 in 10 futures"), _("better in, of 100"))  # fmt: skip
    rows = [
        (series_name(view, r["variable"], r["place"], r["product"]), policy_name(view, r["policy"]),
         value_text(r["mean"]), span_text(r["mean_low"], r["mean_high"]), span_text(r["p05"], r["p95"]),
         "–" if r["probability_better"] is None else str(round(100 * r["probability_better"])))
        for r in headline_rows(view, found)
    ]  # fmt: skip
    return [tag("h2", escape(_("Policies compared on the same luck"))), html.wide_table(header, rows)]
