"""The Modbus line itself: late replies, long silences, cancellation, a taken port."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.boards.pzem016 import Pzem016
from firmware_sim.boards.waveshare_relay import WaveshareRelay
from firmware_sim.wire.faults import Faults
from firmware_sim.wire.pty import Pty
from firmware_sim.wire.rtu import Bus
from station_agent.bus.errors import BusError, PortGoneError, RestingError
from station_agent.bus.modbus import ModbusBus
from tests.wire.drivers.running import clock, play

READ_S = 0.1


class Line:
    """One meter at address 1, one relay at 10, and the bus that reads them."""

    def __init__(self, folder: Path, **settings: float) -> None:
        self.meter = Pzem016(address=1, energy_wh=38)
        self.relay = WaveshareRelay(address=10)
        self.pty = Pty(Bus([self.meter, self.relay]), link=folder / "bus0")
        self.pty.plug()
        self.now = 0
        quiet_s = settings.get("quiet_s", 0.25)
        self.bus = ModbusBus(
            id="bus0", port=str(self.pty.path), clock=lambda: self.now, quiet_s=quiet_s
        )

    async def energy(self) -> int:
        """The counter, by a read of one register."""
        return (await self.bus.read_input(1, 5, 1, timeout_s=READ_S))[0]

    async def volts(self) -> int:
        """The voltage in 0.1 V: as long a reply as the counter's."""
        return (await self.bus.read_input(1, 0, 1, timeout_s=READ_S))[0]

    def close(self) -> None:
        self.bus.close()
        self.pty.unplug()


def on_line(folder: Path, scenario: Callable[[Line], object]) -> None:
    """Play one scenario on a line of its own."""

    async def whole() -> None:
        line = Line(folder)
        try:
            result = scenario(line)
            assert asyncio.iscoroutine(result)
            await result
        finally:
            line.close()

    play(whole())


def test_a_late_reply_is_not_taken_for_the_next_answer(tmp_path: Path) -> None:
    async def scenario(line: Line) -> None:
        assert await line.volts() == 2_300
        for _ in range(5):
            # Both tries are answered after the deadline, within the quiet time.
            line.meter.faults.once(Faults(delay_ms=200), times=2)
            with pytest.raises(BusError, match="mute"):
                await line.energy()
            assert await line.volts() == 2_300
            assert await line.energy() == 38

    on_line(tmp_path, scenario)


def test_a_device_that_stays_silent_is_asked_ever_less_and_at_once_when_a_person_waits(
    tmp_path: Path,
) -> None:
    async def scenario(line: Line) -> None:
        line.relay.powered = False
        asked: list[bool] = []
        for line.now in range(0, 60_000, 500):
            before = line.bus.counters.requests
            with pytest.raises(BusError):
                await line.bus.read_coils(10, 8, timeout_s=0.01)
            asked.append(line.bus.counters.requests > before)
        times = [500 * i for i, was in enumerate(asked) if was]
        # Three tries, then rests of 1, 2, 4, 8, 10, 10 … s.
        assert times[:8] == [0, 500, 1_000, 1_500, 2_500, 4_500, 8_500, 16_500]
        assert len(times) <= 13

        line.relay.powered = True
        with pytest.raises(RestingError):
            await line.bus.read_coils(10, 8, timeout_s=READ_S)
        assert await line.bus.read_coils(10, 8, timeout_s=READ_S, urgent=True) == [False] * 8
        assert await line.bus.read_coils(10, 8, timeout_s=READ_S) == [False] * 8

    async def quickly() -> None:
        line = Line(tmp_path, quiet_s=0.001)
        try:
            await scenario(line)
        finally:
            line.close()

    play(quickly())


def test_an_exception_reply_names_its_code(tmp_path: Path) -> None:
    async def scenario(line: Line) -> None:
        with pytest.raises(BusError, match="exception 2") as caught:
            await line.bus.read_input(1, 0x0100, 1, timeout_s=READ_S)
        assert caught.value.condition == "garbled"

    on_line(tmp_path, scenario)


def test_flash_frame_moves_the_relay_and_not_its_neighbours(tmp_path: Path) -> None:
    async def scenario(line: Line) -> None:
        moves: list[tuple[int, bool]] = []
        line.relay.on_change(lambda channel, on: moves.append((channel, on)))
        await line.bus.write_coil_word(10, 0x0206, 50, timeout_s=READ_S)
        assert moves == [(7, True)]

    on_line(tmp_path, scenario)


def test_a_taken_port_is_told_and_opened_once_it_is_free(tmp_path: Path) -> None:
    async def scenario(line: Line) -> None:
        other = ModbusBus(id="other", port=str(line.pty.path), clock=lambda: 0)
        assert await other.read_input(1, 5, 1, timeout_s=READ_S) == [38]
        with pytest.raises(PortGoneError):
            await line.energy()
        other.close()
        with pytest.raises(PortGoneError, match="not there"):
            await line.energy()  # the pause before the next attempt
        line.now += 100
        assert await line.energy() == 38

    on_line(tmp_path, scenario)


def test_a_task_cancelled_as_its_reply_arrives_does_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(line: Line) -> None:
        assert await line.energy() == 38
        trace = line.bus._trace

        async def read_for_ever() -> None:
            while True:
                await line.energy()

        task = asyncio.create_task(read_for_ever())

        def cancel_with_the_reply(sending: bool, data: bytes) -> bytes:  # noqa: FBT001  pymodbus' signature
            reply = trace(sending, data)
            if not sending and reply:
                task.cancel()
            return reply

        client = line.bus._client
        assert client is not None
        monkeypatch.setattr(client.ctx, "trace_packet", cancel_with_the_reply)
        async with asyncio.timeout(30):
            done, _ = await asyncio.wait([task], return_when=asyncio.FIRST_COMPLETED)
        assert done == {task}
        assert task.cancelled()
        assert line.bus.counters.requests == 2

    on_line(tmp_path, scenario)


def test_a_read_after_the_port_vanished_tells_so_at_once(tmp_path: Path) -> None:
    async def scenario(line: Line) -> None:
        assert await line.energy() == 38
        line.pty.unplug()
        with pytest.raises(PortGoneError):
            await line.energy()
        line.pty.plug()
        line.now = clock()
        assert await line.energy() == 38

    on_line(tmp_path, scenario)
