"""The umbrella button: unlocks the next slot that holds an umbrella."""

from collections.abc import Callable, Mapping
from typing import Final, Literal, Protocol

import structlog

_log: Final = structlog.get_logger("lending")


class Rack(Protocol):
    """A lock board that can open a slot."""

    async def unlock(self, slot: int) -> Literal["opened", "closed", "unknown"]:
        """Pulse the lock of `slot`; what its switch shows then."""


def next_slot(occupied: Mapping[int, bool], after: int) -> int | None:
    """The next occupied slot behind `after`, round the rack; None when all are empty.

    Going round wears the locks evenly, and a second press passes a hook that sticks.
    """
    slots = sorted(slot for slot, holds in occupied.items() if holds)
    return next((slot for slot in slots if slot > after), slots[0] if slots else None)


class Lending:
    """One rack. A press while a lock is being pulsed is the same wish, not another."""

    def __init__(self, *, device: str, rack: Rack, slots: Callable[[], Mapping[int, bool]]) -> None:
        self._device = device
        self._rack = rack
        self._slots = slots
        self._last = 0
        self._busy = False

    async def press(self) -> int | None:
        """Unlock one slot; which one, or None when there is none or it is being done."""
        slot = next_slot(self._slots(), self._last)
        if self._busy or slot is None:
            return None
        self._busy = True
        try:
            self._last = slot
            shows = await self._rack.unlock(slot)
        finally:
            self._busy = False
        _log.info("unlocked", device=self._device, slot=slot, shows=shows)
        return slot
