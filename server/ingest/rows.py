"""Events as rows of `fact`: one small function a kind."""

from collections.abc import Callable
from typing import Any, Final

from protocol.events import (
    Charge,
    Device,
    Draw,
    Event,
    Refused,
    UmbrellaReturned,
    UmbrellaTaken,
    Visit,
)
from server.storage.changes import FactRow

SUSPECT: Final = 1
WHILE_OFF: Final = 2
AMBER: Final = 4

Build = Callable[[int, int, int, Any], FactRow]
"""(station number, epoch, received ms, event) to a row."""


def _charge(no: int, epoch: int, received: int, e: Charge) -> FactRow:
    flags = SUSPECT if e.suspect else 0
    return (
        *(no, epoch, e.seq, "charge", e.at, e.start, e.device, e.unit),
        *(e.wh, e.peak_mw, None, None, flags, received),
    )


def _draw(no: int, epoch: int, received: int, e: Draw) -> FactRow:
    flags = SUSPECT if e.suspect else 0
    return (
        *(no, epoch, e.seq, "draw", e.at, e.start, e.device, e.unit),
        *(e.ml, e.temp_mc, None, None, flags, received),
    )


def _umbrella(kind: str) -> Build:
    def build(no: int, epoch: int, received: int, e: UmbrellaTaken | UmbrellaReturned) -> FactRow:
        flags = WHILE_OFF if e.while_off else 0
        return (
            *(no, epoch, e.seq, kind, e.at, None, e.device, e.unit),
            *(None, None, e.tag, None, flags, received),
        )

    return build


def _visit(no: int, epoch: int, received: int, e: Visit) -> FactRow:
    flags = AMBER if e.clock == "amber" else 0
    return (
        *(no, epoch, e.seq, "visit", e.at, None, None, None),
        *(None, None, e.scan, e.by, flags, received),
    )


def _refused(no: int, epoch: int, received: int, e: Refused) -> FactRow:
    return (
        *(no, epoch, e.seq, "refused", e.at, None, None, None),
        *(None, None, e.scan, e.reason, 0, received),
    )


def _device(no: int, epoch: int, received: int, e: Device) -> FactRow:
    return (
        *(no, epoch, e.seq, "device", e.at, None, e.device, None),
        *(None, None, None, e.condition, 0, received),
    )


BUILD: Final[dict[type[Event], Build]] = {
    Charge: _charge,
    Draw: _draw,
    UmbrellaTaken: _umbrella("umbrella_taken"),
    UmbrellaReturned: _umbrella("umbrella_returned"),
    Visit: _visit,
    Refused: _refused,
    Device: _device,
}
