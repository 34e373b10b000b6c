"""How long a failing device or port is left alone."""

from hypothesis import given
from hypothesis import strategies as st

from station_agent.bus.backoff import BackOff


def test_rests_double_up_to_the_longest() -> None:
    backoff = BackOff(first_ms=100, max_ms=1_000)

    assert [backoff.failed(0) for _ in range(6)] == [100, 200, 400, 800, 1_000, 1_000]


def test_free_failures_cost_no_rest() -> None:
    backoff = BackOff(first_ms=1_000, max_ms=10_000, free=3)

    assert [backoff.failed(5) for _ in range(5)] == [0, 0, 0, 1_000, 2_000]
    assert backoff.rests(2_004)
    assert not backoff.rests(2_005)


def test_a_success_ends_the_rest_and_the_next_failure_starts_small() -> None:
    backoff = BackOff(first_ms=100, max_ms=5_000)
    backoff.failed(0)
    backoff.failed(0)

    backoff.succeeded()

    assert not backoff.rests(0)
    assert backoff.failures == 0
    assert backoff.failed(0) == 100


@given(st.integers(0, 10_000), st.integers(1, 5_000), st.integers(1, 60_000))
def test_weeks_of_failures_never_rest_longer_than_allowed(
    failures: int, first: int, most: int
) -> None:
    backoff = BackOff(first_ms=first, max_ms=most)
    backoff.failures = failures

    assert 0 < backoff.failed(0) <= most
