"""Whatever arrives on a line, no board falls over, and the next command is answered."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.boards.gm65 import Gm65
from firmware_sim.boards.lock8a import Lock8a
from firmware_sim.boards.modbus import ModbusBoard
from firmware_sim.boards.pzem016 import Pzem016
from firmware_sim.boards.r4dcb08 import R4dcb08
from firmware_sim.boards.serial import SerialBoard
from firmware_sim.boards.uhf_m100 import UhfM100
from firmware_sim.boards.waveshare_relay import WaveshareRelay
from firmware_sim.wire.rtu import Adu
from tests.wire.boards.lines import Wire, in_virtual_time

SERIAL: dict[str, tuple[Callable[[], SerialBoard], str, str]] = {
    "lock8a": (Lock8a, "80 01 00 33 B2", "80 01 00 33 B2"),
    "uhf-bb": (UhfM100, "BB 00 28 00 00 28 7E", "BB 01 28 00 01 00 2A 7E"),
    "uhf-aa": (lambda: UhfM100(dialect="AA"), "AA 00 28 00 00 28 DD", "AA 01 28 00 01 00 2A DD"),
    "gm65": (Gm65, "7E 00 0A 01 00 00 00 30 1A", "03 00 00 01 00 33 31"),
}
HEADS = [0x7E, 0xBB, 0xAA, 0x8A, 0x80, 0x00, 0x33, 0x11, 0x22, 0x08]
lines = st.lists(st.sampled_from(HEADS) | st.integers(0, 255), max_size=300).map(bytes)


@pytest.mark.parametrize("name", SERIAL)
@given(garbage=lines)
def test_a_serial_board_answers_after_any_garbage_and_silence(name: str, garbage: bytes) -> None:
    make, request, reply = SERIAL[name]

    async def run() -> None:
        wire = Wire(make())
        wire.receive(garbage)
        await asyncio.sleep(0.1)
        assert wire.ask(request) == reply

    in_virtual_time(run)()


@pytest.mark.parametrize("name", SERIAL)
@given(cut=st.integers(0, 9))
def test_a_command_in_two_pieces_is_one_command(name: str, cut: int) -> None:
    make, request, reply = SERIAL[name]

    async def run() -> None:
        wire = Wire(make())
        whole = bytes.fromhex(request)
        wire.receive(whole[:cut])
        wire.receive(whole[cut:])
        assert b"".join(wire.frames) == bytes.fromhex(reply)

    in_virtual_time(run)()


@pytest.mark.parametrize("make", [Pzem016, R4dcb08, WaveshareRelay])
@given(
    code=st.sampled_from([1, 2, 3, 4, 5, 6, 0x0F, 0x10, 0x41, 0x42]) | st.integers(0, 127),
    data=st.binary(max_size=252),
)
def test_a_modbus_board_answers_any_request(
    make: Callable[[], ModbusBoard], code: int, data: bytes
) -> None:
    async def run() -> None:
        board = make()
        reply = board.serve(Adu(1, bytes((code,)) + data))
        assert reply is not None
        assert reply.address == 1
        assert reply.pdu[0] & 0x7F == code
        assert len(reply.pdu) <= 253

    in_virtual_time(run)()
