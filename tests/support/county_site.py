"""The pages over the seeded county, at the county's own time."""

import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from server.app import create_app
from tests.support.county import NOW
from tests.support.site import PASSWORD, Site, make_site

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def county_site(folder: Path, url: str) -> Site:
    """Accounts: `k1` and `k2` keep stations 1 and 2, `c1` is committee."""
    site = make_site(folder, url)
    for number in (1, 2):
        site.add_account(f"k{number}", "keeper", f"yz-{number:03d}")
    site.add_account("c1", "committee")
    return site


def app_at(site: Site, now: int = NOW) -> Flask:
    """The pages, at a chosen time."""
    return create_app(site.config, engine=site.engine, clock=lambda: now)


def signed_in(app: Flask, login: str) -> FlaskClient:
    """A browser after signing in."""
    client = app.test_client()
    found = _TOKEN.search(client.get("/login").text)
    assert found is not None
    answer = client.post(
        "/login", data={"csrf_token": found[1], "login": login, "password": PASSWORD}
    )
    assert answer.status_code in {302, 303}
    return client
