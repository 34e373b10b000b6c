"""No small number of different people can be worked out from the areas around it."""

from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.people import suppress_people
from server.domain.suppression import Area, Mark

TREE = (
    Area("county", None),
    Area("street", "county"),
    Area("a", "street"),
    Area("b", "street"),
    Area("c", "county"),
)
PARTS = {"county": ("street", "c"), "street": ("a", "b")}


def sound(people: dict[str, int]) -> bool:
    """Whether an area holds as many as its largest part and no more than all parts together."""
    return all(
        max(people[part] for part in parts) <= people[area] <= sum(people[part] for part in parts)
        for area, parts in PARTS.items()
    )


def fits(mark: Mark | None, true: int, value: int, k: int) -> bool:
    match mark:
        case None:
            return value == true
        case Mark.SMALL:
            return 0 < value < k
        case Mark.GUARD:
            return value > 0
        case Mark.UNSEEN:
            return True


def worlds(
    people: dict[str, int], marks: dict[str, Mark], ceilings: dict[str, int], k: int
) -> Iterator[dict[str, int]]:
    choices = [
        [
            value
            for value in range(8)
            if fits(marks.get(area.id), people[area.id], value, k)
            and value <= ceilings.get(area.id, value)
        ]
        for area in TREE
    ]
    for values in product(*choices):
        world = {area.id: value for area, value in zip(TREE, values, strict=True)}
        if sound(world):
            yield world


@st.composite
def counties(draw: st.DrawFn) -> dict[str, int]:
    a, b, c = (draw(st.integers(0, 4)) for _ in range(3))
    street = draw(st.integers(max(a, b), min(7, a + b)))
    county = draw(st.integers(max(street, c), min(7, max(street, c, street + c))))
    return {"county": county, "street": street, "a": a, "b": b, "c": c}


@settings(max_examples=150, deadline=None)
@given(
    people=counties(),
    unseen=st.sets(st.sampled_from("abc")),
    spare=st.dictionaries(st.sampled_from(["a", "b", "c", "street"]), st.integers(0, 3)),
)
def test_every_hidden_figure_leaves_the_reader_at_least_two_possibilities(
    people: dict[str, int], unseen: set[str], spare: dict[str, int]
) -> None:
    k = 3
    ceilings = {area: max(k, people[area] + extra) for area, extra in spare.items()}
    marks = suppress_people(TREE, people, unseen=unseen, ceilings=ceilings, k=k)
    assert {area for area, value in people.items() if 0 < value < k} <= marks.keys()
    secret = {
        area for area, mark in marks.items() if mark is not Mark.UNSEEN or 0 < people[area] < k
    }
    possible = list(worlds(people, marks, ceilings, k))
    assert people in possible
    for area in secret:
        assert len({world[area] for world in possible}) > 1, (area, marks)


def test_a_total_that_leaves_only_four_hides_the_next_smallest_too() -> None:
    areas = (Area("county", None), *(Area(name, "county") for name in "abc"))
    marks = suppress_people(areas, {"county": 72, "a": 4, "b": 50, "c": 18})
    assert marks == {"a": Mark.SMALL, "c": Mark.GUARD}


def test_people_seen_in_several_places_need_no_second_cell_hidden() -> None:
    areas = (Area("county", None), Area("a", "county"), Area("b", "county"))
    assert suppress_people(areas, {"county": 50, "a": 3, "b": 49}) == {"a": Mark.SMALL}
