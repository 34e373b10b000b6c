"""Instants to hours, days and months of Asia/Shanghai. All periods are half-open.

Shanghai is UTC+8 without daylight saving for every instant since 1991-09-16, so a fixed offset
is exact for all that is stored here, and local hours begin with UTC hours.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, NamedTuple

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
OFFSET_MS: Final = 8 * HOUR_MS
SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


class Period(NamedTuple):
    """UTC milliseconds from `start` to before `end`."""

    start: int
    end: int

    @property
    def hours(self) -> range:
        """UTC hours since 1970 within the period, which begins and ends on the hour."""
        return range(self.start // HOUR_MS, self.end // HOUR_MS)


def hour_of(instant: int) -> int:
    """UTC hours since 1970."""
    return instant // HOUR_MS


def day_of(instant: int) -> int:
    """Local day as YYYYMMDD."""
    return _day((instant + OFFSET_MS) // DAY_MS)


def month_of(instant: int) -> int:
    """Local month as YYYYMM."""
    return day_of(instant) // 100


@lru_cache(maxsize=4_096)
def _day(number: int) -> int:
    day = date(1970, 1, 1) + timedelta(days=number)
    return day.year * 10_000 + day.month * 100 + day.day


def day_period(day: int) -> Period:
    """The local day YYYYMMDD.

    Raises:
        ValueError: no such day.
    """
    start = _midnight(day // 10_000, day // 100 % 100, day % 100)
    return Period(start, start + DAY_MS)


def month_period(month: int) -> Period:
    """The local month YYYYMM.

    Raises:
        ValueError: no such month.
    """
    return Period(_midnight(month // 100, month % 100, 1), _first_of(add_months(month, 1)))


def add_months(month: int, count: int) -> int:
    """The month `count` months later (earlier when negative), as YYYYMM."""
    years, months = divmod(month // 100 * 12 + month % 100 - 1 + count, 12)
    return years * 100 + months + 1


def _first_of(month: int) -> int:
    return _midnight(month // 100, month % 100, 1)


def _midnight(year: int, month: int, day: int) -> int:
    moment = datetime(year, month, day, tzinfo=UTC)
    return int(moment.timestamp()) * 1_000 - OFFSET_MS
