"""A short window of raw samples and hourly aggregates, in the server's own database."""

from collections.abc import Mapping, Sequence
from typing import Final

from server.domain.periods import HOUR_MS
from server.storage.bulk import Bulk, Insert
from server.storage.changes import SampleRow

_UNIT: Final = (
    ("station_no", "integer"),
    ("device", "text"),
    ("unit", "smallint"),
    ("cap", "text"),
)
_RAW: Final = Insert(
    table="sample_raw",
    columns=(*_UNIT, ("at", "bigint"), ("value", "bigint")),
    conflict="ON CONFLICT (station_no, device, unit, cap, at) DO NOTHING",
)
_HOUR: Final = Insert(
    table="sample_hour",
    columns=(
        *_UNIT,
        ("hour", "integer"),
        ("n", "bigint"),
        ("low", "bigint"),
        ("total", "bigint"),
        ("high", "bigint"),
    ),
    conflict=(
        "ON CONFLICT (station_no, device, unit, cap, hour) DO UPDATE SET"
        " n = sample_hour.n + excluded.n, total = sample_hour.total + excluded.total,"
        " low = CASE WHEN excluded.low < sample_hour.low"
        " THEN excluded.low ELSE sample_hour.low END,"
        " high = CASE WHEN excluded.high > sample_hour.high"
        " THEN excluded.high ELSE sample_hour.high END"
    ),
)


class SqlWindow:
    """Samples in SQL. The jobs process prunes the raw ones."""

    def within(self, bulk: Bulk, samples: Sequence[SampleRow]) -> None:
        """Insert raw samples and add to their hours."""
        if not samples:
            return
        bulk.insert(_RAW, sorted(samples))
        hours: dict[tuple[int, str, int, str, int], tuple[int, int, int, int]] = {}
        for no, device, unit, cap, at, value in samples:
            key = (no, device, unit, cap, at // HOUR_MS)
            n, low, total, high = hours.get(key, (0, value, 0, value))
            hours[key] = (n + 1, min(low, value), total + value, max(high, value))
        bulk.insert(_HOUR, [(*key, *hours[key]) for key in sorted(hours)])

    def committed(self, samples: Sequence[SampleRow], stations: Mapping[int, str]) -> None:
        """Nothing left to do."""

    def close(self) -> None:
        """Nothing is waiting."""
