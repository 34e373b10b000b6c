"""The temperature board: the vendor's frames, probes that are missing, corrections."""

import pytest

from firmware_sim.boards.r4dcb08 import R4dcb08
from firmware_sim.wire.rtu import Adu, Bus
from tests.wire.boards.lines import Wire, in_virtual_time


def read(board: R4dcb08, start: int, count: int) -> list[int]:
    pdu = b"\x03" + start.to_bytes(2, "big") + count.to_bytes(2, "big")
    reply = board.serve(Adu(board.address, pdu))
    assert reply is not None
    assert reply.pdu[:2] == bytes((3, 2 * count))
    data = reply.pdu[2:]
    return [int.from_bytes(data[i : i + 2], "big", signed=True) for i in range(0, len(data), 2)]


@in_virtual_time
async def test_vendor_frame_of_one_channel() -> None:
    board = R4dcb08()
    board.set_temperature(1, 90_500)
    request = Adu(1, bytes.fromhex("03 0000 0001")).rtu()
    assert Wire(Bus([board])).ask(request.hex()) == "01 03 02 03 89 79 12"


@in_virtual_time
async def test_vendor_request_of_all_channels() -> None:
    board = R4dcb08()
    board.set_temperature(2, 25_000)
    expected = Adu(1, bytes.fromhex("03 10 8000 00FA" + "8000" * 6)).rtu()
    assert Wire(Bus([board])).ask("01 03 00 00 00 08 44 0C") == expected.hex(" ").upper()


@pytest.mark.parametrize(
    ("mc", "tenths"),
    [(0, 0), (49, 0), (50, 1), (-49, 0), (-50, -1), (-10_120, -101), (99_960, 1000)],
)
def test_nearest_tenth_of_a_degree(mc: int, tenths: int) -> None:
    board = R4dcb08()
    board.set_temperature(3, mc)
    assert read(board, 2, 1) == [tenths]


def test_a_probe_pulled_out_reads_far_outside_its_range() -> None:
    board = R4dcb08()
    board.set_temperature(1, 20_000)
    board.set_temperature(1, None)
    assert read(board, 0, 1) == [-32768]


def test_a_correction_is_added() -> None:
    board = R4dcb08()
    board.set_temperature(1, 20_000)
    board.serve(Adu(1, bytes.fromhex("06 0008 FFF6")))
    assert read(board, 0, 1) == [190]
    assert read(board, 8, 8) == [-10, 0, 0, 0, 0, 0, 0, 0]


def test_address_and_speed_are_registers() -> None:
    board = R4dcb08()
    assert read(board, 0xFE, 2) == [1, 3]
    board.serve(Adu(1, bytes.fromhex("06 00FE 0014")))
    board.serve(Adu(20, bytes.fromhex("06 00FF 0004")))
    assert read(board, 0xFE, 2) == [20, 4]


@pytest.mark.parametrize(
    ("pdu", "reply"),
    [
        ("03 0008 0009", "83 02"),
        ("03 0000 007E", "83 03"),
        ("06 0000 0001", "86 02"),
        ("06 00FE 00FF", "86 03"),
        ("06 00FF 0005", "86 03"),
        ("04 0000 0001", "84 01"),
    ],
)
def test_what_the_board_refuses(pdu: str, reply: str) -> None:
    assert R4dcb08().serve(Adu(1, bytes.fromhex(pdu))) == Adu(1, bytes.fromhex(reply))
