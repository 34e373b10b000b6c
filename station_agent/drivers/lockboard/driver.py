"""Umbrella rack on an "8A" lock board: slot switches polled, slots unlocked on request."""

import asyncio
from collections.abc import Callable
from typing import Final, Literal, TypeVar

from station_agent.bus.errors import BusError, PortGoneError
from station_agent.bus.serial_port import serial_opener
from station_agent.bus.stream import ByteStream
from station_agent.drivers.condition import ConditionTracker
from station_agent.drivers.lockboard.codec import (
    find_all,
    find_one,
    find_unlock,
    query_all,
    query_one,
    strip_echo,
    unlock,
)
from station_agent.drivers.lockboard.config import LockboardConfig
from station_agent.observations import Emit, Reading

_T = TypeVar("_T")
Unlocked = Literal["opened", "closed", "unknown"]
_GAP_S: Final = 0.03
"""Idle time that ends a reply without length (the board's bytes come every 1.04 ms)."""
_QUIET_S: Final = 0.3


class LockboardDriver:
    """Reports `slot_state` (1: the hook holds something) of every slot each round.

    Adapters that echo are found out by a query whose reply can never equal it; afterwards the
    echo is stripped, because a failed unlock is answered with the request itself.
    """

    def __init__(self, *, config: LockboardConfig, clock: Callable[[], int]) -> None:
        self._config = config
        self._clock = clock
        self._opener = serial_opener(config.port, 9600, clock)
        self._lock = asyncio.Lock()
        self._stream: ByteStream | None = None
        self._echo: bool | None = None

    @property
    def id(self) -> str:
        """The configured device id."""
        return self._config.id

    @property
    def echoes(self) -> bool | None:
        """Whether the adapter repeats what is sent; None before the board first answered."""
        return self._echo

    async def run(self, emit: Emit) -> None:
        """Poll until cancelled."""
        tracker = ConditionTracker(device=self.id, emit=emit, clock=self._clock)
        while True:
            async with self._opener.opened(tracker.gone) as stream:
                self._stream, self._echo = stream, None
                try:
                    await self._poll(emit, tracker)
                finally:
                    self._stream = None

    async def unlock(self, slot: int) -> Unlocked:
        """Pulse a slot's lock, once, and say what its switch shows then.

        A lost reply is resolved by reading the switch, never by sending again. The switch
        tells whether something hangs on the hook: after a good unlock of an occupied slot it
        reads `closed` until the umbrella is pulled.

        Raises:
            ValueError: no such slot.
        """
        board = self._config.board
        if not 1 <= slot <= self._config.slots:
            raise ValueError(f"slot {slot}, the rack has 1 to {self._config.slots}")
        async with self._lock:
            try:
                await self._learn_echo()
                try:
                    switch = await self._exchange(
                        unlock(board, slot), lambda data: find_unlock(data, board, slot)
                    )
                except PortGoneError:
                    return "unknown"
                except BusError:
                    switch = await self._exchange(
                        query_one(board, slot), lambda data: find_one(data, board, slot)
                    )
            except BusError:
                return "unknown"
        return "closed" if self._closed(switch=switch) else "opened"

    async def _poll(self, emit: Emit, tracker: ConditionTracker) -> None:
        config = self._config
        while True:
            try:
                async with self._lock:
                    await self._learn_echo()
                    switches = await self._exchange(
                        query_all(config.board),
                        lambda data: find_all(data, config.board, config.slots),
                        ends_at_gap=True,
                    )
            except PortGoneError:
                raise
            except BusError as error:
                tracker.fail(error.condition, error.detail)
            else:
                self._opener.works()
                mono = self._clock()
                for slot, switch in enumerate(switches, start=1):
                    held = int(self._closed(switch=switch))
                    emit(Reading(self.id, slot, "slot_state", held, mono))
                tracker.ok()
            await asyncio.sleep(config.poll_s)

    def _closed(self, *, switch: bool) -> bool:
        return switch is (self._config.feedback == "door_closing")

    async def _learn_echo(self) -> None:
        """Query one channel: the request comes back only by echo, the reply differs from it."""
        if self._echo is not None:
            return
        board = self._config.board
        request = query_one(board, 1)
        heard = bytearray()

        def reply(data: bytes) -> bool | None:
            heard[:] = data
            return find_one(data, board, 1)

        self._echo = False
        try:
            await self._exchange(request, reply)
        except BusError:
            self._echo = None
            raise
        self._echo = request in heard

    async def _exchange(
        self,
        request: bytes,
        find: Callable[[bytes], _T | None],
        *,
        ends_at_gap: bool = False,
    ) -> _T:
        stream = self._stream
        if stream is None:
            raise PortGoneError("not open")
        loop = asyncio.get_running_loop()
        stream.drain()
        stream.write(request)
        deadline = loop.time() + self._config.timeout_s
        heard = b""
        while (left := deadline - loop.time()) > 0:
            chunk = await stream.read(min(_GAP_S, left) if heard else left)
            heard += chunk
            if chunk and ends_at_gap:
                continue
            found = find(strip_echo(heard, request) if self._echo else heard)
            if found is not None:
                return found
        # A late reply must not meet the next request.
        await asyncio.sleep(_QUIET_S)
        answer = strip_echo(heard, request) if self._echo else heard
        if answer and answer != request:
            raise BusError("garbled", f"{len(answer)} bytes, no valid reply")
        raise BusError("mute", "no answer")
