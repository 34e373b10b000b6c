"""How long to leave something alone after it failed: doubling, bounded, told by a clock."""


class BackOff:
    """Rest after failures. Pure: the caller passes the time in ms.

    Args:
        first_ms: rest after the first failure that counts.
        max_ms: longest rest.
        free: failures in a row that cost no rest.
    """

    __slots__ = ("_first", "_free", "_max", "_until", "failures")

    def __init__(self, *, first_ms: int, max_ms: int, free: int = 0) -> None:
        self._first = first_ms
        self._max = max_ms
        self._free = free
        self._until: int | None = None
        self.failures = 0

    def rests(self, now: int) -> bool:
        """Whether it should still be left alone."""
        return self._until is not None and now < self._until

    def failed(self, now: int) -> int:
        """Note a failure; returns the rest that begins, in ms."""
        self.failures += 1
        exponent = self.failures - self._free - 1
        if exponent < 0:
            return 0
        # The exponent is bounded, so that weeks of failures do not build huge numbers.
        rest = min(self._max, self._first << min(exponent, 16))
        self._until = now + rest
        return rest

    def succeeded(self) -> None:
        """Forget the failures."""
        self.failures = 0
        self._until = None
