"""Coverage: which 5-minute buckets a device was watched in."""

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.events import Coverage
from station_agent.sessions.coverage import BUCKET_MS, CoverageMachine
from station_agent.sessions.moment import Stamp

HOUR = 3_600_000
H0 = 1_789_999_200_000
"""The beginning of a UTC hour."""
assert H0 % HOUR == 0


def machine(*, report_ms: int = BUCKET_MS) -> CoverageMachine:
    return CoverageMachine(devices=("charger", "rack"), report_ms=report_ms)


def tick(m: CoverageMachine, ms: int, *good: str) -> list[Coverage]:
    return m.tick(Stamp(H0 + ms, ms), good=good.__contains__)


def test_a_bucket_is_told_when_it_is_over_with_the_devices_seen_in_it() -> None:
    m = machine()
    assert tick(m, 1_000, "charger") == []
    assert tick(m, 200_000, "rack") == []
    assert tick(m, 300_000) == [
        Coverage(at=H0 + 300_000, mono=300_000, start=H0, devices={"charger": 1, "rack": 1})
    ]
    assert tick(m, 600_000) == []


def test_an_hour_watched_is_twelve_buckets() -> None:
    m, facts = machine(), list[Coverage]()
    for second in range(0, 3_700, 20):
        facts += tick(m, 1_000 * second, "charger")
    first = [fact for fact in facts if fact.start // HOUR == H0 // HOUR]
    assert sum(fact.devices["charger"] for fact in first) == 12
    assert [fact.start for fact in first] == [H0 + n * BUCKET_MS for n in range(12)]


def test_longer_reports_add_up_and_never_cross_the_hour() -> None:
    m, facts = machine(report_ms=1_500_000), list[Coverage]()
    for second in range(0, 7_300, 20):
        facts += tick(m, 1_000 * second, "charger")
    assert [(fact.start - H0, fact.devices) for fact in facts] == [
        (0, {"charger": 5}),
        (5 * BUCKET_MS, {"charger": 5}),
        (10 * BUCKET_MS, {"charger": 2}),
        (HOUR, {"charger": 5}),
        (HOUR + 5 * BUCKET_MS, {"charger": 5}),
        (HOUR + 10 * BUCKET_MS, {"charger": 2}),
    ]


def test_a_restart_neither_loses_nor_doubles_a_bucket() -> None:
    m = machine()
    tick(m, 100_000, "charger")
    again = machine()
    again.restore(m.dump())
    assert tick(again, 200_000, "charger", "rack") == []
    [fact] = tick(again, 301_000)
    assert fact.devices == {"charger": 1, "rack": 1}
    third = machine()
    third.restore(again.dump())
    assert tick(third, 302_000) == []


def test_an_hour_without_power_is_not_covered() -> None:
    m = machine()
    tick(m, 0, "charger")
    again = machine()
    again.restore(m.dump())
    facts = tick(again, HOUR + 10_000, "charger") + tick(again, HOUR + BUCKET_MS)
    assert [(fact.start - H0, fact.devices) for fact in facts] == [
        (0, {"charger": 1}),
        (HOUR, {"charger": 1}),
    ]


def test_a_clock_set_back_a_little_tells_no_bucket_twice() -> None:
    m = machine()
    tick(m, 0, "charger")
    facts = tick(m, 300_000, "charger") + tick(m, 10_000, "charger") + tick(m, 299_000, "charger")
    facts += tick(m, 600_000)
    assert [fact.start - H0 for fact in facts] == [0, BUCKET_MS]


def test_a_clock_that_was_days_ahead_does_not_stop_coverage_for_days() -> None:
    m = machine()
    tick(m, 48 * HOUR, "charger")
    facts = tick(m, 0, "charger") + tick(m, 300_000)
    assert [(fact.start - H0, fact.devices) for fact in facts] == [(0, {"charger": 1})]


@settings(deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 900), st.booleans(), st.booleans()), min_size=1, max_size=80
    ),
    report=st.sampled_from([1, BUCKET_MS, 1_200_000, HOUR]),
)
def test_the_sum_is_the_number_of_buckets_with_a_good_reading(
    steps: list[tuple[int, bool, bool]], report: int
) -> None:
    m, ms, facts, expected = machine(report_ms=report), 0, list[Coverage](), set[int]()
    for seconds, good, restart in steps:
        ms += 1_000 * seconds
        facts += tick(m, ms, *(["rack"] if good else []))
        if good:
            expected.add((H0 + ms) // BUCKET_MS)
        if restart:
            kept = m.dump()
            m = machine(report_ms=report)
            m.restore(kept)
    facts += tick(m, ms + 3 * HOUR)
    assert sum(fact.devices["rack"] for fact in facts) == len(expected)
    for fact in facts:
        last = fact.start + (fact.devices["rack"] - 1) * BUCKET_MS
        assert last // HOUR == fact.start // HOUR
    for hour in {bucket // 12 for bucket in expected}:
        told = sum(f.devices["rack"] for f in facts if f.start // HOUR == hour)
        assert told == sum(bucket // 12 == hour for bucket in expected)
