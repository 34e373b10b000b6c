"""Slot switches of a rack, debounced: a hook that shakes is no umbrella."""

from typing import NamedTuple

from station_agent.sessions.moment import Stamp


class Change(NamedTuple):
    """A slot has settled in another state; `when` it first read so."""

    slot: int
    occupied: bool
    when: Stamp
    while_off: bool


class SlotSwitches:
    """Readings of all slots in, settled changes out.

    Args:
        debounce_ms: how long a new state must hold.
        known: state of each slot as the last process knew it.
    """

    def __init__(self, *, debounce_ms: int, known: dict[int, bool]) -> None:
        self._debounce_ms = debounce_ms
        self._settled = dict(known)
        self._unread = set(known)
        self._moving: dict[int, tuple[Stamp, bool]] = {}

    @property
    def settled(self) -> dict[int, bool]:
        """Occupied or not, by slot."""
        return self._settled

    def read(self, slot: int, occupied: bool, stamp: Stamp) -> Change | None:  # noqa: FBT001  a reading, not an option
        """Take one reading.

        A slot never known before settles silently: what hung there was not just returned.
        """
        first = slot in self._unread
        self._unread.discard(slot)
        known = self._settled.setdefault(slot, occupied)
        if occupied == known:
            self._moving.pop(slot, None)
            return None
        since, while_off = self._moving.setdefault(slot, (stamp, first))
        if stamp.mono - since.mono < self._debounce_ms:
            return None
        del self._moving[slot]
        self._settled[slot] = occupied
        return Change(slot, occupied, since, while_off)
