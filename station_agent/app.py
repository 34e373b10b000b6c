"""Wires a station together and runs it: one task a driver, one consumer, one uplink."""

import asyncio
import contextlib
import secrets
import signal
import sqlite3
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

from protocol.ids import epoch_at
from station_agent.clock import Clock
from station_agent.config import AgentConfig
from station_agent.desk import Desk
from station_agent.drivers.build import build
from station_agent.drivers.modbus_io.config import RelayConfig
from station_agent.errors import StartError
from station_agent.feedback.lending import Lending
from station_agent.feedback.lights import Lights
from station_agent.gate.gate import KEY as GATE_KEY
from station_agent.gate.gate import Gate
from station_agent.health.memory import settle
from station_agent.health.notify import Notifier
from station_agent.health.process import health_sample, usage
from station_agent.health.supervise import Supervisor
from station_agent.outbox.store import Outbox
from station_agent.sessions.book import Alive, Sessions
from station_agent.sessions.moment import Stamp
from station_agent.uplink.machine import UplinkSettings
from station_agent.uplink.mqtt import Uplink
from station_agent.uplink.session import Broker
from station_agent.version import VERSION

GOODBYE_S: Final = 1.0
"""Time for the broker to hear that the station left; the rest of 2 s is for the disk."""
_LATE_MS: Final = 10_000
"""A consumer that has not finished a round for so long is stuck."""
_log: Final = structlog.get_logger("agent")


