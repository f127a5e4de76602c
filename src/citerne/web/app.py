"""The application: reads an address, asks the desk for the futures, draws the page or one of its files.

A page is made in two steps: the desk runs what the address asks for (threads of its own), then one thread draws. What
was drawn is kept by page, address and number of futures, so a page that nobody changed costs nothing.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from citerne.base.errors import UsageError
from citerne.base.text import _, current_language, speaking
from citerne.case.case import Case
from citerne.case.policies import RECORDED
from citerne.report.beside import Beside
from citerne.report.public import public_view
from citerne.report.view import detailed_view
from citerne.results.results import Results
from citerne.web.controls import controls_of
from citerne.web.desk import FIRST, FULL, BusyError, Desk
from citerne.web.figures import error_text
from citerne.web.judged import command_of, evidence_page, gain_keys, gains_of, plan_page, policy_file
from citerne.web.parts import FORMS, Block, Part, csv_file, json_of, part_html, svg_file
from citerne.web.screen import Key, Screen, Seen
from citerne.web.shell import document, error_document, page_title, progress_html
from citerne.web.society import measures, people_page, prices_page, state_page
from citerne.web.state import PAGES, Reader, Run, State
from citerne.web.supply import map_page, overview, stocks_page

STATIC = Path(__file__).resolve().parent / "static"
KEPT_BYTES = 48_000_000
MOST_DRAWN = 3
TYPES = {"csv": "text/csv", "svg": "image/svg+xml", "json": "application/json", "html": "text/html"}
SIMPLE: dict[str, Callable[[Screen], list[Block]]] = {
    "overview": overview, "map": map_page, "stocks": stocks_page, "prices": prices_page, "people": people_page,
    "state": state_page, "evidence": evidence_page,
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What the dashboard shows and how.

    Attributes
    ----------
    case : the case
    days, seed, unknowns, fresh_luck : as for a run
    public : first-level region and week only
    language : where an address names none
    threads : computing threads (0: one a core)
    full : futures that a run is filled up to in the background
    """

    case: Case
    days: int
    seed: int = 1
    unknowns: str = "case"
    fresh_luck: bool = False
    public: bool = False
    language: str = "en"
    threads: int = 0
    full: int = FULL


class Kept:
    """Answers by key, the oldest let go of when they take too much room."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self._held, self._lock = most_bytes, 0, threading.Lock()
        self._answers: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    def get(self, key: tuple[Any, ...]) -> bytes | None:
        """The answer, or None."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            return found

    def put(self, key: tuple[Any, ...], answer: bytes) -> None:
        """Keep an answer."""
        with self._lock:
            if key in self._answers:
                return
            self._answers[key] = answer
            self._held += len(answer)
            while self._held > self.most_bytes:
                _old, gone = self._answers.popitem(last=False)
                self._held -= len(gone)


