"""Whose clock is wrong: the median difference to the last riders' phones tells."""

from typing import Final

RIDERS: Final = 5
SUSPECT_MS: Final = 120_000


class Skew:
    """Differences phone − station of the last five different riders, ms."""

    def __init__(self, last: dict[str, int] | None = None) -> None:
        self._last = dict(last or {})

    @property
    def last(self) -> dict[str, int]:
        """By rider, oldest first."""
        return dict(self._last)

    def add(self, rider: str, difference_ms: int) -> None:
        """Note one verified code. A rider counts once, with the newest difference."""
        self._last.pop(rider, None)
        self._last[rider] = difference_ms
        while len(self._last) > RIDERS:
            del self._last[next(iter(self._last))]

    def clear(self) -> None:
        """The station's clock was set: what was measured against the old one is void."""
        self._last.clear()

    @property
    def suspected_ms(self) -> int | None:
        """How far behind the station seems to be; None as long as it is not suspected."""
        if len(self._last) < RIDERS:
            return None
        middle = sorted(self._last.values())[RIDERS // 2]
        return middle if abs(middle) > SUSPECT_MS else None
