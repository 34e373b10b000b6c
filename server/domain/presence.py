"""What may be said of a station right now, and what may not: unknown is never zero.

States are reported on change, so a silent device keeps its last state for ever. A state counts
as known only while the station delivers and the device behind it is not reported broken.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal

from server.domain.periods import SHANGHAI

STALE_MS: Final = 10 * 60_000
"""A working agent delivers samples every minute; ten silent minutes make its states doubtful."""

HOT_MC: Final = 80_000
"""Set point 85 °C less the 5 K a boiler's thermostat swings."""
WARM_MC: Final = 45_000
"""Below this the boiler is not heating: it is off or just filled."""

BROKEN: Final = frozenset({"mute", "garbled", "implausible", "unplugged"})
PORT_FREE: Final = 1
SLOT_OCCUPIED: Final = 1
SLOT_UNKNOWN: Final = 2

HotWater = Literal["ok", "cool", "off", "unknown"]


def open_now(*, opens: int, closes: int, now: int) -> bool:
    """Whether the plan says open.

    Args:
        opens: minutes after local midnight.
        closes: minutes after local midnight, 1440 for midnight; before `opens` when the
            station closes after midnight.
        now: UTC ms.
    """
    local = datetime.fromtimestamp(now / 1000, SHANGHAI)
    minute = local.hour * 60 + local.minute
    if opens <= closes:
        return opens <= minute < closes
    return minute >= opens or minute < closes


def delivers(*, link: str, last_seen: int | None, now: int) -> bool:
    """Whether the station's states can be taken for present ones."""
    return link == "online" and last_seen is not None and now - last_seen <= STALE_MS


def hot_water(temp_mc: int | None) -> HotWater:
    """A boiler's temperature (m°C; None: not known) as a rider wants it."""
    if temp_mc is None:
        return "unknown"
    if temp_mc >= HOT_MC:
        return "ok"
    return "cool" if temp_mc >= WARM_MC else "off"


def count_units(
    values: Sequence[int], *, wanted: int, units: int, unknown: Iterable[int] = ()
) -> int | None:
    """How many units are in state `wanted`; None when it may be any number.

    With every unit known the count is exact. With some unknown a count of one or more is still
    a promise that can be kept; a count of none would be a guess.
    """
    doubtful = set(unknown)
    known = [value for value in values if value not in doubtful]
    found = sum(value == wanted for value in known)
    return found if found or (len(known) >= units > 0) else None
