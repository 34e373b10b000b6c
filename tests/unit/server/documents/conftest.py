"""A report of a seeded county."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from server.services.report import Report, month_report
from tests.support.county import LAST_MONTH, NOW, county_engine, county_template, county_url
from tests.support.database import sqlite_template

__all__ = ["county_engine", "county_template", "county_url", "sqlite_template"]


@pytest.fixture
def report(county_engine: Engine) -> Report:
    """September, in which two stations' data has gaps."""
    with Session(county_engine) as session:
        return month_report(session, month=LAST_MONTH, now=NOW, banner="演示数据")
