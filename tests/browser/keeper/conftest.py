"""A running server over the county at this very moment."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.county import make_county
from tests.support.county_site import county_site
from tests.support.site import Site, build_assets


@pytest.fixture
def running(tmp_path: Path, sqlite_template: Path) -> Iterator[Site]:
    """Pages that answer; the county was seeded at this very moment."""
    build_assets()
    path = tmp_path / "county.sqlite"
    make_county(sqlite_template, path, now=time.time_ns() // 1_000_000, year=False)
    site = county_site(tmp_path, f"sqlite:///{path}")
    with site.web():
        yield site
    site.engine.dispose()
