"""Frames of UHF readers in both dialects, as the vendor printed them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.drivers.uhf.framing import (
    FAILED,
    HARDWARE,
    NOTICE,
    RESPONSE,
    SINGLE,
    STOP,
    VERSION,
    Dialect,
    Frame,
    Tag,
    UhfFramer,
    build,
    multi_inventory,
    says_no_tag,
    tag_in,
)


def h(text: str) -> bytes:
    return bytes.fromhex(text)


TAG = h("BB 02 22 00 11 C9 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76 EF 7E")
NO_TAG = h("BB 01 FF 00 01 15 16 7E")


def only(data: bytes) -> Frame:
    (frame,) = UhfFramer().feed(data)
    return frame


def frame_bytes(dialect: Dialect, kind: int, command: int, params: bytes) -> bytes:
    head, end = (0xBB, 0x7E) if dialect == "bb" else (0xAA, 0xDD)
    body = bytes((kind, command)) + len(params).to_bytes(2, "big") + params
    return bytes((head,)) + body + bytes((sum(body) % 256, end))


@pytest.mark.parametrize(
    ("built", "printed"),
    [
        (build("bb", VERSION, HARDWARE), "BB 00 03 00 01 00 04 7E"),
        (build("bb", SINGLE), "BB 00 22 00 00 22 7E"),
        (build("bb", STOP), "BB 00 28 00 00 28 7E"),
        (multi_inventory("bb", 10), "BB 00 27 00 03 22 00 0A 56 7E"),
        (multi_inventory("bb", 10_000), "BB 00 27 00 03 22 27 10 83 7E"),
        (build("aa", SINGLE), "AA 00 22 00 00 22 DD"),
    ],
)
def test_commands_of_the_vendor(built: bytes, printed: str) -> None:
    assert built == h(printed)


def test_tag_notification_of_the_vendor() -> None:
    assert tag_in(only(TAG)) == Tag("30751FEB705C5904E3D50D70", -55)


def test_no_tag_is_an_answer_of_its_own() -> None:
    frame = only(NO_TAG)

    assert frame == Frame("bb", RESPONSE, FAILED, b"\x15")
    assert says_no_tag(frame)
    assert tag_in(frame) is None
    assert not says_no_tag(only(TAG))


def test_stop_reply_of_the_vendor() -> None:
    assert only(h("BB 01 28 00 01 00 2A 7E")) == Frame("bb", RESPONSE, STOP, b"\x00")


def test_the_same_bodies_in_the_other_dialect() -> None:
    frame = only(b"\xaa" + TAG[1:-1] + b"\xdd")

    assert frame.dialect == "aa"
    assert tag_in(frame) == Tag("30751FEB705C5904E3D50D70", -55)


@pytest.mark.parametrize("words", [1, 2, 8, 31])
def test_epc_length_comes_from_the_pc_word(words: int) -> None:
    epc = bytes(range(2 * words))
    params = b"\xb0" + (words << 11).to_bytes(2, "big") + epc + b"\x12\x34"

    assert tag_in(only(frame_bytes("bb", NOTICE, SINGLE, params))) == Tag(epc.hex().upper(), -80)


@pytest.mark.parametrize("params", ["C9 34 00 30 75", "C9 00 00 11 22", "C9", ""])
def test_a_notification_too_short_for_its_pc_word_is_no_tag(params: str) -> None:
    assert tag_in(Frame("bb", NOTICE, SINGLE, h(params))) is None


def test_a_wrong_sum_or_end_is_no_frame() -> None:
    for at in (-1, -2, 6, 12):
        broken = bytearray(TAG)
        broken[at] ^= 1
        framer = UhfFramer()
        assert framer.feed(bytes(broken)) + framer.idle() == []
        assert framer.skipped == len(TAG)


def test_a_false_header_does_not_hide_the_frame_behind_it() -> None:
    framer = UhfFramer()

    frames = framer.feed(h("BB 02 22 00 60") + TAG) + framer.idle()

    assert frames == [only(TAG)]
    assert framer.skipped == 5


FRAMES = st.builds(
    frame_bytes,
    st.sampled_from(("bb", "aa")),
    st.sampled_from((RESPONSE, NOTICE)),
    st.integers(0, 255),
    st.binary(max_size=80),
)


@given(st.lists(FRAMES | st.binary(max_size=40), max_size=6), st.data())
def test_any_split_of_a_stream_gives_the_same_frames(
    parts: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    whole, pieces = UhfFramer(), UhfFramer()

    expected = whole.feed(stream) + whole.idle()
    found: list[Frame] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += pieces.feed(stream[start:end])
    found += pieces.idle()

    assert found == expected
    assert pieces.skipped == whole.skipped


@given(st.binary(max_size=200).filter(lambda noise: not {0xBB, 0xAA} & set(noise)), FRAMES)
def test_a_frame_behind_noise_is_found(noise: bytes, frame: bytes) -> None:
    framer = UhfFramer()

    assert framer.feed(noise + frame) == [only(frame)]
    assert framer.skipped == len(noise)


@given(st.binary(max_size=400))
def test_noise_never_raises_and_leaves_nothing_behind(noise: bytes) -> None:
    framer = UhfFramer()
    for frame in framer.feed(noise) + framer.idle():
        tag_in(frame)

    assert framer.feed(TAG) == [only(TAG)]
