"""Starts the server: on this machine only unless told otherwise, patient with slow readers but not with slow askers."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.web.app import Dashboard, Settings, make_app
from citerne.web.guard import Guard, is_loopback

ASK_S = 10.0  # time to send a whole request
KEEP_ALIVE_S = 20
MOST_CONNECTIONS = 256
LARGEST_HEAD = 16_384
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class Impatient(H11Protocol):
    """Ends a connection on which a request is not complete in time."""

    ask_s = ASK_S
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE and self.conn.their_state is not h11.SEND_BODY:
            self._stop()

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(self.ask_s, self._too_slow)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(
                b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n"
                b"connection: close\r\n\r\nToo slow\n"
            )
        self.transport.close()


def application(settings: Settings, *, host: str = "127.0.0.1", token: str = "") -> tuple[Dashboard, Guard]:
    """A dashboard and the guarded application that serves it."""
    dashboard = Dashboard(settings)
    names = LOOPBACK_NAMES if is_loopback(host) else ()
    return dashboard, Guard(make_app(dashboard), hosts=names, token=token, language=settings.language)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; UsageError where the port is taken or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        text = _("Cannot listen on {host}:{port} ({why}); choose another with --port.")
        raise UsageError(text.format(host=host, port=port, why=error)) from None
    return listener


def server(app: Any) -> uvicorn.Server:
    """A server with its limits."""
    config = uvicorn.Config(
        app, http=Impatient, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
        proxy_headers=False, limit_concurrency=MOST_CONNECTIONS, timeout_keep_alive=KEEP_ALIVE_S,
        h11_max_incomplete_event_size=LARGEST_HEAD, timeout_graceful_shutdown=3,
    )  # fmt: skip
    return uvicorn.Server(config)


def serve(app: Any, listener: socket.socket) -> None:
    """Serve until interrupted."""
    server(app).run(sockets=[listener])
