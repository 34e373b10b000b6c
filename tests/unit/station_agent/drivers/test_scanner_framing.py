"""The scanner's stream: command replies and texts told apart, whatever comes."""

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.drivers.scanner.framing import (
    TEXT_MAX,
    Reply,
    ScannerFramer,
    Text,
    heartbeat,
    read_zone,
    write_zone,
)


def h(text: str) -> bytes:
    return bytes.fromhex(text)


ACK = h("02 00 00 01 00 33 31")
ALIVE = h("03 00 00 01 00 33 31")


@pytest.mark.parametrize(
    ("built", "printed"),
    [
        (write_zone(0x0002, 1), "7E 00 08 01 00 02 01 02 DA"),
        (write_zone(0x0000, 0xD5), "7E 00 08 01 00 00 D5 EF 41"),
        (read_zone(0x0000), "7E 00 07 01 00 00 01 01 41"),
        (heartbeat(), "7E 00 0A 01 00 00 00 30 1A"),
        (write_zone(0x0003, 0x02), "7E 00 08 01 00 03 02 01 88"),
        (write_zone(0x00D9, 0x50), "7E 00 08 01 00 D9 50 81 D3"),
    ],
)
def test_commands_of_the_vendor(built: bytes, printed: str) -> None:
    assert built == h(printed)


def test_crc_of_the_vendors_baud_query() -> None:
    assert binascii.crc_hqx(h("07 01 00 2A 02"), 0).to_bytes(2, "big") == h("D8 0F")


def test_replies_of_the_vendor() -> None:
    assert ScannerFramer().feed(ACK + ALIVE) == [
        Reply(alive=False, data=b"\x00"),
        Reply(alive=True, data=b"\x00"),
    ]


def test_an_acknowledgement_is_stripped_from_the_text_merged_with_it() -> None:
    assert ScannerFramer().feed(ACK + b"1234567890\r") == [
        Reply(alive=False, data=b"\x00"),
        Text("1234567890"),
    ]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_each_line_end_ends_one_text(end: bytes) -> None:
    framer = ScannerFramer()

    assert framer.feed(b"one" + end + b"two" + end) == [Text("one"), Text("two")]
    assert not framer.pending


def test_silence_ends_a_text_without_line_end() -> None:
    framer = ScannerFramer()

    assert framer.feed(b"no tail") == []
    assert framer.pending
    assert framer.idle() == [Text("no tail")]
    assert framer.idle() == []


def test_the_longest_text_passes_and_a_longer_one_is_dropped_whole() -> None:
    framer = ScannerFramer()

    assert framer.feed(b"9" * TEXT_MAX + b"\r") == [Text("9" * TEXT_MAX)]
    assert framer.feed(b"8" * 100_000 + b"\r" + b"next\r") == [Text("next")]
    assert framer.oversized == 1


def test_bytes_that_are_no_utf_8_are_replaced() -> None:
    assert ScannerFramer().feed(b"\xff\xfe" + "驿".encode() + b"\r") == [Text("\ufffd\ufffd驿")]


def test_an_acknowledgement_in_the_middle_of_a_text_leaves_it_whole() -> None:
    framer = ScannerFramer()

    assert framer.feed(b"123" + ALIVE + b"456\r") == [
        Reply(alive=True, data=b"\x00"),
        Text("123456"),
    ]


def test_a_reply_with_a_wrong_check_is_none() -> None:
    assert ScannerFramer().feed(ACK[:-1] + b"\x32" + b"\r") == [Text("32")]


STREAMS = st.lists(
    st.sampled_from([ACK, ALIVE, b"\r", b"\n", b"\r\n", ACK[:3], b"\x02", b"\x03\x00"])
    | st.binary(max_size=30)
    | st.text(max_size=30).map(str.encode),
    max_size=10,
).map(b"".join)


@given(STREAMS, st.data())
def test_any_split_of_a_stream_gives_the_same_items(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    whole, pieces = ScannerFramer(), ScannerFramer()

    expected = whole.feed(stream) + whole.idle()
    found: list[Reply | Text] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += pieces.feed(stream[start:end])

    assert found + pieces.idle() == expected


@given(st.binary(max_size=300))
def test_a_text_behind_any_noise_and_a_silence_is_found(noise: bytes) -> None:
    framer = ScannerFramer()
    framer.feed(noise)
    framer.idle()

    assert framer.feed(b"4711\r") == [Text("4711")]


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=120))
def test_a_text_arrives_as_it_was_shown(text: str) -> None:
    assert ScannerFramer().feed(text.encode() + b"\r") == [Text(text)]
