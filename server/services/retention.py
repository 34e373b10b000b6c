"""Deletes what has been kept long enough."""

from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker

from server.domain.periods import DAY_MS, HOUR_MS
from server.services.activation import Clock
from server.storage.tables import ActivationCode, Base, Quarantine, SampleRaw

RAW_SAMPLES_MS: Final = 48 * HOUR_MS
QUARANTINE_MS: Final = 30 * DAY_MS
CODES_MS: Final = 90 * DAY_MS
_SLICE_MS: Final = HOUR_MS


def prune(sessions: sessionmaker[Session], clock: Clock) -> dict[str, int]:
    """Delete raw samples after 48 hours, quarantine after 30 days, codes 90 days past their end.

    Works in slices of an hour, each a transaction of its own, so that the ingest never waits
    long for the database.

    Args:
        sessions: writing sessions.
        clock: UTC ms.

    Returns:
        Rows deleted by table.
    """
    now = clock()
    return {
        "sample_raw": _older(sessions, SampleRaw, SampleRaw.at, now - RAW_SAMPLES_MS),
        "quarantine": _older(sessions, Quarantine, Quarantine.received, now - QUARANTINE_MS),
        "activation_code": _older(sessions, ActivationCode, ActivationCode.expires, now - CODES_MS),
    }


def _older(
    sessions: sessionmaker[Session],
    table: type[Base],
    column: InstrumentedAttribute[int],
    before: int,
) -> int:
    deleted = 0
    while True:
        with sessions.begin() as session:
            oldest = session.scalar(select(func.min(column)))
            if oldest is None or oldest >= before:
                return deleted
            limit: ColumnElement[Any] = column < min(before, oldest + _SLICE_MS)
            result = session.execute(delete(table).where(limit))
            deleted += int(getattr(result, "rowcount", 0))
