"""What the fleet and history commands have in common: which days, which phones."""

import time
from pathlib import Path
from typing import Final

from firmware_sim.fleet.history import BUCKET_MS, END_BEFORE_MS
from firmware_sim.fleet.profile import DAY_MS, Profile, profile
from firmware_sim.world.people import HOUR_MS
from firmware_sim.world.phones import Phone, load_phones

_OFFSET_MS: Final = 8 * HOUR_MS


def past_of(station: str, *, days: int, seed: int, now_ms: int | None = None) -> Profile:
    """The last `days` days of a station: from a local midnight until 5 minutes before now."""
    now = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    end = (now - END_BEFORE_MS) // BUCKET_MS * BUCKET_MS
    today = (end + _OFFSET_MS) // DAY_MS * DAY_MS - _OFFSET_MS
    return profile(station, seed=seed, start=today - days * DAY_MS, end=end)


def phones_of(folder: Path | None) -> list[Phone]:
    """The riders' phones; none without a folder.

    Raises:
        PhoneError: a file does not fit.
    """
    return [] if folder is None else load_phones(folder)
