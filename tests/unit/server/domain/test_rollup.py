import pytest

from protocol.events import (
    Charge,
    Coverage,
    Device,
    Draw,
    Event,
    Refused,
    State,
    UmbrellaReturned,
    UmbrellaTaken,
    Visit,
)
from server.domain.rollup import Cells, add

HOUR = 498_600
AT = HOUR * 3_600_000


@pytest.mark.parametrize(
    ("event", "measure", "amount", "seconds"),
    [
        (Charge(at=AT, mono=0, device="c", unit=1, start=AT - 90_999, wh=7), "charge", 7, 90),
        (Draw(at=AT, mono=0, device="w", unit=1, start=AT - 4_000, ml=300), "draw", 300, 4),
        (Draw(at=AT, mono=0, device="w", unit=1, start=AT + 4_000, ml=300), "draw", 300, 0),
        (UmbrellaTaken(at=AT, mono=0, device="r", unit=1, tag="E2801100"), "umbrella_taken", 0, 0),
        (
            UmbrellaReturned(at=AT, mono=0, device="r", unit=1, tag="E2801100"),
            "umbrella_returned",
            0,
            0,
        ),
        (Visit(at=AT, mono=0, by="code"), "visit_code", 0, 0),
        (Visit(at=AT, mono=0, by="tap"), "visit_tap", 0, 0),
        (Visit(at=AT, mono=0, by="keeper"), "visit_keeper", 0, 0),
        (Refused(at=AT, mono=0, reason="forged", scan="0" * 16), "refused", 0, 0),
    ],
)
def test_a_fact_adds_to_one_cell(event: Event, measure: str, amount: int, seconds: int) -> None:
    cells: Cells = {}
    add(cells, 4, event)
    add(cells, 4, event)
    assert cells == {(4, HOUR, measure): (2, 2 * amount, 2 * seconds)}


@pytest.mark.parametrize(
    "event",
    [
        Device(at=AT, mono=0, device="c", condition="ok"),
        Coverage(at=AT, mono=0, start=AT, devices={"c": 1}),
        State(at=AT, mono=0, device="c", unit=1, cap="x", value=1),
    ],
)
def test_what_is_no_use_of_the_station_is_not_summed(event: Event) -> None:
    cells: Cells = {}
    add(cells, 4, event)
    assert cells == {}


def test_a_session_counts_in_the_hour_it_ended() -> None:
    cells: Cells = {}
    start = AT - 2 * 3_600_000
    add(cells, 1, Charge(at=AT - 1, mono=0, device="c", unit=1, start=start, wh=90))
    assert list(cells) == [(1, HOUR - 1, "charge")]
