"""What of a station's outbox is committed: a pure machine, stored beside the facts it counts.

The server keeps, per (station, epoch), which sequence numbers it has committed and which it
knows to be gone. From these follow what is new in a batch, what to acknowledge, and the holes.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from protocol.seqset import SeqSet

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Outcome of one batch.

    `new` are the seqs to store, ascending and distinct; `holes` the ranges the station can no
    longer send and that were not known to be missing; `filled` whether a known hole shrank.
    """

    new: list[int]
    holes: list[Range]
    filled: bool


@dataclass(slots=True)
class Progress:
    """Committed seqs and known holes of one (station, epoch); the two never overlap."""

    covered: SeqSet = field(default_factory=SeqSet)
    gaps: SeqSet = field(default_factory=SeqSet)

    @classmethod
    def load(cls, *, mark: int, ranges: str, gaps: Iterable[Range]) -> "Progress":
        """From a `delivery` row and its `gap` rows."""
        covered = SeqSet([(1, mark)] if mark else [])
        known = SeqSet(gaps)
        for lo, hi in known.ranges():
            covered.discard_range(lo, hi)
        for lo, hi in json.loads(ranges):
            covered.add_range(lo, hi)
        return cls(covered, known)

    def accept(self, seqs: Sequence[int], *, low: int) -> Accepted:
        """Take a batch.

        Args:
            seqs: the batch's sequence numbers, in any order, repeats allowed, all ≥ 1.
            low: lowest seq the station still holds; below it nothing more can come, except
                a copy already on its way.
        """
        new: list[int] = []
        filled = False
        for first, last in _runs(sorted(set(seqs))):
            for lo, hi in self.covered.missing(max(first, 1), last):
                new.extend(range(lo, hi + 1))
                filled = filled or self.gaps.missing(lo, hi) != [(lo, hi)]
                self.gaps.discard_range(lo, hi)
                self.covered.add_range(lo, hi)
        holes = self._holes_below(low)
        for lo, hi in holes:
            self.gaps.add_range(lo, hi)
        return Accepted(new=new, holes=holes, filled=filled)

    def _holes_below(self, low: int) -> list[Range]:
        return [
            hole
            for lo, hi in self.covered.missing(1, low - 1)
            for hole in self.gaps.missing(lo, hi)
        ]

    @property
    def mark(self) -> int:
        """Highest seq up to which everything is committed or known to be gone."""
        mark = 0
        while True:
            reach = max(self.covered.runs_from(mark + 1), self.gaps.runs_from(mark + 1))
            if reach == mark:
                return mark
            mark = reach

    def above(self) -> list[Range]:
        """Committed ranges above the mark."""
        mark = self.mark
        return [(max(lo, mark + 1), hi) for lo, hi in self.covered.ranges() if hi > mark]

    def dump(self) -> tuple[int, str]:
        """(mark, ranges as JSON) for the `delivery` row."""
        return self.mark, json.dumps(self.above(), separators=(",", ":"))

    def ack(self, recent: Iterable[int] = (), *, limit: int) -> tuple[int, list[Range]]:
        """Mark and at most `limit` ranges above it.

        Ranges that hold `recent` seqs come first, so that every batch is answered; the lowest
        others follow, so that the mark moves on.
        """
        mark, ranges = self.mark, self.above()
        if len(ranges) > limit:
            wanted = SeqSet((seq, seq) for seq in recent)
            fresh = [r for r in ranges if wanted.missing(*r) != [r]][:limit]
            chosen = set(fresh)
            rest = [r for r in ranges if r not in chosen][: limit - len(fresh)]
            ranges = sorted(fresh + rest)
        return mark, ranges


def _runs(seqs: Sequence[int]) -> list[Range]:
    """Ranges of ascending, distinct numbers. A batch is nearly always one."""
    if not seqs:
        return []
    if seqs[-1] - seqs[0] == len(seqs) - 1:
        return [(seqs[0], seqs[-1])]
    return SeqSet((seq, seq) for seq in seqs).ranges()
