"""The green and red light beside the scanner, as the person before it sees them."""

import asyncio
import contextlib
from typing import Final, Literal

Colour = Literal["green", "red"]
GREEN_CHANNEL, RED_CHANNEL = 7, 8
_COLOURS: Final[dict[int, Colour]] = {GREEN_CHANNEL: "green", RED_CHANNEL: "red"}


class Lights:
    """Which light went on last; a person waits for the next one."""

    def __init__(self) -> None:
        self._on: set[Colour] = set()
        self._waiting: asyncio.Future[Colour] | None = None

    @property
    def dark(self) -> bool:
        """Whether both are off."""
        return not self._on

    def moved(self, channel: int, *, on: bool) -> None:
        """The relay switched a light."""
        colour = _COLOURS[channel]
        if not on:
            self._on.discard(colour)
            return
        self._on.add(colour)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(colour)

    async def next(self, timeout_s: float) -> Colour | None:
        """The next light that goes on, or None when none does in time."""
        self._waiting = asyncio.get_running_loop().create_future()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                return await self._waiting
        return None
