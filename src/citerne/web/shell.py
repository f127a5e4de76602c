"""The frame of every page: what it is, the pages, the levers, the progress, the language."""

from __future__ import annotations

from html import escape

from citerne.base.text import LANGUAGES, _, number
from citerne.report.html import tag
from citerne.report.words import simulation_line
from citerne.web.controls import Control, group_title, title_of
from citerne.web.screen import Screen, choice_word, describe, number_text
from citerne.web.state import PAGES, Run, State

LANGUAGE_NAMES = {"en": "English", "fr": "Français"}
GROUPS = ("when", "roads", "pumps", "trucks", "outside", "assume")


def page_title(page: str) -> str:
    """Name of a page."""
    return {
        "overview": _("Overview"), "map": _("Map"), "stocks": _("Stocks and pipeline"),
        "prices": _("Prices, queues, power"), "people": _("People and facilities"), "state": _("State and outcomes"),
        "plan": _("Plan"), "evidence": _("Evidence"),
    }[page]  # fmt: skip


def address(page: str, state: State) -> str:
    """Address of a page in a state."""
    return f"/{'' if page == 'overview' else page}?{state.query()}"


def document(page: str, screen: Screen, body: str, progress: str, assets: tuple[str, str]) -> str:
    """A whole page."""
    state, case = screen.state, screen.view.case
    title = escape(f"{page_title(page)} – {case.title()} – {simulation_line()}")
    css, js = assets
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{title}</title><link rel="stylesheet" href="{css}"><script src="{js}" defer></script>'
        '<link rel="icon" href="data:,">'
    )
    top = tag("a", escape(_("Skip to the figures")), href="#view", class_="skip") + _top(page, screen)
    view = tag("h1", escape(page_title(page))) + progress + body + _files(page, state)
    main = tag("main", view, id="view", tabindex="-1")
    words = f'data-query="{escape(state.query(), quote=True)}" data-page="{page}"'
    return (
        f'<!DOCTYPE html><html lang="{state.lang}"><head>{head}</head><body {words}>{top}'
        f'<div class="desk">{main}{_levers(page, screen)}</div>{_foot(screen)}</body></html>\n'
    )


def _top(page: str, screen: Screen) -> str:
    state = screen.state
    links = "".join(
        tag("a", escape(page_title(name)), href=address(name, state), aria_current="page" if name == page else "")
        for name in PAGES
    )
    languages = " ".join(
        tag("a", escape(LANGUAGE_NAMES[code]), href=address(page, state.with_(lang=code)), lang=code, hreflang=code,
            aria_current="true" if code == state.lang else "")
        for code in LANGUAGES
    )  # fmt: skip
    name = tag("span", "citerne", class_="name") + " " + tag("span", escape(screen.view.case.title()), class_="case")
    warn = tag("strong", escape(simulation_line()), class_="warn")
    line = tag("div", tag("div", name) + warn + tag("div", languages, class_="languages"), class_="line")
    levers = tag("a", escape(_("Levers")), href="#levers", class_="to-levers")
    pages = tag("nav", links + levers, aria_label=_("Pages"), class_="pages")
    return tag("header", line + pages)


def _files(page: str, state: State) -> str:
    links = " ".join(
        tag("a", form.upper(), href=f"/{page}.{form}?{state.query()}", download=f"citerne-{page}.{form}",
            aria_label=_("{form}: all of this page").format(form=form.upper()))
        for form in ("csv", "svg", "json")
    )  # fmt: skip
    return tag("p", escape(_("All of this page:")) + " " + links, class_="files whole")


def progress_html(screen: Screen, text: str, have: int, full: int, busy: bool) -> str:
    """How many futures stand behind the page, and what it is compared with."""
    state = screen.state
    bar = (
        f'<progress max="{full}" value="{have}" aria-label="{escape(_("Futures computed"), quote=True)}"></progress> '
        if busy
        else ""
    )
    said = tag("span", escape(text), id="count")
    again = tag("noscript", " " + tag("a", escape(_("Load again for more futures.")), href="")) if busy else ""
    status = tag("p", bar + said + again, class_="progress", id="progress", data_busy="1" if busy else "")
    pinned = _("Compared with: {run}").format(run=describe(state.pin, screen.reader, screen.view))
    links = []
    if screen.other is not None:
        links.append(_link(_("Compare others with this run"), state.with_(pin=state.run)))
        links.append(_link(_("Go to the run compared with"), state.with_(run=state.pin, pin=Run({}))))
    if state.pin.values:
        links.append(_link(_("Compare with the record again"), state.with_(pin=Run({}))))
    return status + tag("p", escape(pinned) + " " + " ".join(links), class_="pinned")


