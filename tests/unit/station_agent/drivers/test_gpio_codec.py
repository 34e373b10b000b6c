"""Edge events as the kernel writes them, and what a press of a button is."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.events import Draw
from station_agent.drivers.gpio_lines.codec import (
    EVENT_BYTES,
    FALLING,
    RISING,
    Debounce,
    EventReader,
    LineEvent,
    Run,
)
from station_agent.drivers.gpio_lines.source import line_request
from station_agent.observations import Pulses
from station_agent.sessions.draw import DrawMachine
from station_agent.sessions.moment import Stamp

EVENTS = st.builds(
    LineEvent,
    st.integers(0, 2**63),
    st.sampled_from((RISING, FALLING)),
    st.integers(0, 63),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
)


def packed(event: LineEvent) -> bytes:
    return struct.pack("=QIIII24x", *event)


def press(ms: int, edge: int = RISING) -> LineEvent:
    return LineEvent(ms * 1_000_000, edge, 22, 1, 1)


def test_an_event_has_the_size_of_the_kernels_struct() -> None:
    assert len(packed(press(0))) == EVENT_BYTES == 48


@given(st.lists(EVENTS, max_size=6), st.data())
def test_any_split_of_a_stream_gives_the_same_events(
    events: list[LineEvent], data: st.DataObject
) -> None:
    stream = b"".join(map(packed, events))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader = EventReader()

    found: list[LineEvent] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:end])

    assert found == events
    assert reader.skipped == 0


@given(st.binary(min_size=1, max_size=100).map(lambda noise: b"\xee" * 48 + noise), EVENTS)
def test_noise_never_raises(noise: bytes, event: LineEvent) -> None:
    reader = EventReader()
    reader.feed(noise + packed(event))

    # No event begins where its edge, bytes 8 to 11, would lie in the 48 bytes of 0xEE.
    assert reader.skipped >= 37


def test_an_event_behind_noise_is_found() -> None:
    reader = EventReader()

    assert reader.feed(b"\xff" * 31 + packed(press(7))) == [press(7)]
    assert reader.skipped == 31


def test_bounces_of_one_press_are_one_press() -> None:
    debounce = Debounce()

    assert [debounce.presses(press(ms)) for ms in (1_000, 1_002, 1_010, 1_299)] == [
        True,
        False,
        False,
        False,
    ]
    assert debounce.presses(press(1_300))


def test_letting_go_is_no_press() -> None:
    assert not Debounce().presses(press(1_000, FALLING))


def test_a_press_after_a_restart_of_the_clock_counts() -> None:
    debounce = Debounce()
    debounce.presses(press(1_000_000))

    assert debounce.presses(press(5))


@given(st.lists(st.integers(0, 5_000), max_size=30).map(sorted))
def test_presses_are_never_closer_than_the_debounce_time(times: list[int]) -> None:
    debounce = Debounce()
    taken = [ms for ms in times if debounce.presses(press(ms))]

    assert all(b - a >= 300 for a, b in pairwise(taken))
    assert taken[:1] == times[:1]


def test_the_line_request_has_the_kernels_layout() -> None:
    request = line_request([17], [22, 23])

    assert len(request) == 592
    assert struct.unpack_from("=4I", request, 0) == (17, 22, 23, 0)
    assert request[256:288].rstrip(b"\0") == b"qinlin-station"
    flags, attributes = struct.unpack_from("=QI", request, 288)
    assert flags == 0x114  # input, rising edge, pull-up
    assert attributes == 1
    # One attribute: flags with active-low for the second and third line.
    assert struct.unpack_from("=IIQQ", request, 320) == (1, 0, 0x116, 0b110)
    assert struct.unpack_from("=II", request, 560) == (3, 1024)


@pytest.mark.parametrize("count", [0, 65])
def test_a_line_request_needs_one_to_sixty_four_lines(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 64"):
        line_request(list(range(count)), [])


def test_water_that_ran_while_nobody_read_is_one_draw_of_its_own_length() -> None:
    """Twenty seconds at 10 Hz, read at once after a restart within a draw that was open."""
    machine = DrawMachine(device="water", unit=1, pulses_per_litre=450, gap_ms=5_000, min_ml=20)
    machine.observe(Pulses("water", 1, 17, 5, 1_000, 1), Stamp(1_790_000_001_000, 1_000))
    again = DrawMachine(device="water", unit=1, pulses_per_litre=450, gap_ms=5_000, min_ml=20)
    again.restore(machine.dump(), same_boot=True)
    runs: list[Run] = []
    for n in range(6, 206):
        event = LineEvent(1_000_000_000 + 100_000_000 * (n - 5), RISING, 17, n, n)
        if not runs or not runs[-1].goes_on(event):
            runs.append(Run(event))
        runs[-1].take(event)
    facts = []
    for run in runs:
        mono = run.last_ns // 1_000_000
        seen = Pulses("water", 1, 17, run.total, mono, run.first)
        facts += again.observe(seen, Stamp(1_790_000_000_000 + mono, mono))
    facts += again.tick(Stamp(1_790_000_060_000, 60_000))
    draws = [(fact.ml, fact.start, fact.at) for fact in facts if isinstance(fact, Draw)]
    assert draws == [(456, 1_790_000_001_000, 1_790_000_021_000)]
