"""Signing in and out, as keepers and the committee meet it."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from server.app import create_app
from server.config import load
from server.services import accounts
from server.web.identity import LIFETIME_MS
from tests.support.site import PASSWORD, Site, add_station
from tests.web.conftest import SetClock


@pytest.fixture(autouse=True)
def people(site: Site, clock: SetClock) -> None:
    """A keeper of yz-001 and a member of the committee."""
    with site.writing() as session:
        add_station(session, 1, name="七里庄站", now=clock())
    site.add_account("keeper-1", "keeper", "yz-001")
    site.add_account("committee-1", "committee")


def token_in(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD, **more: str) -> TestResponse:
    token = token_in(client.get("/login"))
    return client.post(
        "/login", data={"csrf_token": token, "login": login, "password": password, **more}
    )


@pytest.mark.parametrize(("login", "home"), [("keeper-1", "/k"), ("committee-1", "/c")])
def test_each_role_lands_on_its_own_page(client: FlaskClient, login: str, home: str) -> None:
    answer = sign_in(client, login)
    assert (answer.status_code, answer.headers["Location"]) == (303, home)
    assert client.get("/login").headers["Location"] == home


def test_login_typed_with_capitals_and_spaces_is_accepted(client: FlaskClient) -> None:
    assert sign_in(client, " Keeper-1 ").status_code == 303


def test_wrong_password_shows_the_form_again_with_the_reason(client: FlaskClient) -> None:
    page = sign_in(client, "keeper-1", "not the password")
    assert page.status_code == 403
    assert "登录名或密码不对。" in page.text
    assert 'value="keeper-1"' in page.text
    assert "not the password" not in page.text


def test_unknown_login_is_refused_in_the_same_words(client: FlaskClient) -> None:
    page = sign_in(client, "nobody")
    assert page.status_code == 403
    assert "登录名或密码不对。" in page.text


def test_fifth_wrong_password_locks_the_account_for_a_quarter_of_an_hour(
    client: FlaskClient, clock: SetClock
) -> None:
    for _ in range(accounts.FAILURES_MAX):
        assert sign_in(client, "keeper-1", "wrong password").status_code == 403
    locked = sign_in(client, "keeper-1")
    assert locked.status_code == 429
    assert "请15分钟后再试" in locked.text
    clock.now += accounts.LOCKED_MS
    assert sign_in(client, "keeper-1").status_code == 303


def test_stranger_is_sent_to_sign_in_and_back_again(client: FlaskClient) -> None:
    answer = client.get("/c?month=2026-05")
    assert answer.status_code == 302
    page = client.get(answer.headers["Location"])
    found = re.search(r'name="next" value="([^"]+)"', page.text)
    assert found is not None
    onward = sign_in(client, "committee-1", next=found[1])
    assert onward.headers["Location"] == "/c?month=2026-05"


@given(st.text(max_size=60))
def test_going_on_after_sign_in_never_leaves_the_site(target: str) -> None:
    app = Flask(__name__)
    from server.web.auth.views import _inside

    for hostile in (target, f"//{target}", f"/\\{target}", f"https://{target}", f"\t//{target}"):
        with app.test_request_context("/login", query_string={"next": hostile}):
            result = _inside("next")
        assert result == "" or (
            result.startswith("/") and not re.match(r"/[\\/\s]", result) and "\n" not in result
        )


def test_keeper_is_not_let_into_the_committees_pages(client: FlaskClient) -> None:
    sign_in(client, "keeper-1")
    page = client.get("/c")
    assert page.status_code == 403
    assert "您没有查看权限" in page.text


def test_form_without_the_token_of_this_browser_is_refused(app: Flask) -> None:
    mine, other = app.test_client(), app.test_client()
    foreign = token_in(other.get("/login"))
    mine.get("/login")
    for token in ("", "AAAA", foreign, "é"):
        page = mine.post(
            "/login", data={"csrf_token": token, "login": "keeper-1", "password": PASSWORD}
        )
        assert page.status_code == 400, token
        assert "页面放久了，请刷新后再试。" in page.text


def test_token_looks_different_on_every_page(client: FlaskClient) -> None:
    assert token_in(client.get("/login")) != token_in(client.get("/login"))


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    sign_in(client, "keeper-1")
    token = token_in(client.get("/k"))
    answer = client.post("/logout", data={"csrf_token": token})
    assert answer.headers["Location"] == "/login"
    assert client.get("/k").status_code == 302


def test_signing_in_replaces_whatever_session_was_there(client: FlaskClient) -> None:
    before = token_in(client.get("/login"))
    sign_in(client, "keeper-1")
    answer = client.post("/logout", data={"csrf_token": before})
    assert answer.status_code == 400


def test_new_password_ends_open_sessions(client: FlaskClient, site: Site) -> None:
    sign_in(client, "keeper-1")
    assert client.get("/k").status_code == 200
    site.add_account("keeper-1", "keeper", "yz-001")
    assert client.get("/k").status_code == 302


def test_session_ends_after_a_working_day(client: FlaskClient, clock: SetClock) -> None:
    sign_in(client, "keeper-1")
    clock.now += LIFETIME_MS - 1
    assert client.get("/k").status_code == 200
    clock.now += 1
    assert client.get("/k").status_code == 302


def test_cookie_stays_with_this_site_over_https(site: Site) -> None:
    text = site.config_path.read_text("utf-8").replace("secure_cookies = false", "")
    site.config_path.write_text(text, "utf-8")
    app = create_app(load(site.config_path), engine=site.engine)
    answer = app.test_client().get("/login", base_url="https://example.test")
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-qinlin=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
    assert not [word for word in attributes if word.startswith("Domain")]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
