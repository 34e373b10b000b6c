"""How much of what happened at a live station the server has not acknowledged yet."""

import sqlite3
from contextlib import closing
from pathlib import Path


def last_number(outbox: Path) -> int:
    """The highest sequence number given out so far; 0 when there is no outbox."""
    rows = _rows(outbox, "SELECT CAST(value AS INTEGER) - 1 FROM meta WHERE key = 'next'")
    return rows[0] if rows else 0


def unacknowledged(outbox: Path, upto: int) -> int:
    """Facts numbered up to `upto` that the outbox still holds. Samples are not counted."""
    statement = f"SELECT count(*) FROM event WHERE droppable = 0 AND seq <= {int(upto)}"  # noqa: S608 - an integer
    rows = _rows(outbox, statement)
    return rows[0] if rows else 0


def _rows(outbox: Path, statement: str) -> list[int]:
    if not outbox.exists():
        return []
    with closing(sqlite3.connect(outbox, timeout=30)) as database:
        database.execute("PRAGMA query_only = ON")
        return [int(row[0]) for row in database.execute(statement)]
