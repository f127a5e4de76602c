"""The directed network that interdiction, protection and routing games stand on.

An *element* is what one attack hits and one protection guards: a single arc of a test network, or both directions of
a road segment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.plan.program import BoolArray, FloatArray, IntArray
from citerne.schema.read import closest

Node = str | int


@dataclass(frozen=True)
class Graph:
    """A directed network with attackable elements.

    Attributes
    ----------
    nodes : names, in the order of every node axis
    tail, head : [arc] node numbers; parallel arcs are allowed
    element : [arc] number of the element the arc belongs to, from 0 without holes
    attackable : [element] False where no attack is possible
    attack_cost : [element] budget that one attack uses, above 0
    """

    nodes: tuple[Node, ...]
    tail: IntArray
    head: IntArray
    element: IntArray
    attackable: BoolArray
    attack_cost: FloatArray

    @property
    def arc_count(self) -> int:
        """Number of arcs."""
        return len(self.tail)

    @property
    def element_count(self) -> int:
        """Number of elements."""
        return len(self.attackable)

    def nothing(self) -> BoolArray:
        """[element] no element at all."""
        return np.zeros(self.element_count, dtype=bool)

    def mask(self, elements: Iterable[int]) -> BoolArray:
        """[element] True for the elements given."""
        mask = self.nothing()
        mask[list(elements)] = True
        return mask

    def node_number(self, name: Node) -> int:
        """Place of a node on the node axis; UsageError with the closest name if there is none."""
        if name in self.nodes:
            return self.nodes.index(name)
        known = [str(node) for node in self.nodes]
        if str(name) in known:
            return known.index(str(name))
        raise UsageError(_("No node called {name}: {mend}.").format(name=name, mend=closest(str(name), known)))


def make_graph(
    nodes: Sequence[Node],
    arcs: Sequence[tuple[Node, Node]],
    *,
    attackable: Sequence[bool] | BoolArray | None = None,
    element: Sequence[int] | None = None,
    attack_cost: Sequence[float] | None = None,
) -> Graph:
    """A graph from node names and (tail, head) pairs; by default every arc is an attackable element of its own."""
    place = {node: number for number, node in enumerate(nodes)}
    owner = np.arange(len(arcs)) if element is None else np.asarray(element, np.int64)
    count = int(np.max(owner)) + 1 if len(owner) else 0
    return Graph(
        nodes=tuple(nodes),
        tail=np.array([place[tail] for tail, _head in arcs], np.int64),
        head=np.array([place[head] for _tail, head in arcs], np.int64),
        element=owner,
        attackable=np.ones(count, bool) if attackable is None else np.asarray(attackable, bool),
        attack_cost=np.ones(count) if attack_cost is None else np.asarray(attack_cost, np.float64),
    )


def check_budget(budget: float, name: str = "budget") -> None:
    """UsageError unless the budget is a number of 0 or more."""
    if not (budget >= 0 and np.isfinite(budget)):
        raise UsageError(_("{name} is {value}; it must be 0 or more.").format(name=name, value=budget))
