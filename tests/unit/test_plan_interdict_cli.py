"""The verb `interdict`: both layouts, what it prints, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from citerne.base.errors import UsageError
from citerne.cli.main import main
from citerne.plan.cuts import Segment, worst_cuts

INTEGER = "tail,head,cost_f1,cost_f2,delay_raw,delay_effective\n0,1,4,9,3,3\n0,2,5,2,3,3\n1,3,4,4,3,0\n2,3,4,9,3,3\n"
NAMED = "StartNode,EndNode,Cost,Capacity,Attackable\nStart,A,1,7,1\nA,End,1,9,0\nStart,End,5,4,1\n"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def call(text: str, *options: str, name: str = "arcs.csv") -> tuple[int, str, str]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        code = 0
        try:
            main(["--lang", "en", "interdict", str(tmp_path / name), *options])
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def answer(run, text: str, *options: str) -> dict:
    code, out, err = run(text, *options, "--json")
    assert code == 0, err
    return json.loads(out)


def test_the_integer_layout_goes_from_first_to_last_node_with_the_effective_delay(run):
    found = answer(run, INTEGER, "--kind", "shortest-path", "--budget", "1", "--follower", "cost_f1")
    assert {"objective", "arcs", "optimal", "gap", "seconds"} <= set(found)
    assert found["objective"] == 9  # the way by 1 grows to 11, the way by 2 stays at 9
    assert found["arcs"] == [{"tail": 0, "head": 1, "row": 2}]
    assert found["optimal"] is True
    assert found["gap"] == 0.0


def test_the_delay_column_can_be_chosen(run):
    options = ("--kind", "shortest-path", "--budget", "4", "--follower", "cost_f1")
    assert answer(run, INTEGER, *options)["objective"] == 11
    assert answer(run, INTEGER, *options, "--delay-column", "delay_raw")["objective"] == 14


def test_plans_share_the_followers_out(run):
    options = ("--kind", "shortest-path", "--budget", "1")
    one, two = (answer(run, INTEGER, *options, "--plans", plans) for plans in ("1", "2"))
    assert one["objective"] == 9
    assert two["objective"] == 9
    assert [plan["followers"] for plan in two["by_plan"]] == [["cost_f1"], ["cost_f2"]]
    assert [plan["objective"] for plan in two["by_plan"]] == [9, 13]


def test_the_named_layout_removes_arcs_and_prices_what_stays_unmet(run):
    found = [answer(run, NAMED, "--kind", "shortest-path", "--budget", b) for b in "012"]
    assert [worst["unmet"] for worst in found] == [0, 0, 1]
    assert all(worst["optimal"] for worst in found)
    values = [worst["objective"] for worst in found]
    assert values == [2, 5, 2 * 3 * 5]  # 3 nodes, longest arc 5: 15 for the supply and 15 for the demand
    values = [answer(run, NAMED, "--kind", "max-flow", "--budget", b)["objective"] for b in "012"]
    assert values == [11, 4, 0]


def test_protection_is_shown_with_the_attack_that_answers_it(run):
    found = answer(run, NAMED, "--kind", "max-flow", "--budget", "1", "--protect", "1")
    assert found["objective"] == 7
    assert found["without_protection"] == 4
    assert found["protected"] == [{"tail": "Start", "head": "A", "row": 2}]
    assert found["arcs"] == [{"tail": "Start", "head": "End", "row": 4}]


def test_a_large_objective_keeps_all_its_digits(run):
    text = "tail,head,cost,delay\n0,1,123456789,1\n"
    assert answer(run, text, "--kind", "shortest-path", "--budget", "1")["objective"] == 123456790


def test_the_nodes_file_places_supply_and_demand(run, tmp_path):
    (tmp_path / "nodes.csv").write_text("Node,SupplyDemand\nA,-2\nStart,-1\nEnd,3\n", encoding="utf-8")
    nodes = ("--nodes", str(tmp_path / "nodes.csv"))
    found = answer(run, NAMED, "--kind", "shortest-path", "--budget", "0", *nodes)
    assert found["objective"] == 2 * 1 + 2
    code, _out, err = run(NAMED, "--kind", "shortest-path", "--budget", "0", "--source", "End", *nodes)
    assert code == 2
    assert "does not agree" in err


def test_plain_text_names_arcs_and_proof(run):
    code, out, _err = run(NAMED, "--kind", "max-flow", "--budget", "1", "--protect", "1")
    assert code == 0
    assert "protected            Start > A" in out
    assert "proven best" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--kind", "max-flow", "--budget", "-1"), "must be 0 or more"),
        (("--kind", "max-flow", "--budget", "1", "--protect", "-2"), "protect is -2"),
        (("--kind", "max-flow", "--budget", "1", "--source", "Strat"), "did you mean Start?"),
        (("--kind", "max-flow", "--budget", "1", "--sink", "Start"), "same node"),
        (("--kind", "max-flow", "--budget", "1", "--plans", "2"), "one operator"),
        (("--kind", "max-flow", "--budget", "1", "--plans", "7"), "not in the range"),
        (("--kind", "max-flow", "--budget", "1", "--follower", "Cost"), "belong to --kind shortest-path"),
        (("--kind", "shortest-path", "--budget", "1", "--protect", "1", "--plans", "2"), "leave out --plans"),
        (("--kind", "shortest-path", "--budget", "1", "--follower", "cost_f9"), "No follower called"),
        (("--kind", "shortest-path", "--budget", "1", "--delay-column", "delya"), "No column called delya"),
        (
            (
                "--kind",
                "shortest-path",
            ),
            "--budget",
        ),
    ],
)
def test_a_wrong_call_is_refused_with_the_mend(run, options, said):
    code, out, err = run(NAMED, *options)
    assert code == 2
    assert said in err
    assert out == ""
    assert "Traceback" not in err


def test_a_network_without_any_way_is_infeasible(run):
    code, out, err = run("tail,head,cost,delay\n1,0,2,2\n", "--kind", "shortest-path", "--budget", "1")
    assert (code, out) == (4, "")
    assert "No path" in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "row 1: found an empty file"),
        ("tail,head,cost,delay\n", "no arcs"),
        ("from,to,cost\n0,1,2\n", "expected tail and head, or StartNode and EndNode"),
        ("tail,head,delay\n0,1,2\n", "`cost`: found no such column"),
        ("tail,head,cost,cost,delay\n0,1,2,2,1\n", "found the column twice"),
        ("tail,head,cost,delay\n0,1\n", "row 2: found 2 cells, expected 4 cells"),
        ("StartNode,EndNode,Cost,Attackable\nStart,End,1,7\n", "expected a whole number from 0 to 1"),
    ],
)
def test_a_malformed_file_is_refused_with_its_row(run, text, said):
    code, out, err = run(text, "--kind", "shortest-path", "--budget", "1")
    assert (code, out) == (3, "")
    assert said in err


def test_all_faults_of_a_file_are_listed_at_once(run):
    text = "tail,head,cost_f1,delay\n0,1,x,3\n1,2,-4,\n1,,2,inf\n"
    code, _out, err = run(text, "--kind", "shortest-path", "--budget", "1")
    assert code == 3
    assert err.startswith("5 fault(s)")


def test_a_node_that_the_nodes_file_lacks_is_a_fault(run, tmp_path):
    (tmp_path / "nodes.csv").write_text("Node\nStart\nEnd\n", encoding="utf-8")
    code, _out, err = run(NAMED, "--kind", "max-flow", "--budget", "1", "--nodes", str(tmp_path / "nodes.csv"))
    assert code == 3
    assert err.count("expected a node of the file of nodes") == 2


@pytest.mark.parametrize(
    "column", ["lat", "Longitude", "start_lat", "EndNodeLon", "x", "tail_x", "geometry", "WKT", "coordinates", "lat2"]
)
def test_files_with_coordinates_are_refused(run, column):
    header, *rows = INTEGER.splitlines()
    text = "\n".join([f"{header},{column}", *(f"{row},12.5" for row in rows)])
    code, out, err = run(text, "--kind", "shortest-path", "--budget", "1")
    assert (code, out) == (3, "")
    assert "without coordinates" in err


def test_coordinates_as_names_of_nodes_are_refused(run):
    text = "StartNode,EndNode,Cost\nStart,12.65 -8.00,1\n12.65 -8.00,End,1\n"
    code, _out, err = run(text, "--kind", "shortest-path", "--budget", "1")
    assert code == 3
    assert "without coordinates" in err


def test_coordinates_in_the_nodes_file_are_refused(run, tmp_path):
    (tmp_path / "nodes.csv").write_text("Node,lat,lon\nStart,1,2\nA,1,2\nEnd,1,2\n", encoding="utf-8")
    code, _out, err = run(NAMED, "--kind", "max-flow", "--budget", "1", "--nodes", str(tmp_path / "nodes.csv"))
    assert code == 3
    assert "without coordinates" in err


@pytest.mark.parametrize("column", ["note", "flat", "colon", "name", "class", "exit"])
def test_columns_without_a_role_are_left_aside(run, column):
    header, *rows = NAMED.splitlines()
    text = "\n".join([f"{header},{column}", *(f"{row},word" for row in rows)])
    assert answer(run, text, "--kind", "max-flow", "--budget", "0")["objective"] == 11


def test_a_table_of_a_case_and_a_case_folder_are_refused(run, tmp_path):
    (tmp_path / "case.yaml").write_text("name: x\n", encoding="utf-8")
    code, _out, err = run(NAMED, "--kind", "max-flow", "--budget", "1")
    assert code == 2
    assert "belongs to a case" in err
    with pytest.raises(SystemExit) as stop:
        main(["--lang", "en", "interdict", str(tmp_path), "--kind", "max-flow", "--budget", "1"])
    assert stop.value.code == 2


def test_json_is_all_that_stands_on_stdout(tmp_path):
    (tmp_path / "arcs.csv").write_text(NAMED, encoding="utf-8")
    call = f"from citerne.cli.main import main; main(['interdict', {str(tmp_path / 'arcs.csv')!r}, '--kind', 'max-flow'"
    done = subprocess.run(
        [sys.executable, "-c", call + ", '--budget', '1', '--json'])"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["objective"] == 4  # a greeting of the solver would not parse
    assert done.stderr == ""


def test_a_segment_network_is_checked_before_it_is_cut():
    roads = [Segment("road", "port", "town", 5.0)]
    for sources, sinks, said in (
        ({"harbour": 5.0}, {"town": 5.0}, "harbour"),
        ({"port": -5.0}, {"town": 5.0}, "0 or more"),
        ({"port": 5.0, "town": 1.0}, {"town": 5.0}, "source and sink at once"),
    ):
        with pytest.raises(UsageError, match=said):
            worst_cuts(roads, sources, sinks, 1)
    with pytest.raises(UsageError, match="named twice"):
        worst_cuts(roads * 2, {"port": 5.0}, {"town": 5.0}, 1)
    with pytest.raises(UsageError, match="must be 0 or more"):
        worst_cuts(roads, {"port": 5.0}, {"town": 5.0}, -1)
