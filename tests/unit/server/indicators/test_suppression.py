"""No small number of people can be worked out from what a report shows."""

from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.suppression import (
    TOTAL,
    Area,
    Cell,
    Mark,
    suppress_counts,
    table_of,
)

KINDS = ("code", "tap")
TREE = (
    Area("county", None),
    Area("street", "county"),
    Area("a", "street"),
    Area("b", "street"),
    Area("c", "county"),
)
LEAVES = ("a", "b", "c")


def shown(table: dict[Cell, int], marks: dict[Cell, Mark], k: int) -> dict[Cell, str]:
    """What the reader sees of each cell."""
    texts = {Mark.SMALL: f"<{k}", Mark.GUARD: "※", Mark.UNSEEN: "?"}
    return {
        cell: texts[marks[cell]] if cell in marks else str(value) for cell, value in table.items()
    }


def fits(cell_text: str, value: int, k: int) -> bool:
    """Whether `value` may stand behind what the reader sees."""
    if cell_text == f"<{k}":
        return 0 < value < k
    if cell_text == "※":
        return value > 0
    return cell_text == "?" or int(cell_text) == value


def worlds(seen: dict[Cell, str], top: int, k: int) -> Iterator[dict[Cell, int]]:
    """Every table with leaves up to `top` that would have been shown just so."""
    cells = [(leaf, kind) for leaf in LEAVES for kind in KINDS]
    choices = [[value for value in range(top + 1) if fits(seen[cell], value, k)] for cell in cells]
    for values in product(*choices):
        table = table_of(TREE, dict(zip(cells, values, strict=True)), KINDS)
        if all(fits(seen[cell], value, k) for cell, value in table.items()):
            yield table


def given_away(secret: set[Cell], possible: Iterator[dict[Cell, int]]) -> set[Cell]:
    """Secret cells that have the same value in every possible table."""
    first: dict[Cell, int] = {}
    open_ = set(secret)
    for world in possible:
        first = first or world
        open_ = {cell for cell in open_ if world[cell] == first[cell]}
        if not open_:
            break
    return open_


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.integers(0, 4), min_size=6, max_size=6),
    hidden=st.sets(st.sampled_from([(leaf, kind) for leaf in LEAVES for kind in (*KINDS, TOTAL)])),
)
def test_every_hidden_small_count_leaves_the_reader_at_least_two_possibilities(
    values: list[int], hidden: set[Cell]
) -> None:
    k = 3
    cells = [(leaf, kind) for leaf in LEAVES for kind in KINDS]
    table = table_of(TREE, dict(zip(cells, values, strict=True)), KINDS)
    marks = suppress_counts(TREE, table, KINDS, unseen=hidden, k=k)
    assert {cell for cell, value in table.items() if 0 < value < k} <= marks.keys()
    assert hidden <= marks.keys()
    secret = {
        cell for cell, mark in marks.items() if mark is not Mark.UNSEEN or 0 < table[cell] < k
    }
    assert not given_away(secret, worlds(shown(table, marks, k), 5, k))


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.integers(0, 4), min_size=6, max_size=6),
    known=st.lists(st.integers(0, 4), min_size=3, max_size=3),
)
def test_knowing_how_many_people_came_gives_no_visit_count_away(
    values: list[int], known: list[int]
) -> None:
    k = 3
    cells = [(leaf, kind) for leaf in LEAVES for kind in KINDS]
    table = table_of(TREE, dict(zip(cells, values, strict=True)), KINDS)
    people = {
        (leaf, "code"): min(count, table[leaf, "code"])
        for leaf, count in zip(LEAVES, known, strict=True)
    }
    floors = {cell: count for cell, count in people.items() if count >= k}
    marks = suppress_counts(TREE, table, KINDS, floors=floors, k=k)
    fitting = (
        world
        for world in worlds(shown(table, marks, k), 5, k)
        if all(world[cell] >= floor for cell, floor in floors.items())
    )
    assert not given_away(set(marks), fitting)


def test_two_fours_hide_their_eight() -> None:
    areas = (Area("county", None), Area("a", "county"), Area("b", "county"))
    table = table_of(areas, {("a", "code"): 4, ("b", "code"): 4}, ("code",))
    marks = suppress_counts(areas, table, ("code",))
    assert marks["a", "code"] is Mark.SMALL
    assert marks["county", "code"] is Mark.GUARD


def test_the_next_smallest_is_hidden_beside_a_single_small_count() -> None:
    areas = (Area("county", None), *(Area(name, "county") for name in "abc"))
    leaves = {("a", "code"): 3, ("b", "code"): 70, ("c", "code"): 50}
    table = table_of(areas, leaves, ("code",))
    marks = suppress_counts(areas, table, ("code",))
    assert marks == {
        ("a", "code"): Mark.SMALL,
        ("a", TOTAL): Mark.SMALL,
        ("c", "code"): Mark.GUARD,
        ("c", TOTAL): Mark.GUARD,
    }


def test_nothing_is_hidden_where_no_count_is_small() -> None:
    table = table_of(TREE, {("a", "code"): 5, ("b", "tap"): 9}, KINDS)
    assert suppress_counts(TREE, table, KINDS) == {}
