"""The uplink: the pure machine, the outbox and MQTT sessions, brought together on asyncio."""

import asyncio
import contextlib
import random
import secrets
from typing import Final, Protocol

import structlog

from protocol import topics
from protocol.envelope import Birth, decode_ack, encode_batch
from protocol.errors import MessageError
from protocol.seqset import SeqSet
from station_agent.clock import Clock
from station_agent.outbox.errors import OutboxError
from station_agent.outbox.store import Outbox
from station_agent.uplink.machine import UplinkMachine, UplinkSettings, Want
from station_agent.uplink.session import Broker, Session, SessionLost

_BATCH_BYTES: Final = 180 * 1024
_BACKOFF_MIN_S: Final = 1.0
_BACKOFF_MAX_S: Final = 60.0
_STABLE_S: Final = 120.0
_log = structlog.get_logger("uplink")


class LinkListener(Protocol):
    """Told when a session begins and ends."""

    def __call__(self, *, up: bool) -> None:
        """The link is up, or down."""


class Uplink:
    """Brings the outbox to the server, session after session, until cancelled.

    Args:
        station: station id.
        outbox: events to send.
        broker: connection settings.
        clock: wall and monotonic time.
        agent: version shown in the birth message.
        settings: bounds of batches, windows and pace.
        on_link: told when a session begins and ends.
    """

    def __init__(
        self,
        *,
        station: str,
        outbox: Outbox,
        broker: Broker,
        clock: Clock,
        agent: str,
        settings: UplinkSettings | None = None,
        on_link: LinkListener | None = None,
    ) -> None:
        self._station = station
        self._outbox = outbox
        self._broker = broker
        self._clock = clock
        self._agent = agent
        self._settings = settings or UplinkSettings()
        self._on_link = on_link
        self._wake = asyncio.Event()
        self._up = False
        self._machine = self._new_machine()
        outbox.listen(self)

    @property
    def pending(self) -> int:
        """Events the server has not yet committed."""
        return self._machine.held

    def _new_machine(self) -> UplinkMachine:
        return UplinkMachine(
            epoch=self._outbox.epoch, held=self._outbox.held(), settings=self._settings
        )

    # Outbox.Listener

    def appended(self, lo: int, hi: int) -> None:
        """The outbox took events."""
        self._machine.appended(lo, hi, now=self._now())
        self._wake.set()

    def dropped(self, lo: int, hi: int) -> None:
        """The outbox gave events up."""
        self._machine.dropped(lo, hi)

    def renewed(self) -> None:
        """The outbox began a new epoch."""
        self._machine = self._new_machine()
        if self._up:
            self._machine.connected(now=self._now())
        self._wake.set()

    async def run(self) -> None:
        """Connect, send, reconnect. Cancelling says goodbye to the broker first."""
        wait = _BACKOFF_MIN_S
        while True:
            began = self._now()
            session = Session(self._station, self._broker, birth=self._birth())
            try:
                await session.open()
                self._begin()
                await self._pump(session)
            except (OSError, SessionLost, OutboxError) as error:
                _log.warning("link_lost", reason=type(error).__name__, detail=str(error))
            finally:
                self._end()
                await session.close()
            if self._now() - began > _STABLE_S:
                wait = _BACKOFF_MIN_S
            await asyncio.sleep(random.uniform(0, wait))
            wait = min(wait * 2, _BACKOFF_MAX_S)

    def _birth(self) -> Birth:
        return Birth(
            session=secrets.token_hex(8),
            agent=self._agent,
            boot=self._clock.boot,
            at=self._clock.wall_ms(),
        )

    def _begin(self) -> None:
        self._up = True
        self._machine.connected(now=self._now())
        self._tell(up=True)
        _log.info("link_up", pending=self._machine.held)

    def _end(self) -> None:
        if self._up:
            self._up = False
            self._machine.disconnected()
            self._tell(up=False)

    def _tell(self, *, up: bool) -> None:
        if self._on_link is not None:
            self._on_link(up=up)

    async def _pump(self, session: "Session") -> None:
        while True:
            self._wake.clear()
            for payload in session.take():
                self._take_ack(payload)
            while (want := self._machine.poll(now=self._now())) is not None:
                self._send(session, want)
            await self._sleep(session)

    async def _sleep(self, session: "Session") -> None:
        until = self._machine.wake_at(now=self._now())
        timeout = None if until is None else max(0.0, until - self._now())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await session.wait_for_news(self._wake)

    def _take_ack(self, payload: bytes) -> None:
        try:
            ack = decode_ack(payload)
        except MessageError as error:
            _log.warning("ack_refused", code=error.code)
            return
        forget = self._machine.acknowledged(epoch=ack.epoch, seq=ack.seq, ranges=ack.ranges)
        if forget:
            self._outbox.forget(forget)

    def _send(self, session: "Session", want: Want) -> None:
        epoch = self._outbox.epoch
        rows = self._outbox.read(want.ranges, limit=want.limit, max_bytes=_BATCH_BYTES)
        if self._outbox.epoch != epoch:
            return
        if not rows:
            # Held by the machine but not by the file: give it up, the server sees a hole.
            for lo, hi in want.ranges:
                self._machine.dropped(lo, hi)
            return
        low = self._machine.low
        payload = encode_batch(
            epoch=self._machine.epoch,
            boot=self._clock.boot,
            sent=self._clock.wall_ms(),
            mono=self._clock.mono_ms(),
            synced=self._clock.synced(),
            low=rows[0][0] if low is None else low,
            bodies=[body for _, body in rows],
        )
        session.publish(topics.batch(self._station), payload)
        seqs = SeqSet()
        for seq, _ in rows:
            seqs.add(seq)
        self._machine.sent(seqs, live=want.live, now=self._now())

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
