"""An open session on a seeded county, on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.support.county import add_county, county_engine, county_template, county_url
from tests.support.database import (
    database_url,
    engine,
    postgres,
    postgres_url,
    sqlite_template,
    sqlite_url,
)

__all__ = [
    "county_engine",
    "county_template",
    "county_url",
    "database_url",
    "engine",
    "postgres",
    "postgres_url",
    "sqlite_template",
    "sqlite_url",
]


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        add_county(session)
        session.commit()
        yield session
