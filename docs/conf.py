"""How the pages in this folder become a site: `make docs`, offline, warnings as errors."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "docs" / "_ext"), str(ROOT / "tools"), str(ROOT / "src")]

import proofs  # noqa: E402

import citerne  # noqa: E402

project = "Citerne"
author = "The Citerne authors"
copyright = "the Citerne authors, MIT licence"  # noqa: A001 (Sphinx's name)
release = citerne.__version__
extensions = ["myst_parser", "mathml"]
myst_enable_extensions = ["dollarmath", "fieldlist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_ext"]
html_theme = "furo"
html_title = f"Citerne {release}"
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False
templates_path: list[str] = []
# the page of proofs depends on the history of git, so it is made anew with each build and never stored
proofs.PAGE.write_text(proofs.page(proofs.states()), encoding="utf-8")
