"""One Chromium a worker, one built set of assets, a site of its own for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from server.storage.tables import Base
from tests.support.browser import chromium
from tests.support.database import sqlite_template, sqlite_url
from tests.support.site import Site, build_assets, make_site

__all__ = ["sqlite_template", "sqlite_url"]


@pytest.fixture(scope="session", autouse=True)
def assets() -> None:
    """The pages' scripts and styles, as built from their sources now."""
    build_assets()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser."""
    with chromium() as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, sqlite_url: str) -> Site:
    """A server over a fresh, migrated database; start its processes with `web()` and `live()`."""
    return make_site(tmp_path, sqlite_url)


@pytest.fixture(scope="session")
def _served(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    database = folder / "server.sqlite"
    shutil.copy(sqlite_template, database)
    site = make_site(folder, f"sqlite:///{database}")
    with site.web(), site.live():
        yield site


@pytest.fixture
def served(_served: Site) -> Site:
    """A site whose processes run already and serve every test of this worker, emptied first."""
    with _served.writing() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    return _served
