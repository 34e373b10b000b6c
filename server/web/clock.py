"""The clock of the pages, injected so that tests choose the time."""

import time
from typing import Protocol


class Clock(Protocol):
    """Returns UTC milliseconds."""

    def __call__(self) -> int:
        """UTC milliseconds now."""


def system_clock() -> int:
    """UTC milliseconds of this machine."""
    return time.time_ns() // 1_000_000
