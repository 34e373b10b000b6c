"""GM65 QR scanner: sets it up, listens to what it reads, asks whether it lives."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from station_agent.bus.serial_port import serial_opener
from station_agent.bus.stream import ByteStream
from station_agent.drivers.condition import ConditionTracker
from station_agent.drivers.scanner.config import ScannerConfig
from station_agent.drivers.scanner.framing import (
    SETTINGS,
    Reply,
    ScannerFramer,
    Text,
    Zone,
    heartbeat,
    read_zone,
    write_zone,
)
from station_agent.observations import CodeScanned, Emit

_log: Final = structlog.get_logger(__name__)
_REPLY_S: Final = 0.5
_SILENCE_S: Final = 0.05
_SILENCE_WITH_TAIL_S: Final = 0.3
"""Once CR is known to end each text, silence only cleans up after a broken one."""
_REPEAT_MS: Final = 1_000


class ScannerDriver:
    """Reports `CodeScanned`; a repeat of the same text within a second is dropped.

    The set-up is read back. A scanner that does not take it (other models have other
    addresses) is listened to all the same, with silence as the end of a text.

    Args:
        config: settings.
        clock: monotonic ms.
        heartbeat_s: pause between two questions for a sign of life.
    """

    def __init__(
        self, *, config: ScannerConfig, clock: Callable[[], int], heartbeat_s: float = 10.0
    ) -> None:
        self._config = config
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._opener = serial_opener(config.port, config.baud, clock)
        self._framer = ScannerFramer()
        self._configured = False
        self._last: tuple[str, int] | None = None

    @property
    def id(self) -> str:
        """The configured device id."""
        return self._config.id

    @property
    def configured(self) -> bool:
        """Whether mode, tail and set-up codes were read back as wanted."""
        return self._configured

    async def run(self, emit: Emit) -> None:
        """Listen until cancelled."""
        tracker = ConditionTracker(device=self.id, emit=emit, clock=self._clock)
        while True:
            async with self._opener.opened(tracker.gone) as stream:
                self._framer = ScannerFramer()
                self._configured = False
                await self._serve(stream, emit, tracker)

    async def _serve(self, stream: ByteStream, emit: Emit, tracker: ConditionTracker) -> None:
        if not self._config.configure:
            # Nothing is asked, so an open port is all that can be known.
            tracker.ok()
            self._opener.works()
            while True:
                await self._listen(stream, emit, 3_600.0)
        missed = 1
        while True:
            if await self._ask(stream, emit, heartbeat(), alive=True) is None:
                missed += 1
                tracker.fail("mute", "no heartbeat")
            else:
                self._opener.works()
                if missed:
                    # It may have lost its settings, which live in its RAM.
                    self._configured = await self._set_up(stream, emit)
                missed = 0
                tracker.ok()
            if await self._listen(stream, emit, self._heartbeat_s):
                tracker.ok()

    async def _set_up(self, stream: ByteStream, emit: Emit) -> bool:
        for zone in SETTINGS:
            if not await self._set(stream, emit, zone):
                _log.warning("scanner_read_only", device=self.id, zone=f"{zone.address:04x}")
                return False
        return True

    async def _set(self, stream: ByteStream, emit: Emit, zone: Zone) -> bool:
        before = await self._read(stream, emit, zone.address)
        if before is None:
            return False
        wanted = before & ~zone.mask | zone.value
        if before == wanted:
            return True
        await self._ask(stream, emit, write_zone(zone.address, wanted))
        return await self._read(stream, emit, zone.address) == wanted

    async def _read(self, stream: ByteStream, emit: Emit, address: int) -> int | None:
        reply = await self._ask(stream, emit, read_zone(address))
        return reply.data[0] if reply is not None and len(reply.data) == 1 else None

    async def _ask(
        self, stream: ByteStream, emit: Emit, request: bytes, *, alive: bool = False
    ) -> Reply | None:
        """Send a command; texts that come meanwhile are reported, not lost."""
        stream.write(request)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _REPLY_S
        answer: Reply | None = None
        while answer is None and (left := deadline - loop.time()) > 0:
            for item in self._framer.feed(await stream.read(left)):
                if isinstance(item, Text):
                    self._report(item.text, emit)
                elif item.alive is alive:
                    answer = item
        return answer

    async def _listen(self, stream: ByteStream, emit: Emit, seconds: float) -> bool:
        """Report texts for a while; returns whether any came."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        silence = _SILENCE_WITH_TAIL_S if self._configured else _SILENCE_S
        heard = False
        while self._framer.pending or loop.time() < deadline:
            pending = self._framer.pending
            chunk = await stream.read(silence if pending else max(0.0, deadline - loop.time()))
            items = self._framer.feed(chunk) if chunk else self._framer.idle()
            for item in items:
                if isinstance(item, Text):
                    heard = True
                    self._report(item.text, emit)
        return heard

    def _report(self, text: str, emit: Emit) -> None:
        now = self._clock()
        if self._last is not None and self._last[0] == text and now - self._last[1] < _REPEAT_MS:
            return
        self._last = (text, now)
        emit(CodeScanned(self.id, text, now))
