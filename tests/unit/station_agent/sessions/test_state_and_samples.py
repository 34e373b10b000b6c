"""Present values and telemetry."""

import pytest

from protocol.events import Sample, State
from station_agent.sessions.moment import Stamp
from station_agent.sessions.samples import Sampler
from station_agent.sessions.state import StateBoard, port_state

NOW = Stamp(1_790_000_000_000, 7_000)


def test_a_value_is_told_once_and_again_when_it_changes() -> None:
    board = StateBoard()
    told = [board.put("rack", 3, "slot_state", value, NOW) for value in (0, 0, 1, 1, 0)]
    assert [[event.value for event in events] for events in told] == [[0], [], [1], [], [0]]
    assert told[0] == [
        State(at=NOW.at, mono=7_000, device="rack", unit=3, cap="slot_state", value=0)
    ]


def test_a_temperature_that_wavers_within_a_degree_is_not_told() -> None:
    board = StateBoard()
    told = [
        event.value
        for value in (90_000, 90_900, 89_100, 91_000, 90_500, 92_100, 91_101)
        for event in board.put("water", 1, "temp_mc", value, NOW, band=1_000)
    ]
    assert told == [90_000, 91_000, 92_100]


def test_units_do_not_share_a_value() -> None:
    board = StateBoard()
    assert board.put("charger", 1, "port_state", 1, NOW)
    assert board.put("charger", 2, "port_state", 1, NOW)


@pytest.mark.parametrize(
    ("relay", "fresh", "charging", "value"),
    [
        (0, True, True, 0),
        (0, False, False, 0),
        (1, True, False, 1),
        (None, True, False, 1),
        (1, True, True, 2),
        (1, False, True, 3),
        (None, False, False, 3),
    ],
)
def test_what_a_socket_is_to_people(
    relay: int | None,
    fresh: bool,  # noqa: FBT001  a table
    charging: bool,  # noqa: FBT001  a table
    value: int,
) -> None:
    assert port_state(relay=relay, fresh=fresh, charging=charging) == value


def test_gauges_are_means_and_counters_are_last_values() -> None:
    sampler = Sampler()
    for power, energy in ((10_000, 5), (20_001, 6), (0, 6)):
        sampler.add("charger", 2, "power_mw", power)
        sampler.add("charger", 2, "energy_wh", energy)
    sampler.add("water", 1, "temp_mc", -1)
    assert sampler.flush(NOW) == [
        Sample(
            at=NOW.at,
            mono=7_000,
            device="charger",
            unit=2,
            values={"power_mw": 10_000, "energy_wh": 6},
        ),
        Sample(at=NOW.at, mono=7_000, device="water", unit=1, values={"temp_mc": -1}),
    ]
    assert sampler.flush(NOW) == []


def test_means_are_rounded_half_up() -> None:
    sampler = Sampler()
    for value in (1, 2):
        sampler.add("charger", 1, "current_ma", value)
    assert sampler.flush(NOW)[0].values == {"current_ma": 2}
