"""What one fact adds to the hourly sums."""

from collections.abc import Callable
from typing import Any, Final

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
Part = tuple[str, int, int]
"""What one fact adds: its measure, Wh or ml, and whole seconds."""
Cells = dict[Cell, tuple[int, int, int]]
"""Count, Wh or ml, and seconds by cell."""


def _charge(event: Charge) -> Part:
    return "charge", event.wh, _lasted(event)


def _draw(event: Draw) -> Part:
    return "draw", event.ml, _lasted(event)


def _lasted(event: Charge | Draw) -> int:
    """Whole seconds; a session that claims to end before it began lasted none."""
    lasted = event.at - event.start
    return lasted // 1_000 if lasted > 0 else 0


_TAKEN: Final = ("umbrella_taken", 0, 0)
_RETURNED: Final = ("umbrella_returned", 0, 0)
_REFUSED: Final = ("refused", 0, 0)
_VISITS: Final = {by: (f"visit_{by}", 0, 0) for by in ("code", "tap", "keeper")}

PARTS: Final[dict[type[Event], Callable[[Any], Part]]] = {
    Charge: _charge,
    Draw: _draw,
    UmbrellaTaken: lambda _: _TAKEN,
    UmbrellaReturned: lambda _: _RETURNED,
    Visit: lambda event: _VISITS[event.by],
    Refused: lambda _: _REFUSED,
}
"""By kind; what is not here is not summed up."""


def add(cells: Cells, station_no: int, event: Event) -> None:
    """Add one event to its cell, if it is one that is summed up.

    A session counts in the hour it ended, with its whole amount: one fact, one cell.
    """
    part = PARTS.get(type(event))
    if part is None:
        return
    measure, amount, seconds = part(event)
    cell = (station_no, event.at // HOUR_MS, measure)
    have = cells.get(cell)
    if have is None:
        cells[cell] = (1, amount, seconds)
    else:
        cells[cell] = (have[0] + 1, have[1] + amount, have[2] + seconds)
