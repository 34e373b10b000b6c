"""Hiding small numbers of people so that no total gives them away.

Counts of visits form a table: a tree of areas by ways of coming in, with totals both ways. Such
a table is a circulation: each cell is an arc, each "sum of parts" a node where what flows in
flows out. A hidden cell can be computed from what is shown exactly when no cycle of hidden
cells runs through it, because only round such a cycle can figures shift without a shown figure
changing. So a small cell is protected by opening the cheapest cycle through it
(complementary suppression by shortest paths, after Cox 1995 and Castro 2012).
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

K_COMMITTEE: Final = 5
"""Inside the committee a count of 1 to 4 is not shown."""

TOTAL: Final = "total"
Cell = tuple[str, str]
"""(area, column)."""
_Node = tuple[str, str, str]
_SOURCE: Final[_Node] = ("source", "", "")
_COARSEN: Final = 1_000_000_000_000
"""Cost of saying less about a cell than `<5`: taken only when nothing else helps."""


class Mark(StrEnum):
    """Why a cell is not shown, as the reader sees it."""

    SMALL = "small"
    """Shown as `<5`: the reader knows it is 1 to k − 1."""
    GUARD = "guard"
    """Shown as `※`: small, or hidden to protect a small one; the reader knows it is at least 1."""
    UNSEEN = "unseen"
    """Not shown for want of data; the reader knows nothing."""


@dataclass(frozen=True, slots=True)
class Arc:
    """One cell as part of the circulation: what leaves `tail` enters `head`."""

    cell: Cell
    tail: _Node
    head: _Node
    value: int


@dataclass(frozen=True, slots=True)
class Area:
    """A node of the tree of areas; `parent` None at the root. Leaves carry the counts."""

    id: str
    parent: str | None


def table_of(
    areas: Iterable[Area], leaves: Mapping[Cell, int], kinds: Iterable[str]
) -> dict[Cell, int]:
    """Every cell with its sub-totals: (area, kind) and (area, `total`).

    Args:
        areas: parents before children.
        leaves: (leaf, kind) → count; absent means 0.
        kinds: the ways of coming in.
    """
    ordered = list(areas)
    columns = list(kinds)
    table = {(area.id, kind): 0 for area in ordered for kind in (*columns, TOTAL)}
    for (area_id, kind), count in leaves.items():
        table[area_id, kind] += count
        table[area_id, TOTAL] += count
    for area in reversed(ordered):
        if area.parent is not None:
            for kind in (*columns, TOTAL):
                table[area.parent, kind] += table[area.id, kind]
    return table


def suppress_counts(
    areas: Iterable[Area],
    table: Mapping[Cell, int],
    kinds: Iterable[str],
    *,
    unseen: Iterable[Cell] = (),
    floors: Mapping[Cell, int] | None = None,
    k: int = K_COMMITTEE,
) -> dict[Cell, Mark]:
    """Which cells of `table` (from `table_of`) to hide, and how.

    Args:
        areas: parents before children.
        table: every cell, totals included.
        kinds: columns beside `total`.
        unseen: cells not shown anyway.
        floors: cells known from elsewhere to be at least so much (people seen ≤ visits).
        k: smallest count shown; zero is shown too.

    Returns:
        Hidden cells only.
    """
    arcs = _circulation(list(areas), table, list(kinds))
    marks = dict.fromkeys(unseen, Mark.UNSEEN)
    small = [arc for arc in arcs if 0 < arc.value < k]
    for arc in small:
        marks.setdefault(arc.cell, Mark.SMALL)
    network = _Network(arcs, marks, floors or {}, k)
    for arc in sorted(small, key=lambda arc: (arc.value, arc.cell)):
        network.protect(arc)
    return marks


def _circulation(areas: list[Area], table: Mapping[Cell, int], kinds: list[str]) -> list[Arc]:
    inner = {area.parent for area in areas}
    arcs = []
    for area in areas:
        leaf = area.id not in inner
        row = ("row", area.id, "")
        for kind in kinds:
            tail = _SOURCE if area.parent is None else ("column", area.parent, kind)
            head = row if leaf else ("column", area.id, kind)
            arcs.append(Arc((area.id, kind), tail, head, table[area.id, kind]))
        tail = row if leaf else ("totals", area.id, "")
        head = _SOURCE if area.parent is None else ("totals", area.parent, "")
        arcs.append(Arc((area.id, TOTAL), tail, head, table[area.id, TOTAL]))
    return arcs


class _Network:
    """The circulation with what the reader knows; `marks` grows as cells are protected."""

    def __init__(
        self, arcs: list[Arc], marks: dict[Cell, Mark], floors: Mapping[Cell, int], k: int
    ) -> None:
        self._marks = marks
        self._floors = floors
        self._k = k
        self._at: defaultdict[_Node, list[tuple[Arc, bool]]] = defaultdict(list)
        for arc in arcs:
            self._at[arc.tail].append((arc, True))
            self._at[arc.head].append((arc, False))

    def protect(self, arc: Arc) -> None:
        """Make at least one other value of `arc` fit everything shown."""
        up = self._cycle(arc, forward=True)
        down = self._cycle(arc, forward=False)
        # Raising a cell together with its own totals is always possible in the end, so one
        # of the two exists.
        _, steps = min((way for way in (up, down) if way is not None), key=lambda way: way[0])
        for step, forward in steps:
            if self._price(step, forward=forward):
                self._marks[step.cell] = Mark.GUARD

    def _price(self, arc: Arc, *, forward: bool) -> int | None:
        """What it costs to let `arc` go up (or down) by one; 0: it can already; None: never."""
        mark = self._marks.get(arc.cell)
        floor = 0 if mark is Mark.UNSEEN else 1
        if not forward and arc.value <= max(floor, self._floors.get(arc.cell, 0)):
            return None
        if mark is None:
            return arc.value or None
        if mark is Mark.SMALL and forward and arc.value >= self._k - 1:
            return _COARSEN
        return 0

    def _cycle(self, arc: Arc, *, forward: bool) -> tuple[int, list[tuple[Arc, bool]]] | None:
        """The cheapest way round that changes `arc` by one (Dijkstra from its end to its start)."""
        price = self._price(arc, forward=forward)
        if price is None:
            return None
        start, goal = (arc.head, arc.tail) if forward else (arc.tail, arc.head)
        best = {start: price}
        came: dict[_Node, tuple[_Node, Arc, bool]] = {}
        queue = [(price, start)]
        while queue:
            cost, node = heapq.heappop(queue)
            if node == goal:
                break
            if cost > best[node]:
                continue
            for step, ahead in self._at[node]:
                extra = None if step is arc else self._price(step, forward=ahead)
                if extra is None:
                    continue
                there = step.head if ahead else step.tail
                if cost + extra < best.get(there, cost + extra + 1):
                    best[there] = cost + extra
                    came[there] = (node, step, ahead)
                    heapq.heappush(queue, (cost + extra, there))
        if goal not in best:
            return None
        steps = [(arc, forward)]
        node = goal
        while node != start:
            node, step, ahead = came[node]
            steps.append((step, ahead))
        return best[goal], steps
