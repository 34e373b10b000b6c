"""Instants that survive a restart: wall time and time since boot, side by side."""

from typing import NamedTuple

import msgspec


class Stamp(NamedTuple):
    """One instant of this boot: UTC ms and ms since boot."""

    at: int
    mono: int


class Moment(msgspec.Struct, frozen=True):
    """A stored instant. `mono` is None once the boot it was measured in is over."""

    at: int
    mono: int | None

    def elapsed(self, now: Stamp) -> int:
        """Milliseconds from here to `now`, at least 0; a jump of the wall clock does not count."""
        if self.mono is not None:
            return max(0, now.mono - self.mono)
        return max(0, now.at - self.at)

    def wall(self, now: Stamp) -> int:
        """This instant in the wall time that `now` is told in (a clock set meanwhile corrects it).

        Never after `now`.
        """
        return now.at - self.elapsed(now)


def moment(stamp: Stamp) -> Moment:
    """A stamp to keep."""
    return Moment(stamp.at, stamp.mono)


def of_other_boot(kept: Moment | None) -> Moment | None:
    """The same instant, read after a reboot."""
    return None if kept is None else Moment(kept.at, None)
