"""A dashboard for tests: in this process behind a test client, or served on loopback by a process of its own."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote

from citerne.case.case import load
from citerne.web.app import Settings
from citerne.web.server import application

PAGES = ("overview", "map", "stocks", "prices", "people", "state", "plan", "evidence")
SOUTH = "close=roads_south&days=14&diesel=60"
BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
START = "from citerne.cli.main import main; import sys; main(sys.argv[1:])"


def path_of(page: str, query: str = "") -> str:
    """Address of a page without its host."""
    return f"/{'' if page == 'overview' else page}" + (f"?{query}" if query else "")


def dashboard_of(case: str = "mali", **options):
    """A dashboard and its guarded application."""
    loaded = load(case)
    days = options.pop("days", loaded.header.days)
    token = options.pop("token", "")
    host = options.pop("host", "127.0.0.1")
    return application(Settings(loaded, days, **options), host=host, token=token)


@contextmanager
def served(*words: str, case: str = "mali") -> Iterator[str]:
    """The verb `serve` in a process of its own; gives its address."""
    command = [sys.executable, "-c", START, "serve", case, "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().rstrip("/")
        finally:
            process.terminate()
            process.wait(timeout=20)


@dataclass(frozen=True)
class Answer:
    """What an application answered."""

    status_code: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class Client:
    """Asks an application directly, with paths and headers exactly as given; keeps the cookie that it was handed."""

    def __init__(self, app, host: str = "localhost") -> None:
        self.app, self.host, self.cookie = app, host, ""

    def get(self, address: str, headers=()) -> Answer:
        """Read an address."""
        return self.request("GET", address, headers)

    def request(self, method: str, address: str, headers=(), body: bytes = b"") -> Answer:
        """Any request."""
        path, _mark, query = address.partition("?")
        given = {"host": self.host, **dict(headers)}
        if body:
            given["content-length"] = str(len(body))
        if self.cookie:
            given.setdefault("cookie", self.cookie)
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode("utf-8", "replace"),
            "root_path": "", "headers": [(k.encode(), v.encode()) for k, v in given.items()],
            "client": ("127.0.0.1", 1), "server": (self.host, 80),
        }  # fmt: skip
        return asyncio.run(self._ask(scope, body))

    async def _ask(self, scope, body: bytes) -> Answer:
        start, parts = {}, []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        if "set-cookie" in headers:
            self.cookie = headers["set-cookie"].partition(";")[0]
        return Answer(start["status"], headers, b"".join(parts))


class Seen(HTMLParser):
    """Visible text, element names and their attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._quiet = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._quiet += tag in ("script", "style")

    def handle_endtag(self, tag):
        self._quiet -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._quiet and data.strip():
            self.words.append(re.sub(r"\s+", " ", data.strip()))
