"""The pages of the processes say what the code says."""

from __future__ import annotations

import made
import model_pages


def test_every_process_has_a_page_made_from_its_declarations() -> None:
    pages = model_pages.pages()
    assert len(pages) >= 8
    assert [path.name for path in made.stale(pages)] == []  # else: make pages
