"""The report in a real browser: two A4 pages in both languages, full and public."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from citerne.api import load, run
from citerne.calibrate.score import score
from citerne.report.page import write_report
from proving import write_proof

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
A4_POINTS = (595, 842)


def print_pages(page: Path) -> list[tuple[float, float]]:
    """Sizes of the pages that a browser without network prints, in points."""
    pdf = page.with_suffix(".pdf")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
               "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer", f"--print-to-pdf={pdf}",
               page.as_uri()]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    sheets = re.findall(rb"/Type /Page\b(?!s).*?/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf.read_bytes(), re.DOTALL)
    return [(float(w), float(h)) for w, h in sheets]


@pytest.mark.prove
def test_the_report_prints_to_two_a4_pages_in_both_languages(tmp_path):
    if BROWSER is None:
        pytest.skip("no Chromium on this machine")
    case = load("mali")
    results = run(case, members=200)
    scores = score(results, case.rows("targets")).rows
    figures = {}
    for language in ("en", "fr"):
        for public in (False, True):
            path = tmp_path / f"{language}-{public}.html"
            began = time.perf_counter()
            size = write_report(results, case, path, language, public, scores=scores)
            seconds = time.perf_counter() - began
            sheets = print_pages(path)
            figures[f"{language}{'-public' if public else ''}"] = {
                "pages": len(sheets), "bytes": size, "seconds": round(seconds, 2)
            }  # fmt: skip
            assert len(sheets) == 2
            assert all(sheet == pytest.approx(A4_POINTS, abs=1.5) for sheet in sheets)
    command = "python -m pytest -m prove tests/law/test_report_prints.py"
    claim = "the report prints on two A4 pages, full and public, in both languages"
    write_proof("report_print", claim, command, members=200, reports=figures)
