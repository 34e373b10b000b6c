"""Progress of a station's deliveries: what is new, what is missing, what is acknowledged."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.seqset import SeqSet
from server.domain.delivery import Progress

BATCHES = st.lists(
    st.tuples(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(1, 40)),
    max_size=15,
)


def _reload(progress: Progress) -> Progress:
    mark, ranges = progress.dump()
    return Progress.load(mark=mark, ranges=ranges, gaps=progress.gaps.ranges())


def test_a_repeated_batch_brings_nothing_new() -> None:
    progress = Progress()
    assert progress.accept([1, 2, 3], low=1).new == [1, 2, 3]
    assert progress.accept([3, 2, 1, 4], low=1).new == [4]
    assert progress.mark == 4


def test_live_events_ahead_of_back_fill_are_acknowledged_apart() -> None:
    progress = Progress()
    progress.accept([900, 901], low=1)
    assert progress.ack(limit=10) == (0, [(900, 901)])
    progress.accept([1, 2], low=1)
    assert progress.ack(limit=10) == (2, [(900, 901)])


def test_what_the_station_gave_up_becomes_a_hole_once() -> None:
    progress = Progress()
    progress.accept([1, 2], low=1)
    taken = progress.accept([9, 10], low=6)
    assert taken.holes == [(3, 5)]
    assert progress.mark == 5
    assert progress.accept([11], low=6).holes == []


def test_a_copy_that_was_on_its_way_fills_its_hole() -> None:
    progress = Progress()
    progress.accept([6], low=6)
    assert progress.gaps == SeqSet([(1, 5)])
    late = progress.accept([3], low=1)
    assert (late.new, late.filled) == ([3], True)
    assert progress.gaps.ranges() == [(1, 2), (4, 5)]
    assert progress.accept([3], low=1).new == []


def test_an_answer_holds_what_just_came_even_when_there_are_many_ranges() -> None:
    progress = Progress()
    progress.accept(list(range(2, 200, 2)), low=1)
    mark, ranges = progress.ack([198], limit=5)
    assert mark == 0
    assert ranges == [(2, 2), (4, 4), (6, 6), (8, 8), (198, 198)]


@given(BATCHES)
def test_every_seq_is_new_exactly_once(batches: list[tuple[list[int], int]]) -> None:
    progress, seen = Progress(), set[int]()
    for seqs, low in batches:
        taken = progress.accept(seqs, low=low)
        assert not seen & set(taken.new)
        assert set(taken.new) == set(seqs) - seen
        seen |= set(taken.new)
        progress = _reload(progress)
        assert set(progress.covered) == seen
        assert not set(progress.gaps) & seen
        mark, ranges = progress.ack(seqs, limit=3)
        assert all(seq in seen or seq in progress.gaps for seq in range(1, mark + 1))
        assert all(seq in seen for lo, hi in ranges for seq in range(lo, hi + 1))
