"""A set of sequence numbers kept as sorted, disjoint ranges: small when nearly contiguous."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class SeqSet:
    """Mutable set of integers ≥ 0. Adding or testing costs O(log ranges)."""

    __slots__ = ("_hi", "_lo")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._lo: list[int] = []
        self._hi: list[int] = []
        for lo, hi in ranges:
            self.add_range(lo, hi)

    def __contains__(self, seq: int) -> bool:
        index = bisect_right(self._lo, seq) - 1
        return index >= 0 and seq <= self._hi[index]

    def __bool__(self) -> bool:
        return bool(self._lo)

    def __len__(self) -> int:
        return sum(self._hi) - sum(self._lo) + len(self._lo)

    def __iter__(self) -> Iterator[int]:
        for lo, hi in self.ranges():
            yield from range(lo, hi + 1)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SeqSet):
            return NotImplemented
        return self._lo == other._lo and self._hi == other._hi

    __hash__ = None  # type: ignore[assignment]  # mutable: not hashable, as with built-in sets

    def __repr__(self) -> str:
        inner = ", ".join(f"{lo}-{hi}" if lo != hi else f"{lo}" for lo, hi in self.ranges())
        return f"SeqSet({inner})"

    def ranges(self) -> list[tuple[int, int]]:
        """Inclusive, disjoint, ascending; neighbours are merged."""
        return list(zip(self._lo, self._hi, strict=True))

    def min(self) -> int | None:
        """Smallest member, or None when empty."""
        return self._lo[0] if self._lo else None

    def max(self) -> int | None:
        """Largest member, or None when empty."""
        return self._hi[-1] if self._hi else None

    def add(self, seq: int) -> None:
        """Add one number."""
        self.add_range(seq, seq)

    def add_range(self, lo: int, hi: int) -> None:
        """Add `lo` to `hi` inclusive; an empty range (`hi` < `lo`) adds nothing."""
        if hi < lo:
            return
        first = bisect_left(self._hi, lo - 1)
        last = bisect_right(self._lo, hi + 1)
        if first < last:
            lo = min(lo, self._lo[first])
            hi = max(hi, self._hi[last - 1])
        self._lo[first:last] = [lo]
        self._hi[first:last] = [hi]

    def discard_range(self, lo: int, hi: int) -> None:
        """Remove `lo` to `hi` inclusive; what is not there is no error."""
        if hi < lo:
            return
        first = bisect_left(self._hi, lo)
        last = bisect_right(self._lo, hi)
        if first >= last:
            return
        keep: list[tuple[int, int]] = []
        if self._lo[first] < lo:
            keep.append((self._lo[first], lo - 1))
        if self._hi[last - 1] > hi:
            keep.append((hi + 1, self._hi[last - 1]))
        self._lo[first:last] = [a for a, _ in keep]
        self._hi[first:last] = [b for _, b in keep]

    def missing(self, lo: int, hi: int) -> list[tuple[int, int]]:
        """Ranges of `lo` to `hi` inclusive that are not in the set."""
        holes: list[tuple[int, int]] = []
        index = bisect_left(self._hi, lo)
        at = lo
        while at <= hi and index < len(self._lo) and self._lo[index] <= hi:
            if at < self._lo[index]:
                holes.append((at, self._lo[index] - 1))
            at = self._hi[index] + 1
            index += 1
        if at <= hi:
            holes.append((at, hi))
        return holes

    def runs_from(self, seq: int) -> int:
        """Last member of the run that starts at `seq`; `seq` - 1 when `seq` is not a member."""
        index = bisect_right(self._lo, seq) - 1
        return self._hi[index] if index >= 0 and seq <= self._hi[index] else seq - 1
