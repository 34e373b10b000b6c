"""A running server over the county, whose last month ended with the calendar's."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.county import make_county
from tests.support.county_site import county_site
from tests.support.site import Site, build_assets


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """Pages that answer, one server for all: the committee only reads."""
    build_assets()
    folder = tmp_path_factory.mktemp("committee")
    path = folder / "county.sqlite"
    make_county(sqlite_template, path, now=time.time_ns() // 1_000_000)
    site = county_site(folder, f"sqlite:///{path}")
    with site.web():
        yield site
    site.engine.dispose()
