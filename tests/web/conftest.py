"""The pages' app over a fresh database, at a time the test chooses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.app import create_app
from tests.support.database import sqlite_template, sqlite_url
from tests.support.site import Site, build_assets, make_site

__all__ = ["sqlite_template", "sqlite_url"]

NOON_MS = 1_780_459_200_000
"""2026-06-03 12:00 in Asia/Shanghai."""


class SetClock:
    """Shows the time it was last set to, UTC ms."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture(scope="session", autouse=True)
def assets() -> None:
    """The pages' scripts and styles, as built from their sources now."""
    build_assets()


@pytest.fixture
def clock() -> SetClock:
    """Noon, until the test sets it."""
    return SetClock(NOON_MS)


@pytest.fixture
def site(tmp_path: Path, sqlite_url: str) -> Iterator[Site]:
    """Settings, secret and key over a fresh, migrated database."""
    made = make_site(tmp_path, sqlite_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def app(site: Site, clock: SetClock) -> Flask:
    """The pages."""
    return create_app(site.config, engine=site.engine, clock=clock)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts."""
    return app.test_client()
