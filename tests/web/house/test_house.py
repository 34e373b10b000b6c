"""What every page has in common: headers, compression, error pages, assets, forms."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient

from protocol.errors import SettingsError
from server.app import create_app, create_live_app
from server.config import ServerConfig
from server.services.errors import ServiceError
from server.web.assets import AssetsMissingError
from tests.support.site import Site

_GZIP = {"Accept-Encoding": "gzip"}


def test_page_allows_own_scripts_only_and_no_frame_around_it(client: FlaskClient) -> None:
    headers = client.get("/r").headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert re.fullmatch(r"'self' http://127\.0\.0\.1:\d+", policy["connect-src"])
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"


def test_rider_gets_no_cookie(client: FlaskClient) -> None:
    for path in ("/r", "/r/stations", "/r/app.webmanifest", "/sw.js", "/healthz"):
        assert "Set-Cookie" not in client.get(path, buffered=True).headers, path


def test_page_is_compressed_and_the_same_once_unpacked(client: FlaskClient) -> None:
    plain, packed = client.get("/r"), client.get("/r", headers=_GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data)


def test_unchanged_page_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/r", headers=_GZIP)
    again = client.get("/r", headers=_GZIP | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_asset_is_kept_for_ever_and_comes_ready_packed(client: FlaskClient) -> None:
    found = re.search(rb'src="(/static/rider-[0-9a-f]{10}\.js)"', client.get("/r").data)
    assert found is not None
    url = found[1].decode()
    packed, plain = client.get(url, headers=_GZIP, buffered=True), client.get(url, buffered=True)
    assert packed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.mimetype == plain.mimetype == "text/javascript"
    assert gzip.decompress(packed.data) == plain.data
    again = client.get(
        url, buffered=True, headers=_GZIP | {"If-None-Match": packed.headers["ETag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["/static/manifest.json", "/static/..%2Fpackage.json", "/static/rider.js"]
)
def test_only_built_assets_are_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_service_worker_is_asked_for_each_time_and_may_serve_the_whole_site(
    client: FlaskClient,
) -> None:
    answer = client.get("/sw.js", buffered=True)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert b"/static/rider-" in answer.data


def test_missing_page_is_told_kindly_and_scripts_get_json(client: FlaskClient) -> None:
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert "没有这个页面，可能地址写错了。" in page.text
    answer = client.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.json == {"error": "not_found", "sentence": "没有这个页面，可能地址写错了。"}


def test_refusal_of_a_service_becomes_its_sentence_and_status(app: Flask) -> None:
    def refuse() -> str:
        raise ServiceError("full", "伞借完了，可领一次性雨衣（问站长）。", status=409)

    app.add_url_rule("/refuse", view_func=refuse)
    page = app.test_client().get("/refuse")
    assert page.status_code == 409
    assert "伞借完了，可领一次性雨衣（问站长）。" in page.text


def test_failure_is_told_kindly_and_logged_without_what_was_typed(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> str:
        raise RuntimeError("13800000000")

    app.add_url_rule("/fail", view_func=fail)
    page = app.test_client().get("/fail?phone=13800000000")
    assert page.status_code == 500
    assert "系统忙，直接用就好，不影响使用。" in page.text
    log = "".join(capsys.readouterr())
    assert "request_failed" in log
    assert "test_house.py" in log
    assert "13800000000" not in log


def test_health_fails_with_the_database(site: Site) -> None:
    app = create_app(site.config)
    assert app.test_client().get("/healthz").json == {"status": "ok"}
    broken = sqlalchemy.create_engine("sqlite:////nowhere/at/all.sqlite")
    answer = create_app(site.config, engine=broken).test_client().get("/healthz")
    assert answer.status_code == 500
    assert "系统忙" in answer.text


def test_home_leads_to_the_rider(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/r")


def test_demonstration_says_so_on_every_page(client: FlaskClient) -> None:
    for path in ("/r", "/login", "/nowhere"):
        assert "演示数据" in client.get(path).text, path


@pytest.mark.parametrize("make", [create_app, create_live_app])
def test_short_or_missing_secret_stops_the_start(
    site: Site, make: Callable[[ServerConfig], Flask]
) -> None:
    secret = Path(site.config.web.secret_file)
    secret.write_bytes(b"short")
    with pytest.raises(SettingsError, match="at least 32 bytes"):
        make(site.config)
    secret.unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        make(site.config)


def test_start_without_built_assets_tells_the_command(site: Site, tmp_path: Path) -> None:
    with pytest.raises(AssetsMissingError, match=r"python dashboards/build\.py"):
        create_app(site.config, static=tmp_path)


def test_lock_file_names_no_registry() -> None:
    lock = Path(__file__).parents[3] / "dashboards" / "package-lock.json"
    assert '"resolved"' not in lock.read_text("utf-8")
