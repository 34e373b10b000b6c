"""Forms carry a token that another site cannot know.

The token in the page is masked with fresh random bytes each time, so that compressing a page
tells nothing about it (BREACH).
"""

import base64
import binascii
import hmac
import secrets
from typing import Final

from flask import Flask, current_app, request, session

from server.services.errors import ServiceError

_KEY: Final = "csrf"
_BYTES: Final = 16
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER: Final = "X-CSRF-Token"
FIELD: Final = "csrf_token"


def install(app: Flask) -> None:
    """Check every unsafe request of `app`; give templates `csrf_token()`.

    A view marked `exempt` is left out: it must neither read the session nor take a form's
    content type.
    """
    app.jinja_env.globals["csrf_token"] = token
    app.before_request(_check)


def exempt(endpoint: str, app: Flask) -> None:
    """Leave one endpoint out of the check."""
    app.extensions.setdefault("csrf_exempt", set()).add(endpoint)


def token() -> str:
    """A masked token for a form's hidden field or the `X-CSRF-Token` header."""
    mask = secrets.token_bytes(_BYTES)
    return base64.urlsafe_b64encode(mask + _mix(mask, _secret())).decode()


def _secret() -> bytes:
    if _KEY not in session:
        session[_KEY] = secrets.token_hex(_BYTES)
    return bytes.fromhex(session[_KEY])


def _mix(mask: bytes, value: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(mask, value, strict=True))


def _check() -> None:
    if request.method in _SAFE or request.endpoint in current_app.extensions.get("csrf_exempt", ()):
        return
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    try:
        raw = base64.urlsafe_b64decode(given)
    except (binascii.Error, ValueError):
        raw = b""
    whole = len(raw) == 2 * _BYTES and _KEY in session
    if not whole or not hmac.compare_digest(_mix(raw[:_BYTES], raw[_BYTES:]), _secret()):
        raise ServiceError("csrf", "页面放久了，请刷新后再试。", status=400)
