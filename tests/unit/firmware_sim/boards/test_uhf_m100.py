"""The tag reader: the vendor's frames in both dialects, tags near and far, inventories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.boards.uhf_m100 import Dialect, UhfM100
from firmware_sim.wire import crc
from tests.wire.boards.lines import Wire, in_virtual_time, until

EPC = "30751FEB705C5904E3D50D70"
SEEN = "BB 02 22 00 11 C9 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76 EF 7E"
NONE = "BB 01 FF 00 01 15 16 7E"


def in_dialect(frame: str, dialect: Dialect) -> str:
    return frame if dialect == "BB" else f"AA{frame[2:-2]}DD"


@pytest.mark.parametrize("dialect", ["BB", "AA"])
@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (
            "BB 00 03 00 01 00 04 7E",
            "BB 01 03 00 10 00 4D 31 30 30 20 32 36 64 42 6D 20 56 31 2E 30 92 7E",
        ),
        ("BB 00 22 00 00 22 7E", SEEN),
        ("BB 00 27 00 03 22 00 0A 56 7E", ""),
        ("BB 00 27 00 03 22 27 10 83 7E", ""),
        ("BB 00 28 00 00 28 7E", "BB 01 28 00 01 00 2A 7E"),
        ("BB 00 B6 00 02 07 D0 8F 7E", "BB 01 B6 00 01 00 B8 7E"),
        ("BB 00 B6 00 02 0A 28 EA 7E", "BB 01 B6 00 01 00 B8 7E"),
        ("BB 00 B7 00 00 B7 7E", "BB 01 B7 00 02 07 D0 91 7E"),
        ("BB 00 07 00 01 01 09 7E", "BB 01 07 00 01 00 09 7E"),
        ("BB 00 08 00 00 08 7E", "BB 01 08 00 01 01 0B 7E"),
        ("BB 00 99 00 00 99 7E", "BB 01 FF 00 01 17 18 7E"),
        ("BB 00 03 00 01 09 0D 7E", "BB 01 FF 00 01 17 18 7E"),
        ("BB 00 22 00 00 23 7E", ""),
    ],
)
def test_vendor_frames(dialect: Dialect, request_: str, reply: str) -> None:
    async def run() -> None:
        reader = UhfM100(dialect=dialect)
        reader.place(EPC, -55)
        expected = in_dialect(reply, dialect) if reply else ""
        assert Wire(reader).ask(in_dialect(request_, dialect)) == expected

    in_virtual_time(run)()


@in_virtual_time
async def test_the_other_dialect_is_noise() -> None:
    wire = Wire(UhfM100(dialect="AA"))
    assert wire.ask("BB 00 03 00 01 00 04 7E") == ""
    assert wire.ask("AA 00 22 00 00 22 DD") == in_dialect(NONE, "AA")


@in_virtual_time
async def test_a_frame_without_its_end_is_noise() -> None:
    wire = Wire(UhfM100())
    assert wire.ask("BB 00 22 00 00 22 DD") == ""
    assert wire.ask("BB 00 22 00 00 22 7E") == NONE


@in_virtual_time
async def test_an_empty_field_is_an_inventory_error() -> None:
    reader = UhfM100()
    wire = Wire(reader)
    assert wire.ask("BB 00 22 00 00 22 7E") == NONE
    reader.place(EPC, -55)
    assert wire.ask("BB 00 22 00 00 22 7E") == SEEN
    reader.remove(EPC.lower())
    assert wire.ask("BB 00 22 00 00 22 7E") == NONE


@in_virtual_time
async def test_every_tag_of_a_round_has_a_frame_of_its_own() -> None:
    reader = UhfM100()
    reader.place(EPC, -55)
    reader.place("E200", -68)
    wire = Wire(reader)
    wire.ask("BB 00 22 00 00 22 7E")
    assert reader.tags == {EPC: -55, "E200": -68}
    assert [frame[8:-4].hex().upper() for frame in wire.frames] == [EPC, "E200"]
    assert [frame[5] - 256 for frame in wire.frames] == [-55, -68]


@given(st.binary(min_size=2, max_size=62).filter(lambda raw: len(raw) % 2 == 0))
def test_any_epc_is_announced_with_its_length_and_check(epc: bytes) -> None:
    async def run() -> None:
        reader = UhfM100()
        reader.place(epc.hex(), -60)
        wire = Wire(reader)
        wire.ask("BB 00 22 00 00 22 7E")
        (frame,) = wire.frames
        words = frame[6] >> 3
        assert frame[8 : 8 + 2 * words] == epc
        assert frame[-2] == crc.sum8(frame[1:-2])
        inverted = bytes(byte ^ 0xFF for byte in frame[-4:-2])
        assert crc.ccitt(frame[6:-4], start=0xFFFF) == inverted

    in_virtual_time(run)()


@in_virtual_time
async def test_less_power_makes_a_far_tag_vanish() -> None:
    reader = UhfM100()
    reader.place(EPC, -76)
    wire = Wire(reader)
    wire.ask("BB 00 22 00 00 22 7E")
    assert wire.frames[0][5] - 256 == -76
    wire.ask("BB 00 B6 00 02 05 DC 99 7E")
    assert wire.ask("BB 00 22 00 00 22 7E") == NONE


@in_virtual_time
async def test_a_multiple_inventory_reports_every_round_and_then_ends() -> None:
    reader = UhfM100(round_ms=1)
    reader.place(EPC, -55)
    wire = Wire(reader)
    wire.ask("BB 00 27 00 03 22 00 03 4F 7E")
    await until(lambda: len(wire.frames) >= 3 and reader._rounds is None)
    assert wire.frames == [bytes.fromhex(SEEN)] * 3


@in_virtual_time
async def test_stop_ends_a_multiple_inventory() -> None:
    reader = UhfM100(round_ms=1)
    wire = Wire(reader)
    wire.ask("BB 00 27 00 03 22 27 10 83 7E")
    await until(lambda: len(wire.frames) >= 2)
    wire.ask("BB 00 28 00 00 28 7E")
    await until(lambda: reader._rounds is None)
    assert wire.frames == [bytes.fromhex("BB 01 28 00 01 00 2A 7E")]


@pytest.mark.parametrize(("epc", "rssi"), [("", -50), ("E2", -50), ("zz", -50), ("E200", -200)])
def test_what_is_no_tag_is_refused(epc: str, rssi: int) -> None:
    with pytest.raises(ValueError, match=r"hex|no tag"):
        UhfM100().place(epc, rssi)
