"""Databases for every test of the server's parts."""

from tests.support.database import (
    database_url,
    engine,
    postgres,
    postgres_url,
    sqlite_engine,
    sqlite_template,
    sqlite_url,
)

__all__ = [
    "database_url",
    "engine",
    "postgres",
    "postgres_url",
    "sqlite_engine",
    "sqlite_template",
    "sqlite_url",
]
