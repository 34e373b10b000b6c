"""One completed act of a person at a device, as the devices themselves saw it."""

from typing import Literal, NamedTuple

ActKind = Literal["charge", "draw", "umbrella_taken", "umbrella_returned", "visit"]


class Act(NamedTuple):
    """A row of the ledger. Fields a kind does not use are None.

    `began`, `ended`: UTC ms of the wall clock. `amount`: Wh by the meter's register for a
    charge, ml by the pulse count for a draw. `tag`: an umbrella's EPC. `by`: `code` or `tap`.
    `scan`: hash of the text shown to the scanner. `confirmed`: 1 when the person saw the green
    light, 0 when no light came, None where nothing is shown.
    """

    kind: ActKind
    began: int
    ended: int
    device: str | None = None
    unit: int | None = None
    amount: int | None = None
    tag: str | None = None
    by: str | None = None
    scan: str | None = None
    confirmed: int | None = None


class Record(NamedTuple):
    """An act as read back: where, and which row."""

    station: str
    id: int
    act: Act
