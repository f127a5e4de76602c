"""What stands before every request: limits, who may ask, and the headers that keep a page to itself.

The dashboard only reads: it answers GET and HEAD and nothing else, so there is no upload and nothing to change.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

from citerne.base.text import LANGUAGES, _, speaking

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
)
LONGEST_PATH, LONGEST_QUERY, MOST_HEADERS, LARGEST_BODY = 120, 3000, 60, 4096
COOKIE = "citerne"


class Guard:
    """Wraps the application.

    Parameters
    ----------
    app : what answers
    hosts : names in `Host` that are ours; empty for any (a page elsewhere may otherwise point its name at us)
    token : what must be shown, or empty
    language : of refusals
    """

    def __init__(self, app: Any, *, hosts: Iterable[str] = (), token: str = "", language: str = "en") -> None:
        self.app, self.hosts, self.token = app, frozenset(hosts), token
        self.language = language if language in LANGUAGES else "en"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        with speaking(self.language):
            refusal = self._refusal(scope)
        if refusal is not None:
            await _plain(send, *refusal)
            return
        entered = self._entered(scope)
        if entered is not None:
            await _plain(send, 303, "", *entered)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _value in message["headers"]}
                extra = [(k.encode(), v.encode()) for k, v in HEADERS if k.encode() not in given]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self.app(scope, receive, guarded)

    def _refusal(self, scope: Any) -> tuple[int, str] | None:
        """Status and text for a request that is not let through."""
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers[name.decode("latin-1").lower()] = value.decode("latin-1")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return 413, _("This server takes no uploads.")
        if scope["method"] not in ("GET", "HEAD"):
            return 405, _("This server only answers GET and HEAD; nothing was changed.")
        if length != "0" or "transfer-encoding" in headers:
            return 400, _("A request to read takes no body.")
        if len(scope["raw_path"]) > LONGEST_PATH or len(scope["query_string"]) > LONGEST_QUERY:
            return 414, _("The address is too long: at most {most} letters.").format(most=LONGEST_QUERY)
        if len(scope["headers"]) > MOST_HEADERS:
            return 431, _("Too many headers.")
        if self.hosts and _host(headers.get("host", "")) not in self.hosts:
            return 400, _("This server does not answer to that name.")
        if self.token and not (self._knows(headers.get("cookie", "")) or self._shown(scope)):
            return 401, _("Open the address with the token that the server printed when it started.")
        return None

    def _knows(self, cookie: str) -> bool:
        try:
            held = SimpleCookie(cookie).get(COOKIE)
        except CookieError:
            return False
        return held is not None and hmac.compare_digest(held.value.encode(), self.token.encode())

    def _shown(self, scope: Any) -> bool:
        words = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        return hmac.compare_digest(words.get("token", "").encode(), self.token.encode())

    def _entered(self, scope: Any) -> tuple[tuple[str, str], ...] | None:
        """Headers that swap a token in the address for a cookie, so that it stands in no history and no link."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"))
        if not self.token or not any(name == "token" for name, _value in pairs):
            return None
        rest = urlencode([(name, value) for name, value in pairs if name != "token"])
        path = scope["raw_path"].decode("latin-1")
        where = ("/" + path.lstrip("/")) + (f"?{rest}" if rest else "")
        held = f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/"
        return (("location", where), ("set-cookie", held))


def _host(text: str) -> str:
    """The name in a Host header, without its port."""
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    return text.partition(":")[0].lower()


def is_loopback(host: str) -> bool:
    """Whether an address to bind is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


async def _plain(send: Any, status: int, text: str, *extra: tuple[str, str]) -> None:
    """A short plain answer after which the connection ends, so that no body need be read."""
    body = (text + "\n").encode() if text else b""
    headers = [("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body))),
               ("cache-control", "no-store"), ("connection", "close"), *HEADERS, *extra]  # fmt: skip
    if status == 405:
        headers.append(("allow", "GET, HEAD"))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
