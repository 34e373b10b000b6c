"""Charging sessions at one socket."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.events import Charge
from station_agent.observations import Reading
from station_agent.sessions.charge import ChargeMachine
from station_agent.sessions.moment import Moment, Stamp

DAY0 = 1_790_000_000_000
ON_MS, OFF_MS = 30_000, 120_000


def machine() -> ChargeMachine:
    return ChargeMachine(device="charger", unit=2, on_mw=5_000, on_ms=ON_MS, off_ms=OFF_MS)


def feed(m: ChargeMachine, mono: int, wh: int, mw: int, *, wall: int = DAY0) -> list[Charge]:
    stamp = Stamp(wall + mono, mono)
    first = m.observe(Reading("charger", 2, "energy_wh", wh, mono), stamp)
    return first + m.observe(Reading("charger", 2, "power_mw", mw, mono), stamp)


def play(m: ChargeMachine, rows: list[tuple[int, int, int]]) -> list[Charge]:
    return [fact for s, wh, mw in rows for fact in feed(m, 1_000 * s, wh, mw)]


def test_a_session_runs_from_the_first_reading_with_load_to_the_first_without() -> None:
    facts = play(
        machine(),
        [
            (0, 100, 0),
            (10, 100, 0),
            (20, 100, 40_000),
            (50, 101, 60_000),
            (600, 110, 42_000),
            (610, 110, 0),
            (700, 110, 0),
            (730, 110, 0),
        ],
    )
    assert facts == [
        Charge(
            at=DAY0 + 610_000,
            mono=610_000,
            device="charger",
            unit=2,
            start=DAY0 + 20_000,
            wh=10,
            peak_mw=60_000,
        )
    ]


def test_energy_counts_from_the_last_reading_without_load_though_polling_was_late() -> None:
    facts = play(
        machine(), [(0, 100, 0), (60, 103, 90_000), (90, 104, 90_000), (91, 104, 0), (211, 104, 0)]
    )
    assert [fact.wh for fact in facts] == [4]


def test_a_short_blip_is_no_session() -> None:
    facts = play(machine(), [(0, 5, 0), (1, 5, 50_000), (20, 5, 50_000), (29, 5, 0), (300, 5, 0)])
    assert facts == []


def test_unplugging_for_less_than_two_minutes_does_not_split_a_session() -> None:
    facts = play(
        machine(),
        [
            (0, 0, 0),
            (1, 0, 40_000),
            (100, 2, 40_000),
            (110, 2, 0),
            (220, 2, 0),
            (225, 2, 40_000),
            (300, 4, 40_000),
            (301, 4, 0),
            (421, 4, 0),
        ],
    )
    assert [(fact.wh, fact.start, fact.at) for fact in facts] == [(4, DAY0 + 1_000, DAY0 + 301_000)]


@pytest.mark.parametrize(("mw", "is_load"), [(5_000, False), (5_001, True)])
def test_the_threshold_itself_is_no_load(mw: int, is_load: bool) -> None:  # noqa: FBT001  a table
    m = machine()
    play(m, [(0, 0, 0), (1, 0, mw), (40, 0, mw)])
    assert m.charging is is_load


@pytest.mark.parametrize(
    ("hours", "suspect"),
    [(11, False), (13, True)],
)
def test_a_session_longer_than_twelve_hours_is_suspect(hours: int, suspect: bool) -> None:  # noqa: FBT001  a table
    rows = [(0, 0, 0), *((60 * i, i, 60_000) for i in range(1, 60 * hours))]
    end, wh = 60 * 60 * hours, 60 * hours - 1
    facts = play(machine(), [*rows, (end, wh, 0), (end + 60, wh, 0), (end + 120, wh, 0)])
    assert [(fact.wh, fact.suspect) for fact in facts] == [(wh, suspect)]


def test_a_meter_that_begins_anew_in_a_session_loses_nothing_it_showed() -> None:
    facts = play(
        machine(),
        [(0, 90, 0), (1, 90, 9_000), (60, 95, 9_000), (90, 2, 9_000), (95, 3, 0), (215, 3, 0)],
    )
    assert [(fact.wh, fact.suspect) for fact in facts] == [(8, False)]


def test_a_counter_that_wraps_at_ten_thousand_kilowatt_hours_goes_on() -> None:
    facts = play(
        machine(),
        [(0, 9_999_995, 0), (1, 9_999_995, 9_000), (60, 9_999_998, 9_000), (90, 4, 0), (210, 4, 0)],
    )
    assert [fact.wh for fact in facts] == [9]


def test_a_wrap_without_load_is_nobodys_energy() -> None:
    facts = play(
        machine(),
        [(0, 9_999_999, 0), (9, 0, 0), (10, 0, 9_000), (50, 2, 9_000), (51, 2, 0), (171, 2, 0)],
    )
    assert [fact.wh for fact in facts] == [2]


def test_another_meter_is_no_session() -> None:
    m = machine()
    play(m, [(0, 100, 0)])
    again = machine()
    again.restore(m.dump(), same_boot=True, alive=Moment(DAY0, 0))
    assert play(again, [(900, 7_000_000, 0), (901, 7_000_000, 0)]) == []


def test_setting_the_clock_in_a_session_moves_its_start_not_its_length() -> None:
    m = machine()
    feed(m, 0, 0, 0, wall=DAY0 - 999_999_000)
    feed(m, 1_000, 0, 40_000, wall=DAY0 - 999_999_000)
    feed(m, 60_000, 1, 40_000)
    facts = [*feed(m, 61_000, 1, 0), *feed(m, 181_000, 1, 0)]
    assert [(fact.start, fact.at) for fact in facts] == [(DAY0 + 1_000, DAY0 + 61_000)]


def test_a_session_lives_through_a_reboot() -> None:
    m = machine()
    play(m, [(0, 10, 0), (1, 10, 40_000), (60, 11, 40_000)])
    again = machine()
    again.restore(m.dump(), same_boot=False, alive=Moment(DAY0 + 60_000, 60_000))
    wall = DAY0 + 300_000
    facts = [
        fact
        for mono, wh, mw in [(9_000, 14, 40_000), (20_000, 15, 0), (140_000, 15, 0)]
        for fact in feed(again, mono, wh, mw, wall=wall)
    ]
    assert [(fact.wh, fact.start, fact.at) for fact in facts] == [(5, DAY0 + 1_000, wall + 20_000)]


def test_a_session_nobody_watched_is_reported_as_suspect() -> None:
    m = machine()
    play(m, [(0, 10, 0)])
    again = machine()
    again.restore(m.dump(), same_boot=True, alive=Moment(DAY0 + 5_000, 5_000))
    facts = play(again, [(3_600, 25, 0), (3_601, 25, 0)])
    assert [(fact.wh, fact.start, fact.at, fact.suspect) for fact in facts] == [
        (15, DAY0 + 5_000, DAY0 + 3_600_000, True)
    ]


def test_energy_without_power_is_not_judged() -> None:
    m = machine()
    stamp = Stamp(DAY0, 0)
    assert m.observe(Reading("charger", 2, "energy_wh", 5, 0), stamp) == []
    assert m.observe(Reading("charger", 2, "voltage_mv", 230_000, 0), stamp) == []
    assert m.dump() == machine().dump()


Step = tuple[int, int, bool]
"""Seconds, load in mW, and whether the agent runs meanwhile."""

steps = st.lists(
    st.tuples(
        st.integers(35, 4_000), st.sampled_from([0, 0, 8_000, 65_000, 2_000_000]), st.booleans()
    ),
    min_size=1,
    max_size=12,
)


def watch(plan: list[Step], *, poll_s: int) -> Iterator[tuple[int, int, int, bool]]:
    """Second, counter, load and whether anybody reads, by a meter that counts 1 Wh = 3.6 kJ."""
    second, millijoules = 0, 0
    for length, load, runs in plan:
        for _ in range(length):
            if second % poll_s == 0:
                yield second, millijoules // 3_600_000, load, runs
            millijoules += load
            second += 1


@settings(deadline=None)
@given(plan=steps, poll_s=st.sampled_from([1, 3, 7]), reboots=st.booleans())
def test_facts_sum_up_to_what_the_meter_counted_whenever_the_agent_was_killed(
    plan: list[Step],
    poll_s: int,
    reboots: bool,  # noqa: FBT001  drawn
) -> None:
    m, facts, running, alive = machine(), list[Charge](), True, Moment(DAY0, 0)
    plan = [(40, 0, True), *plan, (300, 0, True)]
    counted = 0
    for second, wh, load, runs in watch(plan, poll_s=poll_s):
        if runs and not running:
            kept = m.dump()
            m = machine()
            m.restore(kept, same_boot=not reboots, alive=alive)
        running = runs
        if runs:
            facts += feed(m, 1_000 * second, wh, load)
            alive = Moment(DAY0 + 1_000 * second, 1_000 * second)
        counted = wh
    assert sum(fact.wh for fact in facts) == counted
    assert not m.charging
    assert all(fact.start <= fact.at for fact in facts)
    assert [fact.at for fact in facts] == sorted(fact.at for fact in facts)


@settings(deadline=None)
@given(plan=steps)
def test_a_watched_plug_is_one_fact(plan: list[Step]) -> None:
    """Loads and rests longer than the thresholds: one fact each, with its own energy."""
    whole = [(40, 0, True)]
    for length, load, _ in plan:
        if load:
            whole += [(length, load, True), (130, 0, True)]
    m, facts, expected, before, plugged = machine(), list[Charge](), list[int](), 0, False
    for second, wh, load, _ in watch(whole, poll_s=1):
        if load and not plugged:
            before = wh
        if plugged and not load:
            expected.append(wh - before)
        plugged = bool(load)
        facts += feed(m, 1_000 * second, wh, load)
    assert [fact.wh for fact in facts] == expected
    assert not any(fact.suspect for fact in facts)
