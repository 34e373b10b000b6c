"""A real agent process beside a simulated station, and what its outbox holds."""

import asyncio
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from firmware_sim.world.station import Station
from protocol.events import AnyEvent, Event
from tests.unit.station_agent.station import write_settings

PATIENCE_S: Final = 60.0
"""Far longer than anything takes: only a test that fails waits so long."""
QUICK: Final = {
    "sessions": "charge_on_s = 0.5\ncharge_off_s = 2.0\ndraw_gap_s = 1.0",
    "outbox": "sample_s = 1.0",
}
_event: Final = msgspec.json.Decoder(AnyEvent)
_E = TypeVar("_E", bound=Event)


class Hand:
    """The time of the physics: it passes when a test says so."""

    def __init__(self) -> None:
        self.ms = 0

    def sim_ms(self) -> int:
        """Simulated ms."""
        return self.ms


class Running:
    """One station with its agent, which can be killed and started again."""

    def __init__(self, folder: Path, station: Station, hand: Hand, port: int) -> None:
        self.folder = folder
        self.station = station
        self._hand = hand
        self._settings = write_settings(folder, port=port, extra=QUICK)
        self.python = sys.executable
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the agent and wait until it says so."""
        command = [self.python, "-m", "station_agent", "run", "--config", str(self._settings)]
        with (self.folder / "agent.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=log
            )
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            assert await self.process.stdout.readline() == b"ready\n", self.log()

    async def kill(self) -> None:
        """SIGKILL, as a power cut of the process."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> tuple[int, float]:
        """SIGTERM; exit code and seconds it took."""
        began = time.monotonic()
        return await self._end(signal.SIGTERM), time.monotonic() - began

    async def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        process, self.process = self.process, None
        process.send_signal(number)
        async with asyncio.timeout(PATIENCE_S):
            return await process.wait()

    def pass_(self, seconds: float) -> None:
        """Let the physics go on."""
        self._hand.ms += round(1_000 * seconds)
        self.station.tick()

    def events(self, kind: type[_E]) -> list[_E]:
        """What is in the outbox file now."""
        path = self.folder / "state" / "outbox.sqlite"
        with closing(sqlite3.connect(path, timeout=10)) as db:
            rows = db.execute("SELECT body FROM event ORDER BY seq").fetchall()
        return [event for (body,) in rows if isinstance(event := _event.decode(body), kind)]

    async def until(self, kind: type[_E], fits: Callable[[_E], bool] = lambda _: True) -> _E:
        """The first event of a kind that fits, as soon as it is in the file."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for event in self.events(kind):
                    if fits(event):
                        return event
                await asyncio.sleep(0.03)

    async def log_says(self, word: str) -> None:
        """Until the agent's log holds a word."""
        async with asyncio.timeout(PATIENCE_S):
            while word not in self.log():
                await asyncio.sleep(0.03)

    def log(self) -> str:
        """Everything the agent has logged."""
        return (self.folder / "agent.log").read_text("utf-8")


@asynccontextmanager
async def running(folder: Path, *, stock: dict[int, str], port: int) -> AsyncIterator[Running]:
    """Simulated devices in `folder`, and an agent that reads them.

    Args:
        folder: ports, settings, state and log.
        stock: slot to tag of the umbrellas in the rack.
        port: of a broker; where none listens, the agent works all the same.
    """
    hand = Hand()
    station = Station(folder, clock=hand, energy_wh=(100, 200, 300, 400), stock=stock)
    station.power_up()
    here = Running(folder, station, hand, port)
    try:
        await here.start()
        yield here
    finally:
        if here.process is not None:
            await here.kill()
        station.power_down()
