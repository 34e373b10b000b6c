"""docs/events.md says the same as protocol/events.py."""

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

import msgspec
import pytest

from protocol import events
from protocol.events import AnyEvent, Event

PAGE = (Path(__file__).parents[3] / "docs" / "events.md").read_text("utf-8")
EVENTS: dict[str, type[Event]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(AnyEvent)
}
COMMON = {"at", "mono", "seq"}


def section(kind: str) -> str:
    """The text under a kind's heading."""
    return re.split(
        r"^#{2,3} ", PAGE.split(f"### `{kind}`\n", 1)[1], maxsplit=1, flags=re.MULTILINE
    )[0]


def first_table(text: str) -> list[list[str]]:
    """Cells of the first table's rows, without its head."""
    rows: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            break
    return rows[2:]


def fields(kind: type[Event]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(kind)} - COMMON


def test_every_event_has_a_heading_and_no_heading_is_without_event() -> None:
    assert set(re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE)) == set(EVENTS)


@pytest.mark.parametrize("kind", EVENTS)
def test_every_field_of_an_event_is_described_with_its_unit(kind: str) -> None:
    rows = first_table(section(kind))
    assert {name.strip("`") for name, _unit, _what in rows} == fields(EVENTS[kind])
    assert all(unit and what for _name, unit, what in rows)


def test_the_common_fields_are_described() -> None:
    head = PAGE.split("## Facts", 1)[0]
    assert {row[0].strip("`") for row in first_table(head)} == {*COMMON, "kind"}


def test_what_may_be_dropped_stands_under_that_heading() -> None:
    facts, droppable = PAGE.split("## What may be dropped", 1)
    for kind, struct in EVENTS.items():
        where = droppable if struct in events.DROPPABLE else facts
        assert f"### `{kind}`" in where


@pytest.mark.parametrize("kind", EVENTS)
def test_every_word_a_field_may_take_is_named(kind: str) -> None:
    for field in msgspec.structs.fields(EVENTS[kind]):
        if get_origin(field.type) is Literal:
            row = next(row for row in first_table(section(kind)) if row[0] == f"`{field.name}`")
            for word in get_args(field.type):
                assert f"`{word}`" in row[2], (field.name, word)


def test_a_unit_in_a_name_is_the_unit_in_the_table() -> None:
    units = {"wh": "Wh", "mw": "mW", "ml": "ml", "mc": "m°C"}
    for kind, struct in EVENTS.items():
        rows = {row[0].strip("`"): row[1] for row in first_table(section(kind))}
        for name in fields(struct):
            suffix = name.rsplit("_", 1)[-1]
            if suffix in units:
                assert rows[name] == units[suffix], (kind, name)
