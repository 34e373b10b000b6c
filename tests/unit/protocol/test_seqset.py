"""SeqSet behaves as a set of integers, whatever is added and removed."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from protocol.seqset import SeqSet

SPAN = st.tuples(st.integers(0, 60), st.integers(-3, 20)).map(lambda p: (p[0], p[0] + p[1]))
STEPS = st.lists(st.tuples(st.booleans(), SPAN), max_size=40)


def _both(steps: list[tuple[bool, tuple[int, int]]]) -> tuple[SeqSet, set[int]]:
    ours, model = SeqSet(), set[int]()
    for add, (lo, hi) in steps:
        if add:
            ours.add_range(lo, hi)
            model |= set(range(lo, hi + 1))
        else:
            ours.discard_range(lo, hi)
            model -= set(range(lo, hi + 1))
    return ours, model


@given(STEPS)
def test_it_holds_what_a_set_would_hold(steps: list[tuple[bool, tuple[int, int]]]) -> None:
    ours, model = _both(steps)
    assert list(ours) == sorted(model)
    assert len(ours) == len(model)
    assert bool(ours) == bool(model)
    assert [n in ours for n in range(85)] == [n in model for n in range(85)]
    assert (ours.min(), ours.max()) == (min(model, default=None), max(model, default=None))
    assert ours == SeqSet((n, n) for n in model)


@given(STEPS)
def test_ranges_are_ascending_and_never_touch(steps: list[tuple[bool, tuple[int, int]]]) -> None:
    ranges = _both(steps)[0].ranges()
    assert all(lo <= hi for lo, hi in ranges)
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(ranges))


@given(STEPS, SPAN)
def test_missing_is_what_is_not_there(
    steps: list[tuple[bool, tuple[int, int]]], span: tuple[int, int]
) -> None:
    ours, model = _both(steps)
    lo, hi = span
    found = {n for a, b in ours.missing(lo, hi) for n in range(a, b + 1)}
    assert found == set(range(lo, hi + 1)) - model


@given(STEPS, st.integers(0, 80))
def test_a_run_ends_before_the_first_missing_number(
    steps: list[tuple[bool, tuple[int, int]]], start: int
) -> None:
    ours, model = _both(steps)
    end = start
    while end in model:
        end += 1
    assert ours.runs_from(start) == end - 1
