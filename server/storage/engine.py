"""Database engines and sessions: SQLite that survives a power cut, or PostgreSQL by URL."""

import sqlite3
from typing import Final

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session, sessionmaker

BUSY_S: Final = 30
"""How long a SQLite writer waits for another before it gives up."""
_WRITES: Final = "qinlin_writes"


def create_engine(url: str) -> Engine:
    """An engine for `sqlite:////path` or `postgresql+psycopg://…`.

    SQLite runs in WAL mode with `synchronous=FULL`: readers never wait for the writer, and what
    is committed survives a power cut. Both databases enforce foreign keys.
    """
    if url.startswith("sqlite"):
        engine = sqlalchemy.create_engine(
            url, connect_args={"timeout": BUSY_S}, pool_size=8, max_overflow=24
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return sqlalchemy.create_engine(url, pool_size=8, max_overflow=24, pool_pre_ping=True)


def writing_engine(engine: Engine) -> Engine:
    """The same pool for transactions that write.

    SQLite takes the write lock when such a transaction begins: one that reads first and writes
    later would otherwise fail with `database is locked` when another wrote in between.
    """
    return engine.execution_options(**{_WRITES: True})


def reading(engine: Engine) -> sessionmaker[Session]:
    """Sessions that only read; they see one snapshot each."""
    return sessionmaker(engine, expire_on_commit=False)


def writing(engine: Engine) -> sessionmaker[Session]:
    """Sessions that write."""
    return sessionmaker(writing_engine(engine), expire_on_commit=False)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin_sqlite` alone
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -65536")
    # A page written by many transactions is copied back once; the log stays below 32 MiB.
    connection.execute("PRAGMA wal_autocheckpoint = 8000")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
