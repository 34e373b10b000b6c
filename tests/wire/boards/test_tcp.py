"""Boards behind TCP: RTU frames as on the line, and Modbus TCP."""

import asyncio
import errno
from contextlib import suppress

import pytest

from firmware_sim.boards.lock8a import Lock8a
from firmware_sim.boards.pzem016 import Pzem016
from firmware_sim.wire.faults import CLEAN, Faults
from firmware_sim.wire.line import Receive, Send
from firmware_sim.wire.rtu import Bus
from firmware_sim.wire.tcp import MbapBus, TcpPort
from tests.wire.boards.lines import PATIENCE_S, on_loop, until

RESET = bytes.fromhex("01 42 80 11")


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, port: TcpPort) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port.port))

    def write(self, request: str) -> None:
        self._writer.write(bytes.fromhex(request))

    async def read(self, count: int) -> str:
        async with asyncio.timeout(PATIENCE_S):
            return (await self._reader.readexactly(count)).hex(" ").upper()

    async def ended(self) -> bool:
        async with asyncio.timeout(PATIENCE_S):
            return await self._reader.read() == b""

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@on_loop
async def test_half_a_request_on_one_connection_does_not_disturb_another() -> None:
    port = TcpPort(Bus([Pzem016()], silence_ms=PATIENCE_S * 1000))
    await port.plug()
    one, other = await Connection.to(port), await Connection.to(port)
    one.write("01 42")
    other.write("F8 42 C2 41")
    assert await other.read(4) == "F8 42 C2 41"
    one.write("80 11")
    assert await one.read(4) == "01 42 80 11"
    await one.close()
    await other.close()
    await port.unplug()


@on_loop
async def test_a_serial_board_is_served_as_by_a_device_server() -> None:
    port = TcpPort(Lock8a())
    await port.plug()
    line = await Connection.to(port)
    line.write("80 01 01 33 B3")
    assert await line.read(5) == "80 01 01 00 80"
    port.noise(b"\xff")
    assert await line.read(1) == "FF"
    await line.close()
    await port.unplug()


@on_loop
async def test_mbap_answers_carry_transaction_and_unit_and_unknown_units_stay_silent() -> None:
    port = TcpPort(MbapBus(Bus([Pzem016(address=3, threshold_w=2200)])))
    await port.plug()
    line = await Connection.to(port)
    line.write("00 01 00 00 00 06 04 03 00 01 00 02")
    line.write("BE EF 00 00 00 06 03 03 00 01 00 02")
    assert await line.read(13) == "BE EF 00 00 00 07 03 03 04 08 98 00 03"
    line.write("00 02 00 00 00 06 03 04 00 0A")
    line.write("00 01 00 03 00 00 00 02 03 65")
    assert await line.read(18) == "00 02 00 00 00 03 03 84 02 00 03 00 00 00 03 03 E5 01"
    await line.close()
    await port.unplug()


@pytest.mark.parametrize("lost", ["00 01 00 07 00 06 03 03", "00 01 00 00 FF FF 03 03"])
def test_mbap_garbage_ends_with_its_chunk(lost: str) -> None:
    async def run() -> None:
        sent: list[str] = []
        bus = MbapBus(Bus([Pzem016(address=3)]))

        def send(frame: bytes, faults: Faults = CLEAN) -> None:
            assert faults == CLEAN
            sent.append(frame.hex(" ").upper())

        receive = bus.connect(send)
        receive(bytes.fromhex(lost))
        receive(bytes.fromhex("00 05 00 00 00 02 03 42"))
        assert sent == ["00 05 00 00 00 02 03 42"]

    on_loop(run)()


@on_loop
async def test_unplugging_ends_every_connection_and_frees_the_port() -> None:
    meter = Pzem016()
    port = TcpPort(Bus([meter]))
    await port.plug()
    line = await Connection.to(port)
    line.write(RESET.hex())
    assert await line.read(4) == "01 42 80 11"
    await port.unplug()
    await port.unplug()
    assert await line.ended()
    await line.close()
    again = TcpPort(Bus([meter]), port=port.port)
    await again.plug()
    await again.unplug()


@on_loop
async def test_a_client_that_never_reads_cannot_keep_the_port_from_closing() -> None:
    tap: list[Send] = []

    class Talker:
        def connect(self, send: Send) -> Receive:
            tap.append(send)
            return lambda data: send(data * 1000)

        def disconnect(self, send: Send) -> None:
            tap.remove(send)

    port = TcpPort(Talker())
    await port.plug()
    line = await Connection.to(port)
    await until(lambda: len(tap) == 1)
    tap[0](bytes(50_000_000))
    line.write("00" * 4096)
    async with asyncio.timeout(PATIENCE_S):
        await port.unplug()
    assert tap == []
    with suppress(ConnectionResetError):
        await line.close()


@on_loop
async def test_a_port_in_use_is_an_error() -> None:
    port = TcpPort(Bus())
    await port.plug()
    with pytest.raises(OSError, match="address already in use") as caught:
        await TcpPort(Bus(), port=port.port).plug()
    assert caught.value.errno == errno.EADDRINUSE
    await port.unplug()


@on_loop
async def test_a_connection_that_ends_is_forgotten_by_the_board() -> None:
    rack = Lock8a()
    port = TcpPort(rack)
    await port.plug()
    line = await Connection.to(port)
    line.write("80 01 01 33 B3")
    await line.read(5)
    assert len(rack._lines) == 1
    await line.close()
    await until(lambda: not rack._lines)
    await port.unplug()
