"""Many rows in one statement, as each database likes it best."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Final, Protocol

import psycopg

Row = tuple[Any, ...]
_COPY_FROM: Final = 64
"""Below this many rows a single INSERT is quicker than COPY into a temporary table."""
_CHUNKS: Final = (512, 64, 8, 1)
"""Rows a SQLite statement; few sizes, so that prepared statements are used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """INSERT of many rows.

    Attributes:
        table: its name.
        columns: (name, PostgreSQL type), in the order of the rows.
        conflict: what follows VALUES: an ON CONFLICT clause of the SQL both databases share.
    """

    table: str
    columns: tuple[tuple[str, str], ...]
    conflict: str = ""

    @property
    def names(self) -> str:
        """Column list for SQL."""
        return ", ".join(name for name, _ in self.columns)


class Bulk(Protocol):
    """Runs statements on one open transaction."""

    def insert(self, statement: Insert, rows: Sequence[Row]) -> int:
        """Insert rows; returns how many were inserted or updated."""

    def each(self, sql: str, rows: Sequence[Row]) -> None:
        """Run an UPDATE or DELETE with `?` parameters for each row."""

    def select(self, sql: str, parameters: Row = ()) -> list[Row]:
        """Rows of a SELECT with `?` parameters."""


@lru_cache(maxsize=256)
def _values_sql(statement: Insert, count: int) -> str:
    row = "(" + ", ".join("?" * len(statement.columns)) + ")"
    values = ", ".join((row,) * count)
    return (
        f"INSERT INTO {statement.table} ({statement.names})"  # noqa: S608  # names are constants
        f" VALUES {values} {statement.conflict}"
    )


class SqliteBulk:
    """SQLite: many rows a statement.

    `executemany` would release and take the interpreter lock for every row, and wait each time
    for a busy network thread; one long statement runs beside it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._cursor = connection.cursor()

    def insert(self, statement: Insert, rows: Sequence[Row]) -> int:
        """Insert rows; returns how many were inserted or updated."""
        done = at = 0
        for size in _CHUNKS:
            while len(rows) - at >= size:
                flat = list(chain.from_iterable(rows[at : at + size]))
                self._cursor.execute(_values_sql(statement, size), flat)
                done += self._cursor.rowcount
                at += size
        return done

    def each(self, sql: str, rows: Sequence[Row]) -> None:
        """Run an UPDATE or DELETE with `?` parameters for each row."""
        self._cursor.executemany(sql, rows)

    def select(self, sql: str, parameters: Row = ()) -> list[Row]:
        """Rows of a SELECT with `?` parameters."""
        return self._cursor.execute(sql, parameters).fetchall()


@lru_cache(maxsize=64)
def _unnest_sql(statement: Insert) -> bytes:
    arrays = ", ".join(f"%s::{kind}[]" for _, kind in statement.columns)
    return (
        f"INSERT INTO {statement.table} ({statement.names})"  # noqa: S608  # names are constants
        f" SELECT * FROM unnest({arrays}) {statement.conflict}"
    ).encode()


class PostgresBulk:
    """PostgreSQL: COPY into a temporary table for many rows, arrays for few."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._cursor = connection.cursor()

    def insert(self, statement: Insert, rows: Sequence[Row]) -> int:
        """Insert rows; returns how many were inserted or updated."""
        if len(rows) >= _COPY_FROM:
            return self._copy(statement, rows)
        if rows:
            self._cursor.execute(
                _unnest_sql(statement), [list(column) for column in zip(*rows, strict=True)]
            )
            return self._cursor.rowcount
        return 0

    def _copy(self, statement: Insert, rows: Sequence[Row]) -> int:
        staging = f"incoming_{statement.table}"
        kinds = ", ".join(f"{name} {kind}" for name, kind in statement.columns)
        self._cursor.execute(f"CREATE TEMPORARY TABLE {staging} ({kinds}) ON COMMIT DROP".encode())
        with self._cursor.copy(f"COPY {staging} ({statement.names}) FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)
        self._cursor.execute(
            (
                f"INSERT INTO {statement.table} ({statement.names})"  # noqa: S608  # names are constants
                f" SELECT {statement.names} FROM {staging} {statement.conflict}"
            ).encode()
        )
        done = self._cursor.rowcount
        self._cursor.execute(f"DROP TABLE {staging}".encode())
        return done

    def each(self, sql: str, rows: Sequence[Row]) -> None:
        """Run an UPDATE or DELETE with `?` parameters for each row."""
        if rows:
            self._cursor.executemany(sql.replace("?", "%s").encode(), rows)

    def select(self, sql: str, parameters: Row = ()) -> list[Row]:
        """Rows of a SELECT with `?` parameters."""
        return self._cursor.execute(sql.replace("?", "%s").encode(), parameters).fetchall()
