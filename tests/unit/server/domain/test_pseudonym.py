from hypothesis import given
from hypothesis import strategies as st

from server.domain.pseudonym import PID_BYTES, pid, use_of_code

KEYS = st.binary(min_size=32, max_size=32)
RIDS = st.binary(min_size=8, max_size=8)


@given(KEYS, KEYS, RIDS)
def test_a_person_is_the_same_within_a_month_and_nobody_afterwards(
    may: bytes, june: bytes, rid: bytes
) -> None:
    assert pid(may, rid) == pid(may, rid)
    assert len(pid(may, rid)) == PID_BYTES
    assert (pid(may, rid) == pid(june, rid)) == (may == june)


@given(KEYS, RIDS, RIDS, st.integers(0, 2**32 - 1))
def test_marks_of_persons_and_of_codes_never_meet(
    key: bytes, one: bytes, other: bytes, ts: int
) -> None:
    assert pid(key, one) != use_of_code(key, other, ts)
    assert (use_of_code(key, one, ts) == use_of_code(key, other, ts)) == (one == other)
