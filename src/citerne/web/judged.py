"""Pages on choice and proof: what each policy would change over the same futures, and how sure we are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from citerne.base.text import _, number
from citerne.case.policies import RECORDED, find_policy
from citerne.metrics.headline import statistic
from citerne.report import html
from citerne.report.annex import method, variants
from citerne.report.evidence import coverage, spreads
from citerne.report.fans import Mark
from citerne.report.html import tag
from citerne.report.sections import provenance
from citerne.report.words import day_text, input_text, outcome_title, range_text, unit_text, value_text
from citerne.results.results import Results
from citerne.web.parts import Block, Part
from citerne.web.screen import Key, Screen, signed
from citerne.web.state import Reader, Run, State

# what policies are compared by: series, statistic, whether more is better
GAINS: tuple[tuple[str, str, str, str, int], ...] = (
    ("stock_days", "hub", "all", "min", 1),
    ("dry_share", "country", "all", "mean", -1),
    ("person_days_unserved", "country", "hospital", "sum", -1),
    ("price_street", "hub", "gasoline", "max", -1),
    ("displaced_new", "country", "", "sum", -1),
)
MOST_INPUTS = 4
Gains = Mapping[str, Mapping[Key, tuple[float, float, float, float]]]


def gains_of(results: Results, base: Results, keys: Sequence[tuple[Key, str, int]]) -> dict[Key, tuple[float, ...]]:
    """Mean gain of each measure with its 90 % range over futures, and the share of futures in which it is better."""
    found: dict[Key, tuple[float, ...]] = {}
    for key, how, sign in keys:
        if not (results.has(*key) and base.has(*key)):
            continue
        ours, theirs = (_stat(one.series(*key), how) for one in (results, base))
        count = min(len(ours), len(theirs))
        gap = ours[:count] - theirs[:count]
        low, middle, high = (float(v) for v in np.quantile(gap, (0.05, 0.5, 0.95)))
        found[key] = (low, middle, high, float((sign * gap > 0).mean()))
    return found


def _stat(values: Any, how: str) -> Any:
    return values.mean(axis=0, dtype=np.float64) if how == "mean" else statistic(values, how)


def gain_keys(screen: Screen) -> list[tuple[Key, str, int]]:
    """Measures that the run kept, with the statistic and which way is better."""
    places = {"hub": screen.hub, "country": screen.country}
    found = [((v, places[p], f), how, sign) for v, p, f, how, sign in GAINS]
    return [item for item in found if screen.view.has(*item[0])]


def plan_page(screen: Screen, gains: Callable[[], tuple[dict[str, dict[Key, tuple[float, ...]]], int]]) -> list[Block]:
    """Every policy of the case against the record, over the same futures, the best first."""
    if screen.view.public:
        return [html.paragraph(_("Plans are not part of the public view."))]
    found, waiting = gains()
    keys = gain_keys(screen)
    blocks: list[Block] = [html.paragraph(_(
        "Each policy of the case against the record, over the same futures and the whole run. Choose one to see all of"
        " it, then move levers on top."
    ))]  # fmt: skip
    if waiting:
        text = _("{n} policies are still being computed; this page fills by itself, or load it again.")
        blocks.append(tag("p", escape(text.format(n=waiting)), class_="note", data_waiting=str(waiting)))
    blocks.append(_policy_table(screen, found, keys))
    blocks.append(_search_hint(screen))
    return blocks


def _policy_table(screen: Screen, found: Gains | Any, keys: Sequence[tuple[Key, str, int]]) -> Part:
    order = sorted(found, key=lambda name: -sum(found[name][key][3] for key, _how, _sign in keys if key in found[name]))
    columns = ("policy", *(f"{key[0]}_{how}_{q}" for key, how, _sign in keys for q in ("p05", "p50", "p95", "better")))
    plain = [(name, *(v for key, _how, _sign in keys for v in found[name].get(key, (None,) * 4))) for name in order]
    header = (_("Policy"), *(gain_title(key, how, screen) for key, how, _sign in keys))
    cells = [
        (find_policy(screen.view.case, name).title(), *(_gain_text(found[name].get(key)) for key, _how, _s in keys))
        for name in order
    ]
    note = _(
        "Median change, its range in 9 of 10 futures, and in how many of 100 futures it is better. Ordered by how often"
        " they are better; a policy that helps one may harm another: read along the row."
    )
    return screen.table_part("policies", _("What each policy would change"), columns, plain, header, cells, note)


def gain_title(key: Key, how: str, screen: Screen) -> str:
    """Heading of a measure by which policies are compared."""
    titles = {
        "stock_days": _("Lowest days of cover"),
        "dry_share": _("People in places without fuel, mean share"),
        "person_days_unserved": _("Person-days without hospital"),
        "price_street": _("Highest street price"),
        "displaced_new": _("People newly displaced"),
    }
    return titles.get(key[0], outcome_title(key[0]))


def _gain_text(gain: tuple[float, ...] | None) -> str:
    if gain is None:
        return "–"
    low, middle, high, better = gain
    if low == high == 0:
        return _("no change")
    return f"{signed(middle)} ({range_text(low, high)}); {round(100 * better)}"


def policy_links(screen: Screen) -> str:
    """Links that choose a policy and go to the overview."""
    items = []
    for name in screen.reader.controls["policy"].words:
        run = Run({**({"policy": name} if name != RECORDED else {})})
        policy = find_policy(screen.view.case, name)
        address = f"/?{screen.state.with_(run=run, pin=Run({})).query()}"
        items.append(tag("li", tag("a", escape(policy.title()), href=address) + f": {escape(policy.description())}"))
    return tag("h2", escape(_("Policies of this case"))) + tag("ul", "".join(items), class_="policies")


def _search_hint(screen: Screen) -> str:
    text = _(
        "To search for a schedule of escorts on the recorded means, with its gain, its bound and its regret, run this"
        " command. Its files are private and are not shown here."
    )
    made = screen.results.provenance
    code = f"citerne plan {made.case} --objective mixed --time 60"
    return policy_links(screen) + html.paragraph(text) + tag("p", tag("code", escape(code)))


def evidence_page(screen: Screen) -> list[Block]:
    """Observed against simulated, coverage, what the spread comes from, inputs, method, how to repeat."""
    view = screen.view
    blocks: list[Block] = [html.paragraph(_coverage_text(screen))]
    watched: list[tuple[Key, str]] = []
    for row in view.targets:
        key = (row["variable"], row["place"], row["product"] or "all")
        if view.has(*key) and view.marks(*key) and key not in [k for k, _t in watched]:
            watched.append((key, f"{outcome_title(key[0])}, {view.names.of(key[1])}"))
    grid = screen.grid_part(watched[:12], "observed", _("Observed beside simulated"), columns=3)
    if grid is not None:
        blocks.append(grid)
    blocks.append(_influence_part(screen))
    closed = tag("summary", escape(_("All {n} uncertain inputs").format(n=len(view.priors))))
    blocks += [
        _scored_part(screen),
        variants(view),
        f"<details>{closed}",
        _priors_part(screen),
        "</details>",
        method(),
        repeat(screen),
    ]
    return blocks


def _coverage_text(screen: Screen) -> str:
    found = coverage(screen.view)
    if found is None:
        return _("This run was not scored against observations.")
    text = _(
        "Of {n} observations that this run speaks to, {nine} lie inside the 90 % band and {half} inside the 50 % band"
        " (reporting error included)."
    )
    nine, half = (f"{number(100 * share)} %" for share in (found.inside_90, found.inside_50))
    return text.format(n=found.scored, nine=nine, half=half)


def _influence_part(screen: Screen) -> Part:
    """What the spread of the leading outcomes comes from, over the days of the record."""
    items = spreads(screen.view)
    columns = ("variable", "place", "product", "source_of_spread", "confidence", "low", "high", "share_of_variance")
    plain: list[tuple[Any, ...]] = []
    cells: list[tuple[str, ...]] = []
    for item in items:
        key = (item.variable, item.place, item.product)
        what = f"{outcome_title(item.variable)}, {screen.view.names.of(item.place)}"
        for parameter, name, share in item.inputs[:MOST_INPUTS]:
            low, high = (parameter.low, parameter.high) if parameter else (None, None)
            grade = parameter.confidence if parameter else ""
            plain.append((*key, name, grade, low, high, share))
            meaning = _(parameter.meaning) if parameter else name
            span = f"{input_text(low)}–{input_text(high)}" if low is not None and high is not None else "–"
            cells.append((what, meaning, grade, span, percent(share)))
        for name, word, share in (("variants", _("rival assumptions"), item.variants),
                                  ("luck", _("luck and what acts together"), item.luck)):  # fmt: skip
            plain.append((*key, name, "", None, None, share))
            cells.append((what, word, "", "–", percent(share)))
    header = (_("Outcome"), _("What moves it"), _("confidence"), _("prior range"), _("of the spread"))
    note = _(
        "Confidence A (verified) to E (guess). Share of the variance over futures that each input explains alone, day 0"
        " to the end of the record. After {day} nothing is checked against facts."
    ).format(day=day_text(screen.view.case.header.record_end))
    title = _("What the spread comes from")
    return screen.table_part("spread", title, columns, plain, header, cells, note, "text")


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{number(100 * share)} %"


def _scored_part(screen: Screen) -> Part:
    """Every scored observation beside the simulated band; a public view keeps those of the country."""
    view = screen.view
    rows = [row for row in view.scores or () if not view.public or row["place"] == view.country]
    names = ("target_id", "variable", "place", "product", "unit", "low", "best", "high", "bound", "p05", "p50", "p95",
             "inside_50", "inside_90")  # fmt: skip
    cells = [
        (outcome_title(r["variable"]), view.names.of(r["place"]), _seen_text(r), value_text(r["p50"]),
         range_text(r["p05"], r["p95"]), _("yes") if r["inside_90"] else _("no"))
        for r in rows
    ]  # fmt: skip
    header = (_("Outcome"), _("Place"), _("observed"), _("median"), _("9 in 10 futures"), _("inside 90 %"))
    plain = [tuple(row[name] for name in names) for row in rows]
    title = _("Observations against the simulation")
    return screen.table_part("scored", title, names, plain, header, cells, "", "text")


def _seen_text(row: Mapping[str, Any]) -> str:
    mark = Mark(0, 0, row["low"], row["best"], row["high"], row["bound"])
    return f"{mark.text()} {unit_text(row['unit'])}".strip()


def _priors_part(screen: Screen) -> Part:
    """Every uncertain input with its range, confidence and source."""
    found = list(screen.view.priors.values())
    columns = ("parameter", "low", "best", "high", "unit", "confidence", "source")
    plain = [(p.name, p.low, p.best, p.high, p.unit, p.confidence, p.source) for p in found]
    header = (_("Uncertain input"), _("range"), _("middle"), _("unit"), _("confidence"), _("source"))
    cells = [
        (_(p.meaning), f"{input_text(p.low)}–{input_text(p.high)}", input_text(p.best), p.unit, p.confidence, p.source)
        for p in found
    ]
    return screen.table_part("priors", _("Uncertain inputs"), columns, plain, header, cells, "", "text")


def repeat(screen: Screen) -> str:
    """How to make the same run again: a command, and a file of the levers where there are any."""
    lines = [tag("h2", escape(_("To repeat"))), tag("p", tag("code", escape(command_of(screen))))]
    if screen.state.run.values and not screen.view.public:
        link = f"/policy.yaml?{screen.state.query()}"
        text = _("Save the levers as what-if.yaml; the command reads it.")
        lines.append(tag("p", tag("a", escape(text), href=link, download="what-if.yaml")))
        outside = [c for n in screen.state.run.values if (c := screen.reader.controls[n]).group == "outside"]
        if outside:
            lines.append(html.paragraph(_("What others decide cannot stand in a policy file and is left out of it."),
                                        "note"))  # fmt: skip
    made = provenance(screen.view)
    said = _("Case {case}, SHA-256 {digest}, Citerne {version}, unknowns: {prior}.")
    lines.append(html.paragraph(said.format(case=made["case"], digest=made["case_digest"][:16],
                                            version=made["version"], prior=made["prior"]), "note"))  # fmt: skip
    lines.append(html.paragraph(screen.attribution, "note"))
    return "".join(lines)


def command_of(screen: Screen) -> str:
    """The command that gives the same run, with the levers in a policy file."""
    made = screen.results.provenance
    words = ["citerne", "run", made.case, "--seed", str(made.seed), "--days", str(made.days)]
    run = screen.state.run
    if any(screen.reader.controls[name].lever or name == "close" for name in run.values):
        words += ["--policy", "what-if.yaml"]
    elif "policy" in run.values:
        words += ["--policy", run.values["policy"]]
    for assumption in run.assumptions:
        words += ["--variant", assumption]
    return " ".join(words)


def policy_file(state: State, reader: Reader, label: str) -> str:
    """The levers of a run as a policy file of the case, over those of its named policy.

    A lever that is moved ends what the policy says of it, since a file may not set two values for one day.
    """
    policy = find_policy(reader.case, state.run.values.get("policy", RECORDED))
    outside = {control.lever for control in reader.controls.values() if control.group == "outside"}
    moved = [s for s in reader.settings(state.run) if s.lever not in outside]
    rows: list[tuple[str, str, float, Any, Any]] = []
    for s in policy.sets:
        over = [m for m in moved if m.lever == s.lever and m.end is None and m.target in ("all", s.target)]
        last = min([m.start - dt.timedelta(days=1) for m in over if m.start], default=None)
        if last is None or s.start is None or s.start <= last:
            rows.append((s.lever, s.target, s.value, s.start, min(filter(None, (s.end, last)), default=None)))
    rows += [(m.lever, m.target, m.value, m.start, m.end) for m in moved]
    lines = [f"name: {{en: {_quoted(label)}, fr: {_quoted(label)}}}", "description:"]
    lines += [f"  {lang}: {_quoted(label)}" for lang in ("en", "fr")]
    lines += ["sets:"] if rows else []
    for lever, target, value, first, last in rows:
        days = "".join(f", {name}: {day}" for name, day in (("from", first), ("until", last)) if day)
        where = f", target: {target}" if target != "all" else ""
        lines.append(f"  - {{lever: {lever}{where}, value: {value:.6g}{days}}}")
    lines += ["triggers:"] if policy.triggers else []
    lines += [f"  - {trigger.sentence()}" for trigger in policy.triggers]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
