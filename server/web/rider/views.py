"""Requests of the rider's page. Nothing here reads or sets a cookie."""

from pathlib import Path
from typing import Annotated

import msgspec
import structlog
from flask import Response, current_app, jsonify, make_response, render_template, request
from msgspec import Meta
from werkzeug.wrappers.response import Response as AnyResponse

from server.services import activation, keys
from server.services.errors import ServiceError
from server.storage.read.stations import station_board
from server.web.assets import asset_url
from server.web.database import now, read_session, resources, write_session
from server.web.encoding import from_base64url, to_base64url
from server.web.rider.board import cards

_log = structlog.get_logger("web")


class Activation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /r/activate`."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    algorithm: Annotated[str, Meta(pattern="^(ed25519|p256)$")]
    key: Annotated[str, Meta(max_length=60)]


def page() -> AnyResponse:
    """The whole page, with the board as it is now."""
    return _same_or_new(render_template("rider/page.html", **_board()))


def stations() -> AnyResponse:
    """The board alone, for the page to put in place."""
    return _same_or_new(render_template("rider/stations.html", **_board()))


def activate() -> Response:
    """A certificate for the key a phone has just made, against a one-time code."""
    if request.mimetype != "application/json":
        raise ServiceError("content_type", "请用本页面激活。", status=415)
    try:
        wanted = msgspec.json.decode(request.get_data(), type=Activation)
        key = from_base64url(wanted.key)
    except (msgspec.DecodeError, ValueError) as error:
        raise ServiceError("malformed", "激活信息不完整，请重试。") from error
    signer = _signer()
    with write_session() as session:
        issued = activation.activate(
            session,
            resources().clock,
            code=wanted.code,
            algorithm=wanted.algorithm,
            key=key,
            signer=signer,
        )
    return jsonify(certificate=to_base64url(issued.certificate), expires=issued.expires)


def _signer() -> keys.SigningKey:
    try:
        return keys.signing_key(Path(current_app.config["KEYS_FOLDER"]))
    except ServiceError as error:
        # Its sentence names files of this machine: for the log, not for a rider.
        _log.error("no_signing_key", code=error.code)
        raise ServiceError("unavailable", "暂时不能激活，请稍后再试。", status=503) from error


def webmanifest() -> Response:
    """Name and icon for a home screen."""
    response = jsonify(
        name="亲邻驿站",
        short_name="亲邻驿站",
        lang="zh-CN",
        start_url="/r",
        scope="/r",
        display="standalone",
        background_color="#ffffff",
        theme_color="#0b5d4c",
        icons=[{"src": asset_url("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _board() -> dict[str, object]:
    at = now()
    made = cards(station_board(read_session(), at), at)
    return {"cards": made, "now": at, "live_url": current_app.config["LIVE_URL"]}


def _same_or_new(body: str) -> AnyResponse:
    """The page with an ETag; 304 when the browser has the same already."""
    response = make_response(body)
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag(weak=True)
    return response.make_conditional(request)
