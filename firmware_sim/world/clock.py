"""Simulated time: a wall clock and people who live `tempo` times as fast."""

import time
from collections.abc import Callable
from typing import Final

WALL: Final[Callable[[], float]] = time.time


class Tempo:
    """Maps the wall clock to the time in which people and physics live.

    Args:
        factor: simulated seconds a wall second.
        start_ms: simulated UTC ms at the beginning.
        monotonic: seconds of a clock that never jumps.
        wall: seconds since 1970.
    """

    def __init__(
        self,
        factor: float,
        *,
        start_ms: int,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = WALL,
    ) -> None:
        if factor <= 0:
            raise ValueError("tempo must be more than 0")
        self.factor = factor
        self._start_ms = start_ms
        self._monotonic = monotonic
        self._wall = wall
        self._began = monotonic()

    def sim_ms(self) -> int:
        """Simulated UTC ms now."""
        return self._start_ms + int((self._monotonic() - self._began) * 1000 * self.factor)

    def wall_ms(self) -> int:
        """UTC ms by the wall clock: what ledgers and agents write down."""
        return int(self._wall() * 1000)

    def mono_s(self) -> float:
        """Wall seconds of the clock that never jumps."""
        return self._monotonic()

    def wall_s(self, sim_s: float) -> float:
        """How long `sim_s` simulated seconds last on the wall."""
        return sim_s / self.factor
