"""Wires the web processes together: pages in one, live streams in another."""

import functools
from datetime import timedelta
from pathlib import Path
from typing import Final

from flask import Flask, redirect
from sqlalchemy import Engine
from werkzeug.wrappers.response import Response

from protocol.errors import SettingsError
from server.config import ServerConfig, WebConfig
from server.storage.engine import create_engine
from server.web import (
    assets,
    auth,
    committee,
    csrf,
    errors,
    health,
    identity,
    keeper,
    live,
    rider,
    security,
)
from server.web import database as web_database
from server.web.clock import Clock, system_clock
from server.web.identity import LIFETIME_MS
from server.web.serving import serve

_FORM_BYTES: Final = 1_000_000
_SECRET_BYTES: Final = 32
_PAGE_THREADS: Final = 16
_PAGE_WORKERS: Final = 2
LIVE_THREADS: Final = 600
"""One an open stream; a thread that waits costs some 200 kB."""


def create_app(
    config: ServerConfig,
    *,
    engine: Engine | None = None,
    clock: Clock = system_clock,
    static: Path = assets.STATIC,
) -> Flask:
    """The pages: rider, keeper, committee, sign-in.

    Args:
        config: settings of the server.
        engine: a database to use instead of the configured one.
        clock: UTC milliseconds.
        static: folder of the built assets.

    Raises:
        SettingsError: the session secret cannot be used.
        AssetsMissingError: the assets are not built.
    """
    app = Flask("server", template_folder=str(assets.TEMPLATES), static_folder=None)
    https = config.web.secure_cookies
    app.config.update(
        SECRET_KEY=_secret(config.web),
        SESSION_COOKIE_NAME="__Host-qinlin" if https else "qinlin",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(milliseconds=LIFETIME_MS),
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=_FORM_BYTES,
        LIVE_URL=config.web.live_url,
        KEYS_FOLDER=config.keys.folder,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["banner"] = config.web.banner
    web_database.install(app, engine=engine or create_engine(config.database.url), clock=clock)
    security.install(app, live_url=config.web.live_url, https=https)
    assets.install(app, static)
    errors.install(app)
    csrf.install(app)
    identity.install(app)
    health.install(app)
    for blueprint in (rider.blueprint, auth.blueprint, keeper.blueprint, committee.blueprint):
        app.register_blueprint(blueprint)
    app.register_blueprint(live.blueprint)
    csrf.exempt("rider.activate", app)
    app.add_url_rule("/", "home", _home)
    return app


def create_live_app(
    config: ServerConfig, *, engine: Engine | None = None, clock: Clock = system_clock
) -> Flask:
    """The live streams. One thread an open stream, so they have a process of their own.

    Raises:
        SettingsError: the session secret cannot be used.
    """
    app = Flask("server", template_folder=str(assets.TEMPLATES), static_folder=None)
    app.config.update(SECRET_KEY=_secret(config.web))
    web_database.install(app, engine=engine or create_engine(config.database.url), clock=clock)
    security.install(app, live_url=config.web.live_url, https=config.web.secure_cookies)
    health.install(app)
    live.install(app, page_url=config.web.page_url)
    return app


def serve_web(config: ServerConfig) -> None:
    """Serve the pages until SIGTERM; prints `ready` when they answer."""
    serve(
        functools.partial(create_app, config),
        host=config.web.host,
        port=config.web.port,
        workers=_PAGE_WORKERS,
        threads=_PAGE_THREADS,
    )


def serve_live(config: ServerConfig) -> None:
    """Serve the live streams until SIGTERM; prints `ready` when they answer."""
    serve(
        functools.partial(create_live_app, config),
        host=config.web.host,
        port=config.web.live_port,
        workers=1,
        threads=LIVE_THREADS,
    )


def _home() -> Response:
    return redirect("/r")


def _secret(config: WebConfig) -> bytes:
    """The key in `web.secret_file`.

    Raises:
        SettingsError: not readable, or shorter than 32 bytes.
    """
    try:
        secret = Path(config.secret_file).read_bytes().strip()
    except OSError as error:
        raise SettingsError(
            "settings_file", f"web.secret_file {config.secret_file}: cannot be read: {error}"
        ) from error
    if len(secret) < _SECRET_BYTES:
        raise SettingsError(
            "settings_value",
            f"web.secret_file {config.secret_file}: at least {_SECRET_BYTES} bytes are needed",
        )
    return secret
