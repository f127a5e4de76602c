"""A report as PDF: by WeasyPrint (the extra `pdf`), else by a browser that is there, whose files are larger."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from citerne.base.errors import MissingPartError
from citerne.base.text import _

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge",
            "microsoft-edge")  # fmt: skip
SECONDS = 120


def write_pdf(page: Path) -> Path:
    """Print a report file to a PDF beside it.

    Returns
    -------
    Path : the PDF, readable by its owner only if the page is

    Raises
    ------
    MissingPartError : neither a browser of the Chromium kind nor WeasyPrint is there, or none of them could print
    """
    target = page.with_suffix(".pdf")
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if not (_print_by_library(page, target) or (browser and _print_by_browser(browser, page, target))):
        text = _(
            "A PDF needs pip install 'citerne[pdf]' (with Pango), or Chromium, Chrome or Edge on this machine; any"
            " browser prints {path} as well."
        )
        raise MissingPartError(text.format(path=page))
    target.chmod(page.stat().st_mode & 0o777)
    return target


def _print_by_browser(browser: str, page: Path, target: Path) -> bool:
    """Without a profile of the user's and without network."""
    with tempfile.TemporaryDirectory(prefix="citerne-") as profile:
        draft = Path(profile) / "report.pdf"
        command = [browser, "--headless", "--disable-gpu", "--no-sandbox", "--disable-background-networking",
                   "--disable-extensions", f"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND",
                   "--no-pdf-header-footer", f"--print-to-pdf={draft}", page.resolve().as_uri()]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
        except (OSError, subprocess.SubprocessError):
            return False
        if not draft.is_file():
            return False
        shutil.copyfile(draft, target)
    return True


def _print_by_library(page: Path, target: Path) -> bool:
    try:
        from weasyprint import HTML
    except (ImportError, OSError):  # OSError: its own libraries (Pango) are not on the system
        return False
    HTML(filename=str(page), url_fetcher=_no_request).write_pdf(str(target))
    return True


def _no_request(address: str) -> dict[str, object]:
    raise ValueError(f"a report asks for nothing from outside, found {address}")
