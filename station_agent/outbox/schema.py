"""The outbox file: its tables, how it is opened, and what happens to a corrupt one."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY,
    droppable INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS event_droppable ON event (seq) WHERE droppable = 1;
CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


def connect(path: Path, new_epoch: Callable[[], int]) -> sqlite3.Connection:
    """Open the file, or begin a new epoch in a new one when it is missing or corrupt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path, new_epoch)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        set_aside(path)
        return _open(path, new_epoch)


def set_aside(path: Path) -> None:
    """Move a corrupt file and its journals away, keeping them for a later look."""
    number = 0
    while (target := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    for tail in ("", "-wal", "-shm"):
        source = path.with_name(path.name + tail)
        if source.exists():
            source.rename(target.with_name(target.name + tail))


def _open(path: Path, new_epoch: Callable[[], int]) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        _check(db)
        db.executescript(_TABLES)
        if db.execute("SELECT count(*) FROM meta").fetchone() == (0,):
            rows = {"epoch": new_epoch(), "next": 1, "dropped_samples": 0, "dropped_facts": 0}
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO meta VALUES (?, ?)", [(k, str(v)) for k, v in rows.items()])
            db.execute("COMMIT")
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection) -> None:
    verdict = db.execute("PRAGMA quick_check").fetchone()[0]
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
