"""Which tags are in the reader's field, since when, and how surely.

A reader misses a tag now and then, so presence is judged over inventory rounds, not one by one.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

GONE_ROUNDS: Final = 4
"""A tag missed this often in a row left the field; when it comes back, it is seen newly."""
_REMEMBERED: Final = 256


@dataclass
class Sighting:
    """One stay of one tag in the field; times are mono ms."""

    first: int
    last: int
    rssi: int
    missed: int = 0
    """Rounds in a row, up to the last one, that did not read it."""

    @property
    def here(self) -> bool:
        """Whether the tag is still in the field."""
        return self.missed < GONE_ROUNDS


class Presence:
    """Sightings by EPC, from inventory rounds."""

    def __init__(self) -> None:
        self._tags: dict[str, Sighting] = {}
        self._rounds: list[int] = []

    def round(self, tags: dict[str, int], mono: int) -> None:
        """Take one inventory round: EPC to RSSI in dBm."""
        self._rounds.append(mono)
        if len(self._rounds) > 2 * _REMEMBERED:
            del self._rounds[:_REMEMBERED]
        for tag, sighting in self._tags.items():
            if tag not in tags:
                sighting.missed += 1
        for tag, rssi in tags.items():
            known = self._tags.get(tag)
            if known is None or not known.here:
                self._tags[tag] = Sighting(first=mono, last=mono, rssi=rssi)
            else:
                known.last, known.rssi, known.missed = mono, rssi, 0

    def renew(self, tag: str, mono: int) -> None:
        """Let a new stay begin: the tag is in a hand now, though it may never have been missed."""
        known = self._tags.get(tag)
        if known is not None:
            known.first = mono

    def rounds_since(self, mono: int) -> int:
        """Inventory rounds after an instant, as far as remembered (256 or more)."""
        return len(self._rounds) - bisect_right(self._rounds, mono)

    def missed(self, tag: str, since: int) -> int:
        """Rounds in a row, up to the last one and all after `since`, that did not read `tag`."""
        known = self._tags.get(tag)
        after = self.rounds_since(since)
        return after if known is None else min(known.missed, after)

    def sighting(self, tag: str) -> Sighting | None:
        """The last stay of a tag, which may be over."""
        return self._tags.get(tag)

    def since(self, mono: int) -> dict[str, Sighting]:
        """Tags read at or after an instant, by EPC."""
        return {tag: known for tag, known in self._tags.items() if known.last >= mono}

    def here(self) -> dict[str, Sighting]:
        """Tags in the field now, by EPC."""
        return {tag: known for tag, known in self._tags.items() if known.here}

    def forget_before(self, mono: int) -> None:
        """Drop tags that left before an instant, so that passers-by do not pile up."""
        for tag in [t for t, known in self._tags.items() if not known.here and known.last < mono]:
            del self._tags[tag]
