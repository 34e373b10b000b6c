"""What a rider reads on the board of stations."""

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from server.domain.presence import count_units, hot_water, open_now
from server.storage.read.stations import StationBoard, station_board
from server.storage.tables import Device, Station
from tests.support.county import NOW, add_states, counting


def first(session: Session, now: int = NOW) -> StationBoard:
    return station_board(session, now)[0]


def test_a_working_station_says_what_is_free_and_hot(session: Session) -> None:
    add_states(session)
    board = first(session)
    assert (board.id, board.name, board.open_now) == ("yz-001", "七里庄站", True)
    assert (board.sockets_free, board.sockets_total, board.umbrellas) == (2, 4, 3)
    assert (board.hot_water, board.temp_mc) == ("ok", 92_400)


def test_a_station_that_never_reported_is_unknown_not_empty(session: Session) -> None:
    board = first(session)
    assert (board.sockets_free, board.umbrellas, board.temp_mc) == (None, None, None)
    assert board.hot_water == "unknown"
    assert board.sockets_total == 4


@pytest.mark.parametrize(
    "change", [{"link": "lost"}, {"last_seen": NOW - 11 * 60_000}, {"last_seen": None}]
)
def test_a_station_out_of_touch_keeps_no_old_promise(
    session: Session, change: dict[str, object]
) -> None:
    add_states(session)
    session.execute(update(Station).where(Station.no == 1).values(**change))
    board = first(session)
    assert (board.sockets_free, board.umbrellas, board.hot_water) == (None, None, "unknown")


@pytest.mark.parametrize(
    ("device", "lost"),
    [("charger", "sockets_free"), ("rack", "umbrellas"), ("thermo", "temp_mc")],
)
def test_a_broken_device_takes_only_its_own_figure_away(
    session: Session, device: str, lost: str
) -> None:
    add_states(session)
    session.execute(
        update(Device)
        .where(Device.station_no == 1, Device.device == device)
        .values(condition="mute")
    )
    board = first(session)
    figures = {
        "sockets_free": board.sockets_free,
        "umbrellas": board.umbrellas,
        "temp_mc": board.temp_mc,
    }
    assert {name for name, value in figures.items() if value is None} == {lost}


def test_a_mute_meter_takes_only_its_own_socket_away(session: Session) -> None:
    add_states(session)
    session.execute(
        update(Device)
        .where(Device.station_no == 1, Device.device == "charger")
        .values(condition="mute", detail="meter 1, 2: no answer")
    )
    assert first(session).sockets_free == 1


def test_the_board_costs_three_queries_however_many_stations(
    session: Session, engine: Engine
) -> None:
    with counting(engine) as queries:
        assert [board.id for board in station_board(session, NOW)] == [
            "yz-001",
            "yz-002",
            "yz-003",
            "yz-004",
        ]
    assert len(queries.statements) == 3


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        (420, 1320, True),
        (420, 1306, False),
        (1306, 1440, True),
        (1307, 1440, False),
        (1200, 120, True),
        (1320, 1200, False),
        (0, 1440, True),
    ],
)
def test_open_follows_the_plan_in_local_time(opens: int, closes: int, *, expected: bool) -> None:
    assert open_now(opens=opens, closes=closes, now=NOW) is expected


def test_water_is_ok_cool_off_or_unknown() -> None:
    assert [hot_water(t) for t in (None, 20_000, 45_000, 79_999, 80_000)] == [
        "unknown",
        "off",
        "cool",
        "cool",
        "ok",
    ]


def test_none_free_is_said_only_when_every_unit_is_known() -> None:
    assert count_units([2, 2], wanted=1, units=2) == 0
    assert count_units([2], wanted=1, units=2) is None
    assert count_units([1, 2], wanted=1, units=4, unknown=(2,)) == 1
    assert count_units([0, 2], wanted=1, units=2, unknown=(2,)) is None
    assert count_units([], wanted=1, units=0) is None
