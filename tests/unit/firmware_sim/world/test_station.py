"""A station on its real ports: what people do is what the wire says."""

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import serial

from firmware_sim.wire import crc
from firmware_sim.wire.gpio import EVENT
from firmware_sim.world.physics import Battery
from firmware_sim.world.resume import tag_of
from firmware_sim.world.station import FLOW_LINE, TAP_LINE, UMBRELLA_LINE, Station

TAG = tag_of("yz-001", 1)


class Hand:
    """A simulated clock moved by hand."""

    def __init__(self) -> None:
        self.now = 1_764_000_000_000

    def sim_ms(self) -> int:
        return self.now


@asynccontextmanager
async def powered(folder: Path, clock: Hand) -> AsyncIterator[Station]:
    station = Station(folder, clock=clock, energy_wh=(5, 100, 0, 0), stock={2: TAG})
    station.power_up()
    try:
        yield station
    finally:
        station.power_down()


async def ask(port: Path, request: bytes, length: int) -> bytes:
    """What a master on the port reads after its request."""

    def exchange() -> bytes:
        with serial.Serial(str(port), 9_600, timeout=5) as line:
            line.write(request)
            return bytes(line.read(length))

    return await asyncio.to_thread(exchange)


async def meter(folder: Path, address: int) -> tuple[int, int]:
    """Power (mW) and counter (Wh) as the register table gives them."""
    body = bytes((address, 4, 0, 0, 0, 10))
    reply = await ask(folder / "bus0", body + crc.modbus(body), 25)
    words = struct.unpack(">10H", reply[3:23])
    return (words[3] + (words[4] << 16)) * 100, words[5] + (words[6] << 16)


def edges(folder: Path) -> list[tuple[int, int]]:
    """(line, line_seqno) of rising edges waiting in the FIFO."""
    fd = os.open(folder / "gpio0", os.O_RDONLY | os.O_NONBLOCK)
    try:
        data = os.read(fd, 65_536)
    finally:
        os.close(fd)
    events = [EVENT.unpack_from(data, at) for at in range(0, len(data), EVENT.size)]
    return [(event[2], event[4]) for event in events if event[1] == 1]


def run(folder: Path, story: Callable[[Station, Hand], Awaitable[None]]) -> None:
    async def played() -> None:
        clock = Hand()
        async with powered(folder, clock) as station:
            await story(station, clock)

    asyncio.run(played())


def test_the_meter_shows_real_energy_and_a_dead_socket_gives_none(tmp_path: Path) -> None:
    async def story(station: Station, clock: Hand) -> None:
        assert station.plug(2, Battery(peak_mw=60_000, wanted_wh=500)) == 100
        assert await meter(tmp_path, 2) == (60_000, 100)
        clock.now += 10 * 60_000
        station.tick()
        assert await meter(tmp_path, 2) == (60_000, 110)
        off = bytes.fromhex("0a 05 00 01 00 00")
        assert await ask(tmp_path / "bus0", off + crc.modbus(off), 8) == off + crc.modbus(off)
        clock.now += 60 * 60_000
        station.tick()
        assert await meter(tmp_path, 2) == (0, 110)
        assert not station.drawing(2)
        station.relay.set_channel(2, on=True)
        clock.now += 60_000
        assert station.unplug(2) == 111
        assert await meter(tmp_path, 2) == (0, 111)
        assert await meter(tmp_path, 1) == (0, 5)

    run(tmp_path, story)


def test_a_taken_socket_takes_no_second_charger(tmp_path: Path) -> None:
    async def story(station: Station, _clock: Hand) -> None:
        station.plug(1, Battery(peak_mw=20_000, wanted_wh=5))
        with pytest.raises(ValueError, match="socket 1 is taken"):
            station.plug(1, Battery(peak_mw=20_000, wanted_wh=5))

    run(tmp_path, story)


def test_water_makes_its_pulses_and_cools_the_boiler(tmp_path: Path) -> None:
    async def story(station: Station, _clock: Hand) -> None:
        before = station.boiler.temp_mc
        pulses = sum(station.pour(10_000) for _ in range(50))
        assert pulses == 225
        assert edges(tmp_path) == [(FLOW_LINE, n) for n in range(1, 226)]
        station.tick()
        assert before - 4_000 < station.boiler.temp_mc < before - 2_000

    run(tmp_path, story)


def test_an_umbrella_leaves_only_an_unlocked_hook_and_its_tag_goes_along(tmp_path: Path) -> None:
    inventory = bytes.fromhex("bb 00 22 00 00 22 7e")
    query = bytes.fromhex("80 01 00 33 b2")

    async def story(station: Station, _clock: Hand) -> None:
        assert (await ask(tmp_path / "lock0", query, 5))[2] == 0b10
        assert bytes.fromhex(TAG) in await ask(tmp_path / "uhf0", inventory, 24)
        assert station.pull(2) is None
        unlock = bytes.fromhex("8a 01 02 11 98")
        await ask(tmp_path / "lock0", unlock, 5)
        assert station.open_slots() == [2]
        assert station.pull(2) == TAG
        assert (await ask(tmp_path / "lock0", query, 5))[2] == 0
        assert (await ask(tmp_path / "uhf0", inventory, 8))[5] == 0x15
        station.insert(7, TAG)
        assert (await ask(tmp_path / "lock0", query, 5))[2] == 0b100_0000
        assert station.filled_slots() == [7]
        with pytest.raises(ValueError, match="already holds"):
            station.insert(7, tag_of("yz-001", 2))

    run(tmp_path, story)


def test_buttons_and_lights(tmp_path: Path) -> None:
    async def story(station: Station, _clock: Hand) -> None:
        station.press("tap", bounces=1)
        station.press("umbrella")
        lines = [line for line, _ in edges(tmp_path)]
        assert lines == [TAP_LINE, TAP_LINE, UMBRELLA_LINE]
        waiting = asyncio.create_task(station.lights.next(5))
        await asyncio.sleep(0)
        flash = bytes.fromhex("0a 05 02 06 00 02")
        await ask(tmp_path / "bus0", flash + crc.modbus(flash), 8)
        assert await waiting == "green"
        assert await station.lights.next(0.01) is None

    run(tmp_path, story)


def test_a_station_is_in_operation_once_every_line_was_asked(tmp_path: Path) -> None:
    async def story(station: Station, _clock: Hand) -> None:
        waiting = asyncio.create_task(station.attention.wait())
        await meter(tmp_path, 1)
        await ask(tmp_path / "lock0", bytes.fromhex("80 01 00 33 b2"), 5)
        assert not waiting.done()
        await ask(tmp_path / "uhf0", bytes.fromhex("bb 00 22 00 00 22 7e"), 24)
        async with asyncio.timeout(5):
            await waiting

    run(tmp_path, story)
