"""Published test networks: arc files in two layouts become interdiction problems.

- integer layout: `tail, head` (node numbers), `cost_*` (one column a follower), `delay_*`, or `capacity`;
- named layout: `StartNode, EndNode`, `Cost` or `Capacity`, `Attackable` (0/1), with an optional file of nodes
  (`Node`, `SupplyDemand`: negative for supply, positive for demand).

Both may hold `attack_cost`. Other columns are left aside, except coordinates: files that hold them, and cases, are
refused, because this door is for test networks only.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from citerne.base.errors import Fault, Faults, UsageError
from citerne.base.text import _
from citerne.plan.flow import MaxFlow
from citerne.plan.graph import Graph, Node, make_graph
from citerne.plan.program import FloatArray
from citerne.plan.shortest import ShortestPath, removal_delay, unmet_cost
from citerne.schema.columns import Column, Table
from citerne.schema.read import Row, closest, read_table

ENDS = {"integer": ("tail", "head"), "named": ("startnode", "endnode")}
_PLACE = (
    r"(latitude|longitude|lat|long|lon|lng|x|y|coords?|coordinates?|easting|northing"
    r"|wkt|geom|geometry|geojson|gps|mgrs)"
)
_OF_END = r"(start|end|from|to|tail|head|node|source|sink|origin|destination|dest|point|pos|arc)"
_COORDINATE_NAME = re.compile(rf"{_OF_END}*{_PLACE}(deg|degrees|coord)?{_OF_END}*\d*\Z")
_COORDINATE_CELL = re.compile(
    r"\(?\s*[-+]?\d{1,3}\.\d+\s*[,;/ _]\s*[-+]?\d{1,3}\.\d+\s*\)?\Z|(POINT|LINESTRING)\b", re.I
)


@dataclass(frozen=True)
class ArcFile:
    """An arc file as read: rows in file order, headings by their role.

    Attributes
    ----------
    name : file name, for messages
    layout : `integer` or `named`
    nodes : names in order: of the file of nodes, or sorted numbers, or first appearance
    rows : arcs
    tail, head : headings of the ends
    costs, capacity, delays, attackable, attack_cost : headings, empty where the file has none
    balance : {node: SupplyDemand} where the file of nodes says so
    """

    name: str
    layout: str
    nodes: tuple[Node, ...]
    rows: tuple[Row, ...]
    tail: str
    head: str
    costs: tuple[str, ...]
    capacity: str
    delays: tuple[str, ...]
    attackable: str
    attack_cost: str
    balance: dict[Node, float]

    def numbers(self, heading: str) -> FloatArray:
        """[arc] one numeric column."""
        return np.array([row[heading] for row in self.rows], np.float64)

    def graph(self, extra: FloatArray | None = None) -> Graph:
        """The network; attackable where the file says so and, if given, where `extra` [arc] is above 0."""
        attackable = np.ones(len(self.rows), bool) if extra is None else extra > 0
        if self.attackable:
            attackable &= self.numbers(self.attackable) > 0
        cost = self.numbers(self.attack_cost) if self.attack_cost else np.ones(len(self.rows))
        arcs = [(row[self.tail], row[self.head]) for row in self.rows]
        return make_graph(self.nodes, arcs, attackable=attackable, attack_cost=cost.tolist())

    def arc(self, number: int) -> dict[str, Node]:
        """One arc as people find it: its ends and its row in the file."""
        row = self.rows[number]
        return {"tail": row[self.tail], "head": row[self.head], "row": row["_row"]}


def read_arcs(path: Path, *, nodes_path: Path | None = None, delay_column: str | None = None) -> ArcFile:
    """Read an arc file of either layout, and its file of nodes if there is one.

    Raises
    ------
    UsageError : a case folder or a table of one; a delay column that the file does not have
    DataError : coordinates, missing columns, cells that are no number, unknown nodes: all faults at once
    """
    faults = Faults()
    headings = _headings(path, faults)
    layout = "named" if "startnode" in headings else "integer"
    if delay_column is not None and headings and delay_column.lower() not in headings:
        mend = closest(delay_column, headings.values())
        raise UsageError(
            _("No column called {name} in {file}: {mend}.").format(name=delay_column, file=path.name, mend=mend)
        )
    table = _arc_table(headings, layout, (delay_column or "").lower())
    rows = read_table(path, table, faults) if headings else ()
    if headings and not rows and not faults:
        faults.add(path.name, 0, "", _("no arcs"), _("one arc a row"), _("add the arcs below the header"))
    tail, head = (headings.get(end, end) for end in ENDS[layout])
    nodes, balance = _read_nodes(nodes_path, layout, faults) if nodes_path else ((), {})
    used = [row[end] for row in rows for end in (tail, head) if row[end] is not None]
    if nodes_path is None:
        nodes = tuple(dict.fromkeys(sorted(used) if layout == "integer" else used))
    _check_nodes(path.name, rows, (tail, head), nodes, faults)
    faults.raise_if_any()
    delays = tuple(real for low, real in headings.items() if low.startswith("delay"))
    return ArcFile(
        name=path.name,
        layout=layout,
        nodes=nodes,
        rows=rows,
        tail=tail,
        head=head,
        costs=tuple(real for low, real in headings.items() if low == "cost" or low.startswith("cost_")),
        capacity=headings.get("capacity", ""),
        delays=(headings[delay_column.lower()],) if delay_column else delays,
        attackable=headings.get("attackable", ""),
        attack_cost=headings.get("attack_cost", ""),
        balance=balance,
    )


def shortest_path_problem(
    arcs: ArcFile, *, source: str | None = None, sink: str | None = None, followers: Sequence[str] = ()
) -> ShortestPath:
    """The shortest-path problem of an arc file.

    With a delay column (`delay_effective` first) a hit lengthens the arc. Without one it removes the arc: its length
    grows by 2 n c_max + 1, and supply or demand left unmet costs n c_max a unit (n nodes, c_max the longest arc).

    Raises
    ------
    UsageError : unknown node or follower, source equal to sink, several delay columns and no choice
    DataError : no column of costs
    """
    faults = Faults()
    if not arcs.costs:
        faults.add(
            arcs.name, 1, "cost", _("no such column"), _("one or more columns of lengths"), _("add cost or cost_*")
        )
    faults.raise_if_any()
    chosen = tuple(_follower(arcs, name) for name in followers) or arcs.costs
    length = np.stack([arcs.numbers(heading) for heading in chosen])
    heading = _delay_heading(arcs)
    if heading:
        delay, unmet = arcs.numbers(heading), None
        graph = arcs.graph(delay)
    else:
        longest = float(np.max(length))
        unmet = unmet_cost(len(arcs.nodes), longest)
        graph = arcs.graph()
        delay = np.where(graph.attackable, removal_delay(len(arcs.nodes), longest), 0.0)
    supply = _supply(arcs, graph, source, sink, 1.0)
    return ShortestPath(graph, length, delay, supply, unmet, chosen)


def max_flow_problem(arcs: ArcFile, *, source: str | None = None, sink: str | None = None) -> MaxFlow:
    """The maximum-flow problem of an arc file; a hit removes the arc.

    Raises
    ------
    UsageError : unknown node, source equal to sink
    DataError : no column of capacities
    """
    faults = Faults()
    if not arcs.capacity:
        faults.add(arcs.name, 1, "capacity", _("no such column"), _("a column of capacities"), _("add the column"))
    faults.raise_if_any()
    graph = arcs.graph()
    return MaxFlow(graph, arcs.numbers(arcs.capacity), _supply(arcs, graph, source, sink, np.inf))


def _headings(path: Path, faults: Faults) -> dict[str, str]:
    """{lower case: as written} of the first row; refuses cases and coordinates before anything else is read."""
    if path.is_dir() or (path.parent / "case.yaml").exists():
        text = _(
            "{path} belongs to a case. interdict takes published test networks only; see citerne stress for a case."
        )
        raise UsageError(text.format(path=path))
    if not path.exists():
        faults.add(path.name, 0, "", _("no such file"), _("an arc file"), _("check the name"))
        return {}
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = [cell.strip() for cell in next(csv.reader(file), [])]
    headings = {heading.lower(): heading for heading in first}
    placed = [heading for heading in first if _COORDINATE_NAME.match(re.sub(r"[^a-z0-9]", "", heading.lower()))]
    for heading in placed:
        _refuse_coordinates(faults, path.name, 1, heading, heading)
    if not placed and not any(set(ends) <= set(headings) for ends in ENDS.values()):
        found = ", ".join(first) or _("an empty file")
        faults.add(
            path.name, 1, "", found, _("tail and head, or StartNode and EndNode"), _("name the ends of the arcs so")
        )
    return {} if faults else headings


def _refuse_coordinates(faults: Faults, file: str, row: int, column: str, found: object) -> None:
    mend = _("interdict takes published test networks only; citerne stress rates the protection of a case")
    faults.found.append(Fault(file, row, column, str(found), _("a test network without coordinates"), mend))


def _arc_table(headings: dict[str, str], layout: str, delay: str) -> Table:
    """What each heading must hold; headings without a role are text that is left aside."""
    columns = []
    for low, real in headings.items():
        if low in ENDS[layout] and layout == "integer":
            columns.append(Column(real, "int", "Number of a node.", low=0))
        elif low in ENDS[layout]:
            columns.append(Column(real, "text", "Name of a node."))
        elif low == "attackable":
            columns.append(Column(real, "int", "1 if the arc can be hit.", low=0, high=1))
        elif low in ("cost", "capacity", "attack_cost", delay) or low.startswith(("cost_", "delay")):
            columns.append(Column(real, "float", "A number of the arc.", low=0))
        else:
            columns.append(Column(real, "text", "Left aside.", required=False))
    return Table("arcs", "Arcs of a test network.", tuple(columns))


def _read_nodes(path: Path, layout: str, faults: Faults) -> tuple[tuple[Node, ...], dict[Node, float]]:
    """Names of the nodes in file order, and {node: SupplyDemand} without the zeros."""
    before = len(faults.found)
    if path.is_dir() or not path.exists():
        faults.add(path.name, 0, "", _("no such file"), _("a file of nodes"), _("check the name"))
        return (), {}
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = [cell.strip() for cell in next(csv.reader(file), [])]
    names = {heading.lower(): heading for heading in first}
    for heading in first:
        if _COORDINATE_NAME.match(re.sub(r"[^a-z0-9]", "", heading.lower())):
            _refuse_coordinates(faults, path.name, 1, heading, heading)
    node, balance = names.get("node", "Node"), names.get("supplydemand", "")
    columns = [Column(node, "id", "Name of the node.")]
    for heading in first:
        if heading == balance:
            columns.append(Column(heading, "float", "Negative supply, positive demand."))
        elif heading != node:
            columns.append(Column(heading, "text", "Left aside.", required=False))
    rows = read_table(path, Table("nodes", "Nodes of a test network.", tuple(columns)), faults)
    if len(faults.found) > before:
        return (), {}
    labels: list[Node] = [int(row[node]) if layout == "integer" and row[node].isdigit() else row[node] for row in rows]
    amounts = {label: float(row[balance]) for label, row in zip(labels, rows, strict=True) if balance and row[balance]}
    return tuple(labels), amounts


def _check_nodes(
    file: str, rows: Sequence[Row], ends: tuple[str, str], nodes: tuple[Node, ...], faults: Faults
) -> None:
    known = set(nodes)
    for row in rows:
        for end in ends:
            if row[end] is None:
                continue
            if _COORDINATE_CELL.match(str(row[end])):
                _refuse_coordinates(faults, file, row["_row"], end, row[end])
            elif known and row[end] not in known:
                mend = closest(str(row[end]), map(str, nodes))
                faults.add(file, row["_row"], end, row[end], _("a node of the file of nodes"), mend)


def _follower(arcs: ArcFile, name: str) -> str:
    for heading in arcs.costs:
        if heading.lower() == name.lower():
            return heading
    raise UsageError(_("No follower called {name}: {mend}.").format(name=name, mend=closest(name, arcs.costs)))


def _delay_heading(arcs: ArcFile) -> str:
    """The delay column in use, or empty: `delay_effective` where it is present, else the only one."""
    for heading in arcs.delays:
        if heading.lower() == "delay_effective":
            return heading
    if len(arcs.delays) > 1:
        names = ", ".join(arcs.delays)
        raise UsageError(_("Several columns of delay ({names}); choose one with --delay-column.").format(names=names))
    return arcs.delays[0] if arcs.delays else ""


def _supply(arcs: ArcFile, graph: Graph, source: str | None, sink: str | None, amount: float) -> FloatArray:
    """[node] supply: of the file of nodes if it says so, else `amount` from source to sink."""
    if not arcs.balance:
        start, end = _ends(arcs, graph, source, sink)
        supply = np.zeros(len(graph.nodes))
        supply[start], supply[end] = amount, -amount
        return supply
    supply = -np.array([arcs.balance.get(node, 0.0) for node in graph.nodes])
    for name, side in ((source, supply > 0), (sink, supply < 0)):
        if name is not None and np.flatnonzero(side).tolist() != [graph.node_number(name)]:
            text = _("The file of nodes says where supply and demand are, and {name} does not agree; leave it out.")
            raise UsageError(text.format(name=name))
    return supply


def _ends(arcs: ArcFile, graph: Graph, source: str | None, sink: str | None) -> tuple[int, int]:
    defaults: dict[str, tuple[Node, Node]] = {"integer": (arcs.nodes[0], arcs.nodes[-1]), "named": ("Start", "End")}
    first, last = defaults[arcs.layout]
    start = graph.node_number(first if source is None else source)
    end = graph.node_number(last if sink is None else sink)
    if start == end:
        raise UsageError(_("Source and sink are the same node, {name}.").format(name=graph.nodes[start]))
    return start, end
