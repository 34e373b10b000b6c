"""UHF tag reader over the rack: one inventory after another, strongest signal of each tag."""

import asyncio
from collections.abc import Callable
from typing import Final

from station_agent.bus.errors import BusError
from station_agent.bus.serial_port import serial_opener
from station_agent.bus.stream import ByteStream
from station_agent.drivers.condition import ConditionTracker
from station_agent.drivers.uhf.config import UhfConfig
from station_agent.drivers.uhf.framing import (
    HARDWARE,
    STOP,
    VERSION,
    Dialect,
    Frame,
    UhfFramer,
    build,
    multi_inventory,
    says_no_tag,
    tag_in,
)
from station_agent.observations import Emit, TagsSeen

_BAUD: Final = 115_200
_ROUNDS: Final = 5
_GAP_S: Final = 0.12
"""Silence after which a multiple inventory is over; a reader's own rounds take 10 to 40 ms."""
_DIALECTS: Final[tuple[Dialect, ...]] = ("bb", "aa")


class UhfDriver:
    """Reports `TagsSeen` once a poll, empty when the reader says that there is no tag."""

    def __init__(self, *, config: UhfConfig, clock: Callable[[], int]) -> None:
        self._config = config
        self._clock = clock
        self._opener = serial_opener(config.port, _BAUD, clock)
        self._framer = UhfFramer()
        self._dialect: Dialect | None = None

    @property
    def id(self) -> str:
        """The configured device id."""
        return self._config.id

    @property
    def dialect(self) -> Dialect | None:
        """What the reader speaks; None before it first answered."""
        return self._dialect

    async def run(self, emit: Emit) -> None:
        """Poll until cancelled."""
        tracker = ConditionTracker(device=self.id, emit=emit, clock=self._clock)
        while True:
            async with self._opener.opened(tracker.gone) as stream:
                self._dialect = None
                self._framer = UhfFramer()
                while True:
                    await self._round(stream, emit, tracker)
                    await asyncio.sleep(self._config.poll_s)

    async def _round(self, stream: ByteStream, emit: Emit, tracker: ConditionTracker) -> None:
        try:
            dialect = self._dialect or await self._detect(stream)
            tags = await self._inventory(stream, dialect)
        except BusError as error:
            if error.condition == "unplugged":
                raise
            # A reader swapped for one of the other dialect is found again.
            self._dialect = None
            tracker.fail(error.condition, error.detail)
            return
        self._dialect = dialect
        self._opener.works()
        emit(TagsSeen(self.id, tags, self._clock()))
        tracker.ok()

    async def _detect(self, stream: ByteStream) -> Dialect:
        """Ask for the version in each dialect; a reader answers only in its own."""
        failure = BusError("mute", "no answer")
        for dialect in _DIALECTS:
            try:
                frames = await self._ask(stream, build(dialect, VERSION, HARDWARE))
            except BusError as error:
                if error.condition == "unplugged":
                    raise
                failure = error if error.condition == "garbled" else failure
                continue
            return frames[-1].dialect
        raise failure

    async def _inventory(self, stream: ByteStream, dialect: Dialect) -> dict[str, int]:
        frames = await self._ask(stream, multi_inventory(dialect, _ROUNDS))
        seen: dict[str, int] = {}
        answered = False
        for frame in frames:
            tag = tag_in(frame)
            answered = answered or tag is not None or says_no_tag(frame)
            if tag is not None and tag.rssi >= self._config.min_rssi_dbm:
                seen[tag.epc] = max(tag.rssi, seen.get(tag.epc, tag.rssi))
        if not answered:
            raise BusError("garbled", "frames, but no inventory among them")
        return seen

    async def _ask(self, stream: ByteStream, request: bytes) -> list[Frame]:
        """All frames up to a silence.

        Raises:
            BusError: none came.
        """
        loop = asyncio.get_running_loop()
        stream.drain()
        stream.write(request)
        deadline = loop.time() + self._config.timeout_s
        frames: list[Frame] = []
        heard = 0
        while (left := deadline - loop.time()) > 0:
            chunk = await stream.read(min(_GAP_S, left) if heard else left)
            if not chunk:
                break
            heard += len(chunk)
            frames += self._framer.feed(chunk)
        else:
            # Still talking, as when an agent before us asked for endless rounds.
            stream.write(build(frames[-1].dialect if frames else "bb", STOP))
        frames += self._framer.idle()
        if not frames:
            if heard:
                raise BusError("garbled", f"{heard} bytes, no valid frame")
            raise BusError("mute", "no answer")
        return frames