class Dashboard:
    """Everything that answers."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.case = settings, settings.case
        self.reader = Reader(
            settings.case, controls_of(settings.case, public=settings.public), settings.language, measures()
        )
        self.desk = Desk(settings.case, self._plan, threads=settings.threads, full=settings.full)
        self.kept = Kept(KEPT_BYTES)
        self.drawn: OrderedDict[tuple[Any, ...], tuple[Screen, list[Block]]] = (
            OrderedDict()
        )  # by the one drawing thread
        self.drawing = ThreadPoolExecutor(1, thread_name_prefix="draw")
        self.gains: dict[tuple[Any, ...], dict[str, dict[Key, tuple[float, ...]]]] = {}
        self.pending: dict[Run, Future[Results]] = {}
        self.assets = tuple(self._asset(name) for name in ("citerne.css", "citerne.js"))

    def _plan(self, run: Run, members: int) -> Any:
        s = self.settings
        return self.reader.plan(run, days=s.days, members=members, seed=s.seed, unknowns=s.unknowns,
                                fresh_luck=s.fresh_luck)  # fmt: skip

    def _asset(self, name: str) -> str:
        stem, dot, end = name.partition(".")
        digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
        return f"/static/{stem}.{digest}{dot}{end}"

    def close(self) -> None:
        """Stop computing and drawing."""
        self.desk.close()
        self.drawing.shutdown(wait=False, cancel_futures=True)

    # -- answers -------------------------------------------------------------------------------------------------

    async def page(self, request: Request) -> Response:
        """A page, or all of it as a file: `/map`, `/map.csv`."""
        name, form = self._page_and_form(request.path_params.get("page", "") or "overview")
        state = self.reader.read(_query(request))
        return await self._answer(request, state, name, form, "")

    async def part(self, request: Request) -> Response:
        """One chart or table as a file: `/part/map/corridors.csv`."""
        name, _form = self._page_and_form(request.path_params["page"])
        part, _dot, form = request.path_params["part"].rpartition(".")
        if form not in FORMS:
            raise UnknownError
        state = self.reader.read(_query(request))
        return await self._answer(request, state, name, form, part)

    def _page_and_form(self, word: str) -> tuple[str, str]:
        name, _dot, form = word.partition(".")
        if name not in PAGES or (form or "html") not in TYPES or word == f"{name}.html":
            raise UnknownError
        return name, form or "html"

    async def progress(self, request: Request) -> Response:
        """How many futures there are of the run and of the one it is compared with."""
        state = self.reader.read(_query(request))
        have = [self.desk.progress(run) for run in dict.fromkeys((state.run, state.pin))]
        for run in dict.fromkeys((state.run, state.pin)):
            self.desk.ask(run)  # somebody still looks
        with speaking(state.lang):
            text = _("{n} of {full} futures").format(n=have[0], full=self.desk.full)
        payload = {"futures": have[0], "least": min(have), "full": self.desk.full, "text": text}
        return Response(json.dumps(payload, ensure_ascii=False), media_type="application/json",
                        headers={"cache-control": "no-store"})  # fmt: skip

    async def policy(self, request: Request) -> Response:
        """The levers as a policy file; it names corridors, so a public view has none."""
        if self.settings.public:
            raise UnknownError
        state = self.reader.read(_query(request))
        screen = await self._screen(state)
        with speaking(state.lang):
            text = policy_file(state, self.reader, screen.label(state.run))
        return Response(text, media_type="text/yaml; charset=utf-8", headers={"cache-control": "no-cache"})

    async def static(self, request: Request) -> Response:
        """The style sheet and the script; their addresses change with their content."""
        path = "/static/" + request.path_params["name"]
        if path not in self.assets:
            raise UnknownError
        name = "citerne." + path.rpartition(".")[2]
        kind = "text/css" if name.endswith("css") else "text/javascript"
        body = (STATIC / name).read_bytes()
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        return _packed(request, body, gzip.compress(body, 9, mtime=0), f"{kind}; charset=utf-8", headers)

    # -- making ----------------------------------------------------------------------------------------------------

    async def _results(self, state: State) -> list[Results]:
        runs = list(dict.fromkeys((state.run, state.pin)))
        futures = [self.desk.ask(run) for run in runs]
        return [await asyncio.shield(asyncio.wrap_future(future)) for future in futures]

    async def _screen(self, state: State) -> Screen:
        return self._screen_of(state, await self._results(state))

    def _screen_of(self, state: State, results: Sequence[Results], *, scored: bool = False) -> Screen:
        with speaking(state.lang):
            views = [self._view(one, scored and k == 0) for k, one in enumerate(results)]
        return Screen(views[0], views[1] if len(views) > 1 else None, state, self.reader)

    def _view(self, results: Results, scored: bool) -> Seen:
        from citerne.calibrate.score import score

        scores = score(results, self.case.rows("targets")).rows if scored and self.case.rows("targets") else None
        make = public_view if self.settings.public else detailed_view
        view = make(results, self.case, Beside(scores=scores))
        return Seen(**{name: getattr(view, name) for name in view.__dataclass_fields__})

    async def _answer(self, request: Request, state: State, page: str, form: str, part: str) -> Response:
        results = await self._results(state)
        counts = tuple(len(one.member_numbers) for one in results)
        waiting = self._waiting(state) if page == "plan" else 0
        key = (page, form, part, state.query(), counts, waiting)
        packed = self.kept.get(key)
        if packed is None:
            loop = asyncio.get_running_loop()
            packed = await loop.run_in_executor(self.drawing, self._make, state, results, page, form, part, waiting)
            self.kept.put(key, packed)
        headers = {"cache-control": "no-cache", "etag": f'"{hashlib.sha256(packed).hexdigest()[:20]}"'}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return _packed(request, None, packed, f"{TYPES[form]}; charset=utf-8", headers)

    def _make(self, state: State, results: Sequence[Results], page: str, form: str, part: str, waiting: int) -> bytes:
        with speaking(state.lang):
            screen, blocks = self._drawn(state, results, page, waiting)
            parts = [block for block in blocks if isinstance(block, Part)]
            if form == "html":
                text = self._document(screen, page, blocks)
            else:
                if part:
                    parts = [one for one in parts if one.name == part and form in one.forms]
                    if not parts:
                        raise UnknownError
                text = self._file(screen, page, parts, form)
        return gzip.compress(text.encode(), 6, mtime=0)

    def _drawn(self, state: State, results: Sequence[Results], page: str, waiting: int) -> tuple[Screen, list[Block]]:
        """What a page holds; the last pages are kept, since their files are often asked for next."""
        key = (page, state.query(), tuple(len(one.member_numbers) for one in results), waiting)
        if key not in self.drawn:
            screen = self._screen_of(state, results, scored=page == "evidence")
            if page == "plan":
                blocks = plan_page(screen, lambda: (self._gains(state), waiting))
            else:
                blocks = SIMPLE[page](screen)
            self.drawn[key] = (screen, blocks)
            while len(self.drawn) > MOST_DRAWN:
                self.drawn.popitem(last=False)
        return self.drawn[key]

    def _document(self, screen: Screen, page: str, blocks: Sequence[Block]) -> str:
        def link(name: str, form: str) -> str:
            return f"/part/{page}/{name}.{form}?{screen.state.query()}"

        shown = (
            block if isinstance(block, str) else "" if _is_bare(block) else part_html(block, link) for block in blocks
        )
        both = (screen.view, screen.other) if screen.other is not None else (screen.view,)
        least = min(view.members for view in both)
        text = error_text(screen) or _("{n} futures").format(n=screen.view.members)
        progress = progress_html(screen, text, least, self.desk.full, least < self.desk.full)
        return document(page, screen, "".join(shown), progress, self.assets)  # type: ignore[arg-type]

    def _file(self, screen: Screen, page: str, parts: Sequence[Part], form: str) -> str:
        made = screen.results.provenance
        about = {
            "page": page_title(page), "case": made.case, "case_sha256": made.case_digest, "version": made.version,
            "run": screen.label(screen.state.run),
            "compared_with": screen.label(screen.state.pin) if screen.other is not None else None,
            "futures": screen.view.members, "seed": made.seed, "query": screen.state.query(),
            "command": command_of(screen), "attribution": screen.attribution,
        }  # fmt: skip
        about = {name: value for name, value in about.items() if value is not None}
        if form == "csv":
            return csv_file(parts, about)
        if form == "json":
            return json.dumps(json_of(parts, about), ensure_ascii=False, allow_nan=False) + "\n"
        charts = [part.chart for part in parts if part.chart is not None]
        return svg_file(charts, f"{page_title(page)} – {about['run']} – {screen.source}")

    # -- policies of the plan page ----------------------------------------------------------------------------------

    def _base_of(self, state: State) -> Run:
        return Run({name: value for name, value in state.run.values.items() if name.startswith("assume_")})

    def _policy_runs(self, state: State) -> dict[str, Run]:
        base = self._base_of(state)
        names = self.reader.controls["policy"].words
        return {name: self.reader.run({**base.values, "policy": name}) for name in names if name != RECORDED}

    def _waiting(self, state: State) -> int:
        """Policies whose gain is not known yet; asks for the next ones."""
        if self.settings.public:
            return 0
        known = self.gains.setdefault(("gains", self._base_of(state).query()), {})
        waiting = {name: run for name, run in self._policy_runs(state).items() if name not in known}
        if not waiting:
            return 0
        base = self._pending(self._base_of(state))
        for name, run in list(waiting.items())[: 2 * self.desk.threads]:
            future = self._pending(run)
            if future.done() and base.done():
                with speaking(state.lang):
                    screen = self._screen_of(state, [base.result()])
                known[name] = gains_of(_first(future.result()), _first(base.result()), gain_keys(screen))
                del self.pending[run]
        left = len([name for name in waiting if name not in known])
        if not left:
            self.pending.clear()
        return left

    def _pending(self, run: Run) -> Future[Results]:
        """A run whose first futures are wanted, held here until they have been used."""
        if run not in self.pending:
            self.pending[run] = self.desk.ask(run, fill=False)
        return self.pending[run]

    def _gains(self, state: State) -> dict[str, dict[Key, tuple[float, ...]]]:
        return dict(self.gains[("gains", self._base_of(state).query())])


def _first(results: Results) -> Results:
    """The first futures of a run, so that a table does not depend on how far a run was filled."""
    from dataclasses import replace

    return replace(results, values=results.values[:, :, :FIRST], member_numbers=results.member_numbers[:FIRST])


def _is_bare(part: Part) -> bool:
    """Whether a part is numbers only, drawn elsewhere on its page."""
    return part.chart is None and not part.header


class UnknownError(Exception):
    """There is no such page."""


def _query(request: Request) -> str:
    return request.scope["query_string"].decode("latin-1")  # type: ignore[no-any-return]


def _packed(request: Request, body: bytes | None, packed: bytes, kind: str, headers: dict[str, str]) -> Response:
    """The body packed where the reader takes that."""
    headers = {**headers, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type=kind, headers={**headers, "content-encoding": "gzip"})
    return Response(gzip.decompress(packed) if body is None else body, media_type=kind, headers=headers)


def make_app(dashboard: Dashboard) -> Starlette:
    """The application that serves a dashboard."""

    async def refused(request: Request, error: Exception) -> Response:
        lang = request.query_params.get("lang", "")
        with speaking(lang or dashboard.settings.language):
            if isinstance(error, UsageError):
                status, title, text = 400, _("This address cannot be shown"), str(error)
            elif isinstance(error, BusyError):
                status, title, text = 503, _("Too busy"), str(error)
            else:
                status, title, text = 404, _("There is no such page"), _("The overview has links to every page.")
            body = error_document(status, title, text, current_language(), dashboard.assets[0])
        return Response(body, status, media_type="text/html; charset=utf-8", headers={"cache-control": "no-store"})

    routes = [
        Route("/", dashboard.page),
        Route("/progress", dashboard.progress),
        Route("/policy.yaml", dashboard.policy),
        Route("/static/{name}", dashboard.static),
        Route("/part/{page}/{part}", dashboard.part),
        Route("/{page}", dashboard.page),
    ]
    from starlette.exceptions import HTTPException

    handlers: Any = {UsageError: refused, BusyError: refused, UnknownError: refused, HTTPException: refused}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app
