"""Hiding small numbers of different people, which do not add up over areas.

A person seen in two places counts once in the area around both, so an area's figure lies between
the largest and the sum of its parts. On a tree these bounds are all a reader can conclude, and
passing them up and down until nothing tightens finds every hidden figure that is given away.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from server.domain.suppression import K_COMMITTEE, Area, Mark

_MANY: Final = 1 << 62


def suppress_people(
    areas: Iterable[Area],
    people: Mapping[str, int],
    *,
    unseen: Iterable[str] = (),
    ceilings: Mapping[str, int] | None = None,
    k: int = K_COMMITTEE,
) -> dict[str, Mark]:
    """Which figures to hide, and how.

    Args:
        areas: parents before children.
        people: area → different people; absent means 0.
        unseen: areas whose figure is not shown anyway.
        ceilings: area → visits shown by the same people, which they cannot outnumber.
        k: smallest figure shown; zero is shown too.

    Returns:
        Hidden areas only.
    """
    ordered = list(areas)
    marks = dict.fromkeys(unseen, Mark.UNSEEN)
    small = {area.id for area in ordered if 0 < people.get(area.id, 0) < k}
    for area_id in small:
        marks.setdefault(area_id, Mark.SMALL)
    tree = _Tree(ordered, people, marks, ceilings or {}, k)
    while given_away := tree.given_away(small):
        tree.hide_near(given_away)
    return marks


class _Tree:
    """Areas with what the reader knows; `marks` grows as figures are protected."""

    def __init__(
        self,
        areas: list[Area],
        people: Mapping[str, int],
        marks: dict[str, Mark],
        ceilings: Mapping[str, int],
        k: int,
    ) -> None:
        self._areas = areas
        self._people = people
        self._marks = marks
        self._ceilings = ceilings
        self._k = k
        self._parts: defaultdict[str, list[str]] = defaultdict(list)
        for area in areas:
            if area.parent is not None:
                self._parts[area.parent].append(area.id)

    def given_away(self, small: set[str]) -> Area | None:
        """The first hidden figure that only one value fits."""
        low, high = self._bounds()
        for area in self._areas:
            mark = self._marks.get(area.id)
            guarded = area.id in small or mark is Mark.GUARD
            if guarded and low[area.id] == high[area.id]:
                return area
        return None

    def hide_near(self, area: Area) -> None:
        """Hide the smallest figure beside, around or below `area`; then any; then say less."""
        family = [*self._parts[area.id]]
        if area.parent is not None:
            family += [area.parent, *self._parts[area.parent]]
        for group in (family, [each.id for each in self._areas]):
            open_ = [id_ for id_ in group if id_ not in self._marks and self._people.get(id_, 0)]
            if open_:
                chosen = min(open_, key=lambda id_: (self._people[id_], id_))
                self._marks[chosen] = Mark.GUARD
                return
        for id_, mark in self._marks.items():
            if mark is Mark.SMALL:
                self._marks[id_] = Mark.GUARD
                return
        raise AssertionError("a figure that is hidden everywhere cannot be given away")

    def _bounds(self) -> tuple[dict[str, int], dict[str, int]]:
        low, high = {}, {}
        for area in self._areas:
            low[area.id], high[area.id] = self._seen(area.id)
        for _ in range(2 * len(self._areas)):
            before = (dict(low), dict(high))
            for area in reversed(self._areas):
                if parts := self._parts[area.id]:
                    low[area.id] = max(low[area.id], *(low[part] for part in parts))
                    high[area.id] = min(high[area.id], sum(high[part] for part in parts))
            for area in self._areas:
                if area.parent is not None:
                    others = sum(high[p] for p in self._parts[area.parent] if p != area.id)
                    low[area.id] = max(low[area.id], low[area.parent] - others)
                    high[area.id] = min(high[area.id], high[area.parent])
            if before == (low, high):
                break
        return low, high

    def _seen(self, area_id: str) -> tuple[int, int]:
        value = self._people.get(area_id, 0)
        ceiling = self._ceilings.get(area_id, _MANY)
        match self._marks.get(area_id):
            case None:
                return value, value
            case Mark.SMALL:
                return 1, min(self._k - 1, ceiling)
            case Mark.GUARD:
                return 1, ceiling
            case Mark.UNSEEN:
                return 0, ceiling
