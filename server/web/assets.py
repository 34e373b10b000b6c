"""Built scripts and styles: their hashed URLs and how they are served."""

import json
from pathlib import Path
from typing import Final

from flask import Flask, Response, abort, current_app, request, send_from_directory
from werkzeug.wrappers.response import Response as AnyResponse

from protocol.errors import SettingsError

DASHBOARDS: Final = Path(__file__).resolve().parents[2] / "dashboards"
STATIC: Final = DASHBOARDS / "static"
TEMPLATES: Final = DASHBOARDS / "templates"
_YEAR_S: Final = 31_536_000
_KEY: Final = "assets"


class AssetsMissingError(SettingsError):
    """The bundles have not been built."""

    def __init__(self, what: str) -> None:
        super().__init__("assets_missing", f"{what}; run: python dashboards/build.py")


def install(app: Flask, folder: Path = STATIC) -> None:
    """Serve `/static/…` and `/sw.js`; give templates `asset('rider.css')`.

    Raises:
        AssetsMissingError: tells the command that builds them.
    """
    try:
        manifest: dict[str, str] = json.loads((folder / "manifest.json").read_text("utf-8"))
    except FileNotFoundError as error:
        raise AssetsMissingError("scripts and styles are not built") from error
    app.extensions[_KEY] = (folder, manifest)
    app.jinja_env.globals["asset"] = asset_url
    app.add_url_rule("/static/<name>", "static", _static)
    app.add_url_rule("/sw.js", "service_worker", _service_worker)


def asset_url(name: str) -> str:
    """URL of a built asset by its source name, as `keeper.js`.

    Raises:
        AssetsMissingError: no such bundle.
    """
    _, manifest = current_app.extensions[_KEY]
    if name not in manifest:
        raise AssetsMissingError(f"no bundle {name}")
    return f"/static/{manifest[name]}"


def _static(name: str) -> AnyResponse:
    folder, manifest = current_app.extensions[_KEY]
    if name not in manifest.values():
        abort(404)
    response = _file(folder, name)
    # The name carries the content's hash: another content has another name.
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    return response


def _service_worker() -> AnyResponse:
    folder, manifest = current_app.extensions[_KEY]
    response = _file(folder, manifest["sw.js"])
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/"
    return response


def _file(folder: Path, name: str) -> Response:
    """The file, as its gzip copy when the browser takes gzip."""
    response: Response
    if request.accept_encodings.quality("gzip"):
        response = send_from_directory(folder, f"{name}.gz", mimetype=_mimetype(name))
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = send_from_directory(folder, name, mimetype=_mimetype(name))
    response.headers["Vary"] = "Accept-Encoding"
    # The ETag says it already; a rider's first load counts every byte.
    for header in ("Content-Disposition", "Last-Modified"):
        response.headers.pop(header, None)
    return response


def _mimetype(name: str) -> str:
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    return kinds.get(Path(name).suffix, "application/octet-stream")
