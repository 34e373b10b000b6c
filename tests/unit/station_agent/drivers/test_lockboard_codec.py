"""Frames of the 8A lock board as its vendor printed and others captured them."""

from functools import reduce
from operator import xor

from hypothesis import given
from hypothesis import strategies as st

from station_agent.drivers.lockboard.codec import (
    find_all,
    find_one,
    find_unlock,
    query_all,
    query_one,
    strip_echo,
    unlock,
)


def h(text: str) -> bytes:
    return bytes.fromhex(text)


def all_reply(board: int, groups: bytes) -> bytes:
    body = bytes((0x80, board)) + groups + b"\x33"
    return body + bytes((reduce(xor, body),))


def test_requests_of_the_vendor() -> None:
    assert unlock(1, 1) == h("8A 01 01 11 9B")
    assert query_one(1, 1) == h("80 01 01 33 B3")
    assert query_all(1) == h("80 01 00 33 B2")


def test_unlock_replies_of_the_vendor() -> None:
    assert find_unlock(h("8A 01 01 00 8A"), 1, 1) is False
    assert find_unlock(h("8A 01 01 11 9B"), 1, 1) is True


def test_status_replies_of_the_vendor() -> None:
    assert find_one(h("80 01 01 00 80"), 1, 1) is False
    assert find_one(h("80 01 01 11 91"), 1, 1) is True


def test_captured_reply_of_an_eight_channel_board_that_sends_three_groups() -> None:
    assert find_all(h("80 01 00 00 00 33 B2"), 1, 8) == [False] * 8


def test_highest_group_comes_first_and_bit_0_is_its_lowest_channel() -> None:
    reply = all_reply(1, h("80 00 05"))

    switches = find_all(reply, 1, 24)

    assert switches is not None
    assert [i for i, closed in enumerate(switches, 1) if closed] == [1, 3, 24]


def test_a_board_with_fewer_groups_than_slots_is_no_answer() -> None:
    assert find_all(all_reply(1, h("FF")), 1, 9) is None


def test_replies_of_another_board_or_channel_are_not_taken() -> None:
    assert find_unlock(h("8A 02 01 00 89"), 1, 1) is None
    assert find_unlock(h("8A 01 02 00 89"), 1, 1) is None
    assert find_one(h("80 01 02 00 83"), 1, 1) is None


def test_an_echo_is_cut_off_and_the_reply_stays() -> None:
    request = unlock(1, 1)

    assert strip_echo(request, request) == b""
    assert strip_echo(request[:3], request) == b""
    assert strip_echo(b"\x00" + request + h("8A 01 01 11 9B"), request) == h("8A 01 01 11 9B")


def test_an_echo_alone_is_no_failed_unlock() -> None:
    request = unlock(1, 1)

    assert find_unlock(strip_echo(request, request), 1, 1) is None


@given(
    st.binary(max_size=20).filter(lambda noise: 0x80 not in noise),
    st.binary(max_size=8),
    st.lists(st.booleans(), min_size=1, max_size=50),
    st.integers(1, 99).filter(lambda board: board != 0x33),
)
def test_all_switches_are_read_behind_any_noise(
    noise: bytes, surplus: bytes, switches: list[bool], board: int
) -> None:
    groups = (len(switches) + 7) // 8
    bits = sum(closed << i for i, closed in enumerate(switches))
    reply = all_reply(board, surplus + bits.to_bytes(groups, "big"))

    assert find_all(noise + reply, board, len(switches)) == switches


@given(st.binary(max_size=80), st.integers(1, 99), st.integers(1, 50))
def test_noise_never_raises(data: bytes, board: int, channel: int) -> None:
    switches = find_all(data, board, channel)
    assert switches is None or len(switches) == channel
    assert find_one(data, board, channel) in (None, True, False)
    assert find_unlock(data, board, channel) in (None, True, False)
