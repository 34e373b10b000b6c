"""Many stations in one process, each with the agent's own outbox and uplink, until all is sent."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_sim.fleet.history import history
from firmware_sim.fleet.options import past_of
from firmware_sim.fleet.write import new_epoch, write_past
from firmware_sim.world.phones import Phone
from station_agent.clock import Clock
from station_agent.outbox.store import Outbox
from station_agent.uplink.machine import UplinkSettings
from station_agent.uplink.mqtt import Uplink
from station_agent.uplink.session import Broker

AGENT: Final = "fleet"
PACE: Final = UplinkSettings(backfill_per_s=2_000.0, backfill_window=4)
_LOOK_S: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """What the fleet plays.

    Attributes:
        root: a folder for each station, with `outbox.sqlite` and `ledger.sqlite`.
        stations: their ids.
        days: how far back.
        seed: makes the people.
        host: the broker's.
        port: the broker's.
        passwords: station id to its broker password.
        phones: riders' phones.
    """

    root: Path
    stations: Sequence[str]
    days: int
    seed: int
    host: str
    port: int
    passwords: dict[str, str]
    phones: list[Phone]

    def prepare(self, station: str) -> Path:
        """The station's outbox, written now unless it is there."""
        folder = self.root / station
        outbox = folder / "outbox.sqlite"
        if not outbox.exists():
            past = past_of(station, days=self.days, seed=self.seed)
            told = history(past, self.phones, final_state=True)
            write_past(
                told,
                station=station,
                seed=self.seed,
                outbox=outbox,
                ledger=folder / "ledger.sqlite",
            )
        return outbox


class Progress:
    """How many events wait at each station; stations still to be prepared are not counted."""

    def __init__(self) -> None:
        self.waiting: dict[str, int] = {}
        self.sent = 0
        self.done: set[str] = set()

    def update(self, station: str, waiting: int) -> None:
        """`waiting` events of the station are not yet committed by the server."""
        self.sent += max(0, self.waiting.get(station, waiting) - waiting)
        self.waiting[station] = waiting
        if waiting == 0:
            self.done.add(station)


async def play(fleet: Fleet, clock: Clock, progress: Progress, tell: Callable[[], None]) -> None:
    """Prepare and send every station's past; returns when the server has committed all of it.

    Args:
        fleet: what to play.
        clock: for the envelopes.
        progress: kept up to date.
        tell: called now and then, and at the end.

    Raises:
        PhoneError, OSError, OutboxError: a past cannot be written or read.
    """
    async with asyncio.TaskGroup() as group:
        for station in fleet.stations:
            outbox = await asyncio.to_thread(fleet.prepare, station)
            group.create_task(_send(fleet, station, outbox, clock, progress))
            tell()
        while len(progress.done) < len(fleet.stations):
            tell()
            await asyncio.sleep(_LOOK_S)
    tell()


async def _send(fleet: Fleet, station: str, path: Path, clock: Clock, progress: Progress) -> None:
    outbox = Outbox(path, new_epoch=new_epoch)
    broker = Broker(host=fleet.host, port=fleet.port, password=fleet.passwords[station])
    uplink = Uplink(
        station=station, outbox=outbox, broker=broker, clock=clock, agent=AGENT, settings=PACE
    )
    progress.update(station, uplink.pending)
    if not uplink.pending:
        outbox.close()
        return
    running = asyncio.create_task(uplink.run())
    try:
        while uplink.pending and not running.done():
            await asyncio.sleep(_LOOK_S)
            progress.update(station, uplink.pending)
        if running.done():
            await running
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        outbox.close()
