"""A person goes from four files to `citerne run mycase` by following one page: the page is followed to the letter."""

from __future__ import annotations

import csv
from pathlib import Path

from citerne.model.check import load_checked
from doc_blocks import ROOT, blocks, run

PAGE = ROOT / "docs" / "tutorials" / "four_files.md"


def test_following_the_page_leads_to_a_run(tmp_path: Path) -> None:
    rows = [run(block, tmp_path) for block in blocks(PAGE)]
    assert [row["result"] for row in rows] == ["run"] * len(rows)
    for name in ("extract.osm.pbf", "towns.csv", "prices.csv", "events.csv", "mycase/FIND_OUT_FIRST.md"):
        assert (tmp_path / name).stat().st_size > 0
    assert (tmp_path / "runs" / "mycase" / "report.html").exists()
    case = load_checked(tmp_path / "mycase")
    # each of the four files has left its mark
    assert {row["border_place"] for row in case.rows("corridors")} >= {"north_gate", "east_gate"}
    assert next(row for row in case.rows("places") if row["place"] == "alta")["population"] == 400_000
    assert {row["product"]: row["price_pump"] for row in case.rows("products")} == {"gasoline": 905, "diesel": 855}
    weight = {frozenset((r["from_place"], r["to_place"])): r["hazard_weight"] for r in case.rows("roads")}
    assert weight[frozenset(("brava", "duna"))] == max(weight.values()) > 2  # where the page puts its events
    with (tmp_path / "runs" / "mycase" / "series.csv").open(encoding="utf-8") as file:
        assert {row["place"] for row in csv.DictReader(file)} >= {"alta", "brava", "practiceland"}
