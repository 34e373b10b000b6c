"""What one fact adds to the hourly sums."""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from protocol.events import (
    Charge,
    Draw,
    Event,
    Refused,
    UmbrellaReturned,
    UmbrellaTaken,
    Visit,
)
from server.domain.periods import HOUR_MS

Cell = tuple[int, int, str]
"""Station number, UTC hour, measure."""


class Part(NamedTuple):
    """What one fact adds: its measure, Wh or ml, and seconds."""

    measure: str
    amount: int
    seconds: int


def _lasted(event: Charge | Draw) -> int:
    """Whole seconds; a session that claims to end before it began lasted none."""
    return max(0, event.at - event.start) // 1_000


def _charge(event: Charge) -> Part:
    return Part("charge", event.wh, _lasted(event))


def _draw(event: Draw) -> Part:
    return Part("draw", event.ml, _lasted(event))


_TAKEN: Final = Part("umbrella_taken", 0, 0)
_RETURNED: Final = Part("umbrella_returned", 0, 0)
_REFUSED: Final = Part("refused", 0, 0)
_VISITS: Final = {by: Part(f"visit_{by}", 0, 0) for by in ("code", "tap", "keeper")}

_PARTS: Final[dict[type[Event], Callable[[Any], Part]]] = {
    Charge: _charge,
    Draw: _draw,
    UmbrellaTaken: lambda _: _TAKEN,
    UmbrellaReturned: lambda _: _RETURNED,
    Visit: lambda event: _VISITS[event.by],
    Refused: lambda _: _REFUSED,
}


def measured(event: Event) -> Part | None:
    """What an event adds; None for what is not summed up.

    A session counts in the hour it ended, with its whole amount: one fact, one cell.
    """
    part = _PARTS.get(type(event))
    return None if part is None else part(event)


class Sums:
    """Additions by cell, ready to be added to the stored sums."""

    __slots__ = ("cells",)

    def __init__(self) -> None:
        self.cells: dict[Cell, tuple[int, int, int]] = {}

    def add(self, station_no: int, event: Event) -> None:
        """Add one event, if it is one that is summed up."""
        part = _PARTS.get(type(event))
        if part is None:
            return
        measure, amount, seconds = part(event)
        cell = (station_no, event.at // HOUR_MS, measure)
        have = self.cells.get(cell)
        self.cells[cell] = (
            (1, amount, seconds)
            if have is None
            else (have[0] + 1, have[1] + amount, have[2] + seconds)
        )

    def add_all(self, station_no: int, events: Iterable[Event]) -> None:
        """Add many events of one station."""
        for event in events:
            self.add(station_no, event)
