"""Present values, told only when they change."""

from typing import Final

from protocol.events import State
from station_agent.sessions.moment import Stamp

PORT_OFF: Final = 0
PORT_FREE: Final = 1
PORT_CHARGING: Final = 2
PORT_FAULT: Final = 3
SLOT_UNKNOWN: Final = 2


class StateBoard:
    """The last value told of each capability of each unit."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, int, str], int] = {}

    def put(
        self, device: str, unit: int, cap: str, value: int, now: Stamp, *, band: int = 1
    ) -> list[State]:
        """A `State` when the value is new or differs by `band` or more from the one told last."""
        key = (device, unit, cap)
        told = self._told.get(key)
        if told is not None and abs(value - told) < band:
            return []
        self._told[key] = value
        return [
            State(at=now.at, mono=max(0, now.mono), device=device, unit=unit, cap=cap, value=value)
        ]

    def note(self, event: State) -> None:
        """A value told by somebody else."""
        self._told[(event.device, event.unit, event.cap)] = event.value


def port_state(*, relay: int | None, fresh: bool, charging: bool) -> int:
    """What a socket is to people.

    Args:
        relay: 1 on, 0 off, None when there is no relay or nothing was read yet.
        fresh: whether its meter was read lately.
        charging: whether a session is open.
    """
    if relay == 0:
        return PORT_OFF
    if not fresh:
        return PORT_FAULT
    return PORT_CHARGING if charging else PORT_FREE