def _link(text: str, state: State) -> str:
    return tag("a", escape(text), href=f"?{state.query()}")


def _levers(page: str, screen: Screen) -> str:
    """The levers as a plain form that works without scripts."""
    state, controls = screen.state, list(screen.reader.controls.values())
    parts = []
    for group in GROUPS:
        held = [control for control in controls if control.group == group]
        if held:
            rows = "".join(_control(control, screen) for control in held)
            parts.append(tag("fieldset", tag("legend", escape(group_title(group))) + rows))
    hidden = {"lang": state.lang, "measure": state.measure, "pin": state.pin.query()}
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value, quote=True)}">'
        for name, value in hidden.items()
        if value
    )
    reset = _link(_("Undo all changes"), state.with_(run=Run({})))
    buttons = tag("p", tag("button", escape(_("Show what happens"))) + " " + reset, class_="buttons")
    hint = tag("p", escape(_("Left empty, a lever stays as recorded. Changes hold from the start day to the end.")),
               class_="note")  # fmt: skip
    action = "/" if page == "overview" else f"/{page}"
    form = (
        f'<form id="levers-form" method="get" action="{action}" data-live autocomplete="off">{fields}{buttons}'
        f"{''.join(parts)}</form>"
    )
    return tag("aside", tag("h2", escape(_("What if"))) + hint + form, id="levers", aria_label=_("Levers"))


def _control(control: Control, screen: Screen) -> str:
    value = screen.state.run.values.get(control.id, "")
    title = escape(title_of(control, screen.view.names))
    field = f'id="l-{control.id}" name="{control.id}"'
    if control.kind == "choice":
        body = f"<select {field}>{_options(control, value, screen)}</select>"
    elif control.kind == "day":
        low, high = control.words
        body = f'<input type="date" {field} min="{low}" max="{high}" value="{value or control.default}">'
    elif control.kind == "yes":
        on = " checked" if value in ("1", "on") else ""
        box = f'<input type="checkbox" {field} value="1"{on}>'
        return tag("div", f'<label for="l-{control.id}">{box} {title}</label>', class_="lever yes")
    else:
        body = _number_field(control, value, field)
    return tag("div", f'<label for="l-{control.id}">{title}</label>{body}', class_=f"lever {control.kind}")


def _number_field(control: Control, value: str, field: str) -> str:
    shown = value or control.default
    used = ""
    if control.used is not None and control.used[0] < control.used[1]:
        low, high = max(control.used[0], control.low), min(control.used[1], control.high)
        used = f' data-used="{low:g} {high:g}"'
    hint = ""
    if control.lever:
        hint = (
            _("as estimated")
            if control.recorded is None
            else _("as recorded: {n}").format(n=number_text(control.recorded))
        )
    recorded = "" if control.recorded is None else f' data-recorded="{control.recorded:g}"'
    return (
        f'<input type="number" {field} min="{control.low:g}" max="{control.high:g}" step="any"'
        f' data-step="{control.step:g}"'
        f'{used}{recorded} value="{shown}" placeholder="{escape(hint, quote=True)}">'
    )


def _options(control: Control, value: str, screen: Screen) -> str:
    current = value or control.default
    return "".join(
        f'<option value="{escape(word, quote=True)}"{" selected" if word == current else ""}>'
        f"{escape(choice_word(control, word, screen.reader, screen.view))}</option>"
        for word in control.words
    )


def _foot(screen: Screen) -> str:
    made = screen.results.provenance
    text = _("Citerne {version}, case {case}, seed {seed}. {warning}. Nothing on this page comes from outside.")
    said = text.format(version=made.version, case=made.case, seed=number(made.seed), warning=simulation_line())
    return tag("footer", tag("p", escape(said)) + tag("p", escape(screen.attribution)))


def error_document(status: int, title: str, text: str, lang: str, css: str) -> str:
    """A plain page that says what was wrong with a request."""
    body = (
        tag("p", escape(simulation_line()), class_="warn") + tag("h1", escape(title)) + tag("p", escape(text))
        + tag("p", tag("a", escape(_("To the overview")), href=f"/?lang={lang}"))
    )  # fmt: skip
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport"'
        f' content="width=device-width,initial-scale=1"><title>{status} {escape(title)}</title>'
        f'<link rel="stylesheet" href="{css}"><link rel="icon" href="data:,"></head>'
        f'<body><main class="error">{body}</main></body></html>\n'
    )
