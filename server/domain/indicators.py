"""Figures of a report: units, completeness, comparison. Missing is never zero."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from server.domain.periods import add_months

NONE_TEXT: Final = "—"
BUCKETS_AN_HOUR: Final = 12
FULL_PERCENT: Final = Decimal(90)
USABLE_PERCENT: Final = Decimal(60)
SMALL_BASE: Final = 20
"""A previous figure below this is compared in units: percentages of so few mislead."""
_MONTH: Final = re.compile(r"(20[2-9][0-9])-(0[1-9]|1[0-2])")


def parse_month(text: str) -> int | None:
    """`2026-10` as YYYYMM; None for anything else."""
    match = _MONTH.fullmatch(text)
    return int(match[1]) * 100 + int(match[2]) if match else None


def month_text(month: int) -> str:
    """YYYYMM as it stands in URLs: `2026-10`."""
    return f"{month // 100:04}-{month % 100:02}"


def month_label(month: int) -> str:
    """YYYYMM as people write it: `2026年10月`."""
    return f"{month // 100}年{month % 100}月"


def months_until(last: int, count: int) -> tuple[int, ...]:
    """`count` months ending with `last`, oldest first, as YYYYMM."""
    return tuple(add_months(last, -back) for back in reversed(range(count)))


def rounded(value: Decimal | int, places: int) -> Decimal:
    """Half up, as people do by hand; Python's own `round` goes to the even digit."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def kilo(value: int, places: int) -> Decimal:
    """Wh as kWh, or ml as L."""
    return rounded(Decimal(value) / 1000, places)


def percent(part: int, whole: int) -> Decimal | None:
    """`part` of `whole`, one decimal; None when there is no whole."""
    return rounded(Decimal(part) * 100 / Decimal(whole), 1) if whole else None


class Grade(StrEnum):
    """What may be said of a figure, given how much of its source was received."""

    FULL = "full"
    PARTIAL = "partial"
    """Shown with a star: 60 to 90 % received."""
    INSUFFICIENT = "insufficient"
    """Not shown and not ranked: less than 60 %."""
    NOTHING = "nothing"
    """Nothing received, or nothing there to be received."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """Received and expected 5-minute buckets. Areas add up their stations' buckets."""

    good: int = 0
    expected: int = 0

    def __add__(self, other: "Completeness") -> "Completeness":
        return Completeness(self.good + other.good, self.expected + other.expected)

    @property
    def rate(self) -> Decimal | None:
        """Percent, one decimal, at most 100; None when nothing was expected."""
        return percent(min(self.good, self.expected), self.expected)

    @property
    def grade(self) -> Grade:
        """Judged before rounding: 89.95 % is not complete."""
        if not self.expected or not self.good:
            return Grade.NOTHING
        share = Decimal(self.good) * 100 / Decimal(self.expected)
        if share >= FULL_PERCENT:
            return Grade.FULL
        return Grade.PARTIAL if share >= USABLE_PERCENT else Grade.INSUFFICIENT


def total(parts: Iterable[Completeness]) -> Completeness:
    """Of several sources together."""
    return sum(parts, Completeness())


def expected_buckets(*, hours: range, in_service_from: int, now_hour: int) -> int:
    """Buckets a device should have delivered in `hours` (UTC hours since 1970).

    The hour in which service began and the hour under way are not expected: neither can be
    complete.

    Args:
        hours: of the period.
        in_service_from: UTC ms.
        now_hour: the hour under way.
    """
    first = max(hours.start, -(-in_service_from // 3_600_000))
    return max(0, min(hours.stop, now_hour) - first) * BUCKETS_AN_HOUR


def change_text(current: Decimal | None, previous: Decimal | None, *, unit: str) -> str:
    """`current` against the month before, in words.

    None: not shown, for whatever reason, so nothing may be compared. `previous` below 20 gives
    the difference in units, zero says so.
    """
    if current is None or previous is None:
        return NONE_TEXT
    difference = current - previous
    if not difference:
        return "持平"
    word = "增长" if difference > 0 else "下降"
    if previous == 0:
        return "上期为0"
    if previous < SMALL_BASE:
        word = "增加" if difference > 0 else "减少"
        return f"{word}{number_text(abs(difference))}{unit}"
    return f"{word}{rounded(abs(difference) * 100 / previous, 1)}%"


def number_text(value: Decimal) -> str:
    """With thousands separators: `1,234.5`."""
    return f"{value:,}"
