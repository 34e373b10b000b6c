"""The ledger file: an act is durable as soon as it is written, whatever kills the writer."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from firmware_sim.ledger.act import Act, Record

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS act(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL,
  device TEXT, unit INTEGER, amount INTEGER, tag TEXT, "by" TEXT, scan TEXT, confirmed INTEGER);
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_COLUMNS: Final = 'kind, began, ended, device, unit, amount, tag, "by", scan, confirmed'
_INSERT: Final = f"INSERT INTO act({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  constant column names


class LedgerError(Exception):
    """A ledger that cannot be used; the text is a sentence for a person."""


class Ledger:
    """Acts of one station. Commits each write; WAL keeps what was committed over a kill.

    A file that exists is continued, if it is of the same station.

    Raises:
        LedgerError: the file is of another station, or no ledger.
    """

    def __init__(self, path: Path, *, station: str, seed: int, tempo: float) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
            known = self.meta("station")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise LedgerError(f"{path}: is no ledger: {error}") from error
        if known is not None and known != station:
            self._db.close()
            raise LedgerError(f"{path}: is the ledger of {known}, not of {station}")
        for key, value in (("station", station), ("seed", str(seed)), ("tempo", f"{tempo:g}")):
            self.note(key, value)

    def write(self, act: Act) -> int:
        """Add one act; durable on return. Returns its id."""
        return int(self._db.execute(_INSERT, act).lastrowid or 0)

    def write_all(self, acts: Iterable[Act]) -> None:
        """Add many acts in one transaction."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany(_INSERT, acts)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def note(self, key: str, value: str) -> None:
        """Remember a fact about the ledger itself."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def meta(self, key: str) -> str | None:
        """What `note` remembered, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def acts(self) -> list[Act]:
        """Every act, in the order written."""
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM act ORDER BY id")  # noqa: S608  constant column names
        return [Act(*row) for row in rows]

    def close(self) -> None:
        """Close the file, leaving one file without a log beside it."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def find_ledgers(root: Path) -> list[Path]:
    """Every ledger file under `root`, whatever its name; other SQLite files are passed over."""
    return sorted(path for path in root.rglob("*.sqlite") if _is_ledger(path))


def station_of(path: Path) -> str:
    """The station a ledger belongs to; the folder's name when the ledger does not say."""
    with closing(_open_reader(path)) as db:
        row = db.execute("SELECT value FROM meta WHERE key = 'station'").fetchone()
    return path.parent.name if row is None else str(row[0])


def read_records(path: Path) -> list[Record]:
    """Every act, by id. The file may be in use."""
    station = station_of(path)
    with closing(_open_reader(path)) as db:
        rows = db.execute(f"SELECT id, {_COLUMNS} FROM act ORDER BY id")  # noqa: S608  constant column names
        return [Record(station, row[0], Act(*row[1:])) for row in rows]


def _open_reader(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _is_ledger(path: Path) -> bool:
    try:
        with closing(_open_reader(path)) as db:
            rows = db.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('act','meta')"
            ).fetchone()
    except sqlite3.DatabaseError:
        return False
    return int(rows[0]) == 2
