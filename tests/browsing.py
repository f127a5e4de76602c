"""A real browser for tests, where there is one; every request that it makes is noted."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from web_pages import BROWSER

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
AXE = "axe-core@4"
CACHE = Path.home() / ".cache" / "citerne-tests"


@contextmanager
def a_browser() -> Iterator:
    """Headless Chromium; skips the test, saying so, where there is none."""
    if BROWSER is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Watch:
    """Notes what a page asks for, and what goes wrong on it."""

    def __init__(self, page, home: str) -> None:
        self.home, self.asked, self.outside, self.wrong = urlsplit(home).netloc, [], [], []
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def _request(self, request) -> None:
        if not request.url.startswith("data:"):
            self.asked.append(request.url)
            if urlsplit(request.url).netloc != self.home:
                self.outside.append(request.url)

    def _failed(self, request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # a page that is left, or a download
            self.wrong.append(f"{request.url}: {request.failure}")


def axe_script() -> str:
    """The text of axe-core, fetched once by npm into a cache; skips, saying so, where it cannot be had."""
    found = CACHE / "axe.min.js"
    if not found.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        try:
            done = subprocess.run(["npm", "pack", AXE, "--silent"], cwd=CACHE, capture_output=True, text=True,
                                  check=True, timeout=120)  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"axe-core cannot be had: {error}")
        with tarfile.open(CACHE / done.stdout.strip().splitlines()[-1]) as pack:
            member = pack.extractfile("package/axe.min.js")
            assert member is not None
            found.write_bytes(member.read())
    return found.read_text(encoding="utf-8")
