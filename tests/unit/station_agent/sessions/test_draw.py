"""Draws of hot water at one tap."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.events import Draw, State
from station_agent.observations import Pulses, Reading
from station_agent.sessions.draw import HOLD_MS, DrawMachine, millilitres
from station_agent.sessions.moment import Stamp

DAY0 = 1_790_000_000_000


def machine(*, per_litre: int = 450, min_ml: int = 20) -> DrawMachine:
    return DrawMachine(
        device="water", unit=1, pulses_per_litre=per_litre, gap_ms=5_000, min_ml=min_ml
    )


def at(mono: int) -> Stamp:
    return Stamp(DAY0 + mono, mono)


def pulse(m: DrawMachine, mono: int, total: int) -> list[Draw | State]:
    return m.observe(Pulses("water", 1, 17, total, mono), at(mono))


def draws(events: list[Draw | State]) -> list[Draw]:
    return [event for event in events if isinstance(event, Draw)]


@pytest.mark.parametrize(
    ("pulses", "per_litre", "ml"),
    [(0, 450, 0), (1, 450, 2), (450, 450, 1_000), (9, 2_000, 5), (1, 2_000, 1), (1, 2_001, 0)],
)
def test_volume_is_rounded_half_up(pulses: int, per_litre: int, ml: int) -> None:
    assert millilitres(pulses, per_litre) == ml


def test_a_draw_ends_after_a_pause_and_tells_volume_time_and_the_warmest_water() -> None:
    m = machine()
    m.warm(Reading("thermo", 1, "temp_mc", 91_000, 500))
    events = pulse(m, 1_000, 30)
    m.warm(Reading("thermo", 1, "temp_mc", 93_500, 2_000))
    events += pulse(m, 3_000, 90) + m.tick(at(8_000))
    assert draws(events) == []
    m.warm(Reading("thermo", 1, "temp_mc", 88_000, 8_000))
    events += m.tick(at(8_001))
    assert draws(events) == [
        Draw(
            at=DAY0 + 3_000,
            mono=3_000,
            device="water",
            unit=1,
            start=DAY0 + 1_000,
            ml=200,
            temp_mc=93_500,
        )
    ]
    flows = [(e.cap, e.value, e.at) for e in events if isinstance(e, State)]
    assert flows == [("flowing", 1, DAY0 + 1_000), ("flowing", 0, DAY0 + 3_000)]
    assert not m.flowing


def test_pauses_up_to_the_gap_are_one_draw_and_longer_ones_are_two() -> None:
    m = machine()
    events = pulse(m, 0, 45) + pulse(m, 5_000, 90) + pulse(m, 10_001, 225) + m.tick(at(99_000))
    assert [(d.ml, d.start - DAY0, d.at - DAY0) for d in draws(events)] == [
        (200, 0, 5_000),
        (300, 10_001, 10_001),
    ]


def test_a_drip_is_no_draw() -> None:
    m = machine()
    events = pulse(m, 0, 8) + m.tick(at(6_000))
    assert draws(events) == []
    assert draws(pulse(m, 60_000, 17) + m.tick(at(70_000)))[0].ml == 20


def test_water_of_long_ago_does_not_tell_how_warm_this_draw_was() -> None:
    m = machine()
    m.warm(Reading("thermo", 1, "temp_mc", 91_000, 0))
    events = pulse(m, 10_001, 90) + m.tick(at(20_000))
    assert draws(events)[0].temp_mc is None


def test_a_draw_goes_on_over_a_restart_of_the_agent() -> None:
    m = machine()
    pulse(m, 1_000, 45)
    again = machine()
    again.restore(m.dump(), same_boot=True)
    events = again.tick(at(30_000)) + pulse(again, 4_000, 90) + again.tick(at(30_200))
    assert [(d.ml, d.start - DAY0, d.at - DAY0) for d in draws(events)] == [(200, 1_000, 4_000)]


def test_a_draw_that_ended_while_the_agent_was_off_ends_at_its_last_pulse() -> None:
    m = machine()
    pulse(m, 1_000, 45)
    again = machine()
    again.restore(m.dump(), same_boot=True)
    events = again.tick(at(600_000)) + again.tick(at(660_000))
    assert draws(events) == []
    assert [(d.ml, d.at - DAY0) for d in draws(again.tick(at(660_001)))] == [(100, 1_000)]


def test_pulses_that_waited_together_are_not_taken_for_those_that_were_lost() -> None:
    m = machine()
    pulse(m, 1_000, 45)
    again = machine()
    again.restore(m.dump(), same_boot=True)
    seen = Pulses("water", 1, 17, 180, 60_000, 91)
    events = again.observe(seen, at(60_000)) + again.tick(at(70_000))
    assert [d.ml for d in draws(events)] == [200, 200]


def test_pulses_read_but_not_kept_belong_to_the_draw_that_was_cut() -> None:
    m = machine()
    pulse(m, 1_000, 45)
    kept = m.dump()
    pulse(m, 1_050, 90)
    again = machine()
    again.restore(kept, same_boot=True)
    events = pulse(again, 60_000, 91) + pulse(again, 60_500, 180) + again.tick(at(70_000))
    assert [d.ml for d in draws(events)] == [200, 200]


def test_after_a_reboot_the_line_counts_from_one_again() -> None:
    m = machine()
    pulse(m, 1_000, 90_000)
    m.tick(at(9_000))
    again = machine()
    again.restore(m.dump(), same_boot=False)
    events = pulse(again, 500, 90) + again.tick(at(6_000))
    assert [d.ml for d in draws(events)] == [200]


def test_a_line_requested_anew_counts_from_one_again() -> None:
    m = machine()
    pulse(m, 0, 1_000)
    m.tick(at(9_000))
    events = pulse(m, 20_000, 45) + pulse(m, 21_000, 90) + m.tick(at(30_000))
    assert [d.ml for d in draws(events)] == [200]


def test_an_hour_of_flow_is_suspect() -> None:
    m = machine()
    events = [e for s in range(3_602) for e in pulse(m, 1_000 * s, 1 + s)]
    events += m.tick(at(3_700_000))
    assert [(d.ml, d.suspect) for d in draws(events)] == [(millilitres(3_602, 450), True)]


bursts = st.lists(
    st.tuples(
        st.integers(1, 60),
        st.sampled_from([200, 4_000, 6_000, 60_000]),
        st.sampled_from(["", "kept", "behind"]),
    ),
    max_size=10,
)


@settings(deadline=None)
@given(plan=bursts, ticks=st.integers(1, 9))
def test_pulses_balance_exactly_however_often_the_agent_is_killed(
    plan: list[tuple[int, int, str]], ticks: int
) -> None:
    """One pulse is one ml here, bursts have pulses 100 ms apart, a kill falls into the pause.

    Killed "behind", the process takes with it what it read after the last state it kept.
    """
    m, mono, total = machine(per_litre=1_000, min_ml=0), 1_000, 0
    before = m.dump()
    events: list[Draw | State] = []
    for pulses, pause, kill in [*plan, (1, 60_000, "")]:
        for _ in range(pulses):
            before = m.dump()
            mono, total = mono + 100, total + 1
            told = pulse(m, mono, total)
            if draws(told):
                before = m.dump()  # a fact and its state are kept together
            events += told
        if kill:
            kept = m.dump() if kill == "kept" or total == 1 else before
            m = machine(per_litre=1_000, min_ml=0)
            m.restore(kept, same_boot=True)
        for step in range(ticks):
            told = m.tick(at(mono + pause * step // ticks))
            events += told
        mono += pause
    events += m.tick(at(mono + 100_000))
    found = draws(events)
    assert sum(d.ml for d in found) == total
    assert [d.at for d in found] == sorted(d.at for d in found)
    assert all(d.start <= d.at for d in found)


@settings(deadline=None)
@given(
    plan=st.lists(st.tuples(st.integers(2, 80), st.sampled_from([5_100, 60_000])), max_size=8),
    kills=st.sets(st.integers(0, 600)),
)
def test_every_draw_is_one_fact_with_its_own_volume(
    plan: list[tuple[int, int]], kills: set[int]
) -> None:
    """Kills in the middle of draws, with every pulse delivered in time."""
    m, mono, total = machine(per_litre=1_000, min_ml=0), 1_000, 0
    events: list[Draw | State] = []
    for pulses, pause in plan:
        for _ in range(pulses):
            mono, total = mono + 100, total + 1
            events += pulse(m, mono, total)
            if total in kills:
                kept = m.dump()
                m = machine(per_litre=1_000, min_ml=0)
                m.restore(kept, same_boot=True)
        events += m.tick(at(mono)) + m.tick(at(mono + pause))
        mono += pause
    events += m.tick(at(mono)) + m.tick(at(mono + HOLD_MS + 1))
    assert [d.ml for d in draws(events)] == [pulses for pulses, _ in plan]
