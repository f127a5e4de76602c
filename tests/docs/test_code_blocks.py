"""Code in the documentation runs as written."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from doc_blocks import READ, ROOT, RUN, blocks, every_block, pages, run
from proving import write_proof

BLOCKS = list(every_block())
COMMAND = "python -m pytest -m prove tests/docs/test_code_blocks.py"
MOST_NOT_RUN = 12
# pages of toy cases: cheap enough for every test run
SAMPLE = ("tutorials/new_country", "guides/new_process", "guides/new_importer")


def test_every_block_says_what_language_it_is_in():
    assert [block.where for block in BLOCKS if block.language not in (*RUN, *READ)] == []
    assert len([block for block in BLOCKS if block.language in RUN]) >= 30


def test_few_blocks_are_left_out_and_each_says_why():
    left_out = [block for block in BLOCKS if block.not_run]
    assert all(len(block.not_run) > 15 for block in left_out)
    assert len(left_out) <= MOST_NOT_RUN, [block.where for block in left_out]


@pytest.mark.parametrize("page", SAMPLE)
def test_a_page_runs_as_written(page: str, tmp_path: Path):
    rows = [run(block, tmp_path) for block in blocks(ROOT / "docs" / f"{page}.md")]
    assert any(row["result"] == "run" for row in rows)


def test_a_block_that_fails_is_noticed(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("```sh\nciterne check no_such_case\n```\n", encoding="utf-8")
    (block,) = blocks(page, tmp_path)
    with pytest.raises(AssertionError, match=r"page.md:1 ended with 2, not 0"):
        run(block, tmp_path)


@pytest.mark.prove
def test_every_block_of_every_page_runs_as_written(tmp_path: Path):
    rows: dict[str, list[dict[str, object]]] = {}
    failed: list[str] = []
    began = time.perf_counter()
    for page in pages():
        folder = tmp_path / page.stem
        folder.mkdir(exist_ok=True)
        for block in blocks(page):
            try:
                row = run(block, folder)
            except AssertionError as error:
                failed.append(str(error))
                row = {"line": block.line, "language": block.language, "result": "failed"}
            if row["result"] != "read":
                rows.setdefault(block.page, []).append(row)
    flat = [row for page_rows in rows.values() for row in page_rows]
    counts = {kind: sum(row["result"] == kind for row in flat)
              for kind in ("run", "written", "run instead", "not run", "failed")}  # fmt: skip
    write_proof("docs_blocks", "every code block of the documentation and the README runs", COMMAND,
                counts=counts, seconds=round(time.perf_counter() - began), pages=rows)  # fmt: skip
    assert not failed, "\n\n".join(failed)