class _Renewal:
    """Tells the desk when the outbox lost its file."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def appended(self, lo: int, hi: int) -> None:
        """The desk knows."""

    def dropped(self, lo: int, hi: int) -> None:
        """The outbox counts."""

    def renewed(self) -> None:
        """All kept rows went with the file."""
        self._desk.renewed()


class Agent:
    """One station's agent.

    Args:
        config: checked settings.
        clock: of this machine.
        notifier: service manager.

    Raises:
        StartError: state folder or password cannot be used.
    """

    def __init__(self, config: AgentConfig, *, clock: Clock, notifier: Notifier) -> None:
        self._config = config
        self._clock = clock
        self._notifier = notifier
        self._supervisor = Supervisor()
        password = read_password(config)
        self._outbox = open_outbox(config, clock)
        self._hardware = build(config, clock.mono_ms)
        self._sessions = Sessions(config, boot=clock.boot)
        self._gate = Gate(keys=config.keys, config=config.gate)
        self._restore()
        self._desk = Desk(
            sessions=self._sessions,
            gate=self._gate,
            store=self._outbox,
            clock=clock,
            show=self._lights().show,
            lend=self._lend,
        )
        self._lending = [
            Lending(device=name, rack=rack, slots=partial(self._sessions.slots, name))
            for name, rack in self._hardware.racks.items()
        ]
        self._outbox.listen(_Renewal(self._desk))
        self._broker = Broker(
            host=config.mqtt.host,
            port=config.mqtt.port,
            password=password,
            keepalive_s=config.mqtt.keepalive_s,
            ca_file=config.mqtt.ca_file,
        )

    def _restore(self) -> None:
        kept = self._outbox.kept("")
        unread = self._sessions.restore(kept)
        alive = Alive.read(kept)
        same_boot = alive is not None and alive.boot == self._clock.boot
        if not self._gate.restore(kept.get(GATE_KEY), same_boot=same_boot):
            unread.append(GATE_KEY)
        if unread:
            _log.warning("state_unreadable", keys=unread)

    def _lights(self) -> Lights:
        for device in self._config.device:
            if isinstance(device, RelayConfig) and (device.green or device.red):
                board = self._hardware.relays[device.id]
                return Lights(board=board, green=device.green, red=device.red)
        return Lights(board=None, green=None, red=None)

    async def _lend(self) -> None:
        for lending in self._lending:
            if await lending.press() is not None:
                return

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT, then leave within two seconds."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        uplink = Uplink(
            station=self._config.station.id,
            outbox=self._outbox,
            broker=self._broker,
            clock=self._clock,
            agent=VERSION,
            settings=UplinkSettings(batch_wait_s=self._config.outbox.batch_wait_s),
        )
        keep = self._supervisor.keep
        tasks = [
            self._start(name, keep(name, partial(driver.run, self._desk.emit)))
            for name, driver in self._hardware.drivers.items()
        ]
        tasks.append(self._start("health", keep("health", self._health)))
        tasks.append(self._start("watchdog", keep("watchdog", self._watchdog)))
        desk = self._start("desk", self._desk.run())
        link = self._start("uplink", keep("uplink", uplink.run))
        settle()
        self._notifier.ready()
        print("ready", flush=True)
        _log.info("started", station=self._config.station.id, devices=len(tasks) - 2)
        # The desk ends only by a fault it could not digest: better a fresh process than a deaf one.
        await asyncio.wait(
            [desk, asyncio.ensure_future(stop.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        await self._leave([*tasks, desk], link)
        if desk.done() and not desk.cancelled() and (error := desk.exception()):
            raise error

    @staticmethod
    def _start(name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.create_task(work, name=name)

    async def _leave(self, tasks: list[asyncio.Task[None]], link: asyncio.Task[None]) -> None:
        self._notifier.stopping()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=GOODBYE_S / 2)
        self._desk.finish()
        link.cancel()
        await asyncio.wait([link], timeout=GOODBYE_S)
        self._hardware.close()
        self._outbox.close()
        _log.info("stopped")

    async def _health(self) -> None:
        while True:
            stats = self._outbox.stats()
            lost = stats.dropped_samples + stats.dropped_facts + self._desk.dropped
            self._desk.add(
                health_sample(
                    Stamp(self._clock.wall_ms(), self._clock.mono_ms()),
                    usage(),
                    outbox_events=stats.events,
                    outbox_bytes=stats.size,
                    dropped=lost,
                )
            )
            await asyncio.sleep(self._config.outbox.sample_s)

    async def _watchdog(self) -> None:
        """A sign of life at half the manager's patience, as long as observations are consumed."""
        wait_ms = self._notifier.watchdog_ms or 2 * _LATE_MS
        while True:
            late = self._clock.mono_ms() - self._desk.beat
            if late < min(_LATE_MS, wait_ms):
                self._notifier.alive()
            else:
                _log.error("desk_late", late_ms=late)
            await asyncio.sleep(wait_ms / 2_000)


def read_password(config: AgentConfig) -> str:
    """The broker's password.

    Raises:
        StartError: the file cannot be read or is empty.
    """
    path = Path(config.mqtt.password_file)
    try:
        password = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(
            "password_file", f"mqtt.password_file = {str(path)!r}: cannot be read: {error}"
        ) from error
    if not password:
        raise StartError("password_file", f"mqtt.password_file = {str(path)!r}: is empty")
    return password


def open_outbox(config: AgentConfig, clock: Clock) -> Outbox:
    """The outbox in the state folder, made when missing.

    Raises:
        StartError: the folder or the file cannot be used.
    """
    folder = Path(config.station.state_dir)
    try:
        return Outbox(
            folder / "outbox.sqlite",
            new_epoch=lambda: epoch_at(clock.wall_ms() // 1_000, secrets.randbits(16)),
            max_bytes=config.outbox.max_mib * 2**20,
        )
    except (OSError, sqlite3.Error) as error:
        raise StartError(
            "state_dir", f"station.state_dir = {str(folder)!r}: cannot be used: {error}"
        ) from error


def run(config: AgentConfig, *, clock: Clock, notifier: Notifier) -> None:
    """Run a station until it is told to stop.

    Raises:
        StartError: it cannot start.
    """
    agent = Agent(config, clock=clock, notifier=notifier)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(agent.run())
