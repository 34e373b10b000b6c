"""`/healthz`: whether this process can answer from its database."""

from flask import Flask, Response, jsonify
from sqlalchemy import text

from server.web.database import read_session


def install(app: Flask) -> None:
    """Add the check to `app`; a database that cannot be read becomes the 500 of any page."""
    app.add_url_rule("/healthz", "healthz", _healthz)


def _healthz() -> Response:
    read_session().execute(text("SELECT 1"))
    return jsonify(status="ok")
