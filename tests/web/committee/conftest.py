"""The pages over the seeded county."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support.county import county_template, county_url
from tests.support.county_site import app_at, county_site
from tests.support.database import sqlite_template
from tests.support.site import Site, build_assets

__all__ = ["county_template", "county_url", "sqlite_template"]


@pytest.fixture
def site(tmp_path: Path, county_url: str) -> Iterator[Site]:
    """Settings, accounts and the county's database, with the assets built."""
    build_assets()
    site = county_site(tmp_path, county_url)
    yield site
    site.engine.dispose()


@pytest.fixture
def app(site: Site) -> Flask:
    """The pages at the county's own time."""
    return app_at(site)
