"""The report in a real browser: two A4 pages in both languages, full and public."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import time
from contextlib import nullcontext
from html import unescape
from pathlib import Path

import pytest

from citerne.api import load, run
from citerne.base.text import speaking
from citerne.cli.report import found_beside
from citerne.report.page import write_report
from proving import write_proof
from pseudo import longer_texts
from report_runs import a_plan

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
QUIET = (BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--host-resolver-rules=MAP * ~NOTFOUND")  # fmt: skip
A4_POINTS = (595, 842)


def print_pages(page: Path) -> list[tuple[float, float]]:
    """Sizes of the pages that a browser without network prints, in points."""
    pdf = page.with_suffix(".pdf")
    command = [*QUIET, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    sheets = re.findall(rb"/Type /Page\b(?!s).*?/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf.read_bytes(), re.DOTALL)
    return [(float(w), float(h)) for w, h in sheets]


# Rules of print laid on the screen, so that a script can measure the pages; the report itself runs none.
MEASURE = """<script>document.body.style.width="190mm";const cut=[];
for(const s of document.querySelectorAll("section")){const page=s.getBoundingClientRect();
 for(const e of s.querySelectorAll("p,li,td,th,h1,h2,h3,code,.card div")){const b=e.getBoundingClientRect();
  if(b.width&&(b.right>page.right+1||b.left<page.left-1))cut.push(e.textContent.slice(0,40));}
 for(const g of s.querySelectorAll("svg")){const f=g.getBoundingClientRect();
  for(const t of g.querySelectorAll("text")){const b=t.getBoundingClientRect();
   if(b.width&&(b.right>f.right+1.5||b.left<f.left-1.5||b.top<f.top-1.5||b.bottom>f.bottom+1.5))
    cut.push(t.textContent.slice(0,40));}}}
const mm=[...document.querySelectorAll("section")].map(s=>s.getBoundingClientRect().height*25.4/96);
document.title=JSON.stringify({cut:cut,mm:mm});</script></body>"""


def measured(page: Path) -> dict[str, list[float]]:
    """Heights of the printed pages in mm, and texts that stick out of the page or of their figure."""
    text = page.read_text(encoding="utf-8").replace("@media print{", "@media all{")
    text = text.replace("@media(max-width:700px)", "@media(max-width:7px)").replace("</body>", MEASURE)
    text = text.replace("max-width:210mm;margin:12px auto;padding:10mm", "")
    copy = page.with_suffix(".measured.html")
    copy.write_text(text, encoding="utf-8")
    command = [*QUIET, "--window-size=718,3000", "--dump-dom", copy.as_uri()]
    dom = subprocess.run(command, check=True, capture_output=True, timeout=120, text=True, encoding="utf-8").stdout
    found: dict[str, list[float]] = json.loads(unescape(re.search(r"<title>(.*?)</title>", dom, re.DOTALL)[1]))
    return found


@pytest.mark.prove
def test_the_report_prints_to_two_a4_pages_and_cuts_no_text(tmp_path):
    """In both languages, full and public, with a plan and without, and in a language a third longer."""
    if BROWSER is None:
        pytest.skip("no Chromium on this machine")
    case = load("mali")
    results = run(case, members=200)
    figures = {}
    ways = [(language, public, plan) for language in ("en", "fr", "longer") for public in (False, True)
            for plan in (False, True) if not (public and plan)]  # fmt: skip
    for language, public, plan in ways:
        name = f"{language}{'-public' if public else ''}{'-plan' if plan else ''}"
        path = tmp_path / f"{name}.html"
        with longer_texts() if language == "longer" else nullcontext(language) as code:
            with speaking(code):
                beside = dataclasses.replace(found_beside(results, case), plan=a_plan() if plan else None)
            began = time.perf_counter()
            size = write_report(results, case, path, code, public, beside=beside)
            seconds = time.perf_counter() - began
        sheets, seen = print_pages(path), measured(path)
        figures[name] = {
            "pages": len(sheets), "bytes": size, "seconds": round(seconds, 2), "texts_cut": len(seen["cut"]),
            "fullest_page_mm": round(max(seen["mm"]), 1),
        }  # fmt: skip
        assert len(sheets) == 2, name
        assert all(sheet == pytest.approx(A4_POINTS, abs=1.5) for sheet in sheets)
        assert seen["cut"] == [], name
    command = "python -m pytest -m prove tests/law/test_report_prints.py"
    claim = (
        "the report prints on two A4 pages and cuts no text, full and public, in both languages and one a third longer"
    )
    write_proof("report_print", claim, command, members=200, reports=figures)
