"""Headers that every answer carries, and compression of pages."""

import gzip
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, request

_COMPRESSIBLE: Final = frozenset({"text/html", "application/json", "application/manifest+json"})
_WORTH_BYTES: Final = 600


def content_policy(live_url: str) -> str:
    """The Content-Security-Policy: own scripts and styles only, one foreign origin for live."""
    parts = urlsplit(live_url)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            f"connect-src 'self' {parts.scheme}://{parts.netloc}",
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def install(app: Flask, *, live_url: str, https: bool) -> None:
    """Add the headers to every answer of `app`; compress pages."""
    every = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
    if https:
        every["Strict-Transport-Security"] = "max-age=31536000"
    # What only a document obeys would cost each script and style half a kilobyte.
    documents = {
        "Content-Security-Policy": content_policy(live_url),
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        # The phone may use its own position to sort stations; nothing else is ever asked.
        "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }

    def finish(response: Response) -> Response:
        document = response.mimetype == "text/html" or request.path == "/sw.js"
        for name, value in (every | documents if document else every).items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return _compressed(response)

    app.after_request(finish)


def _compressed(response: Response) -> Response:
    if (
        response.mimetype not in _COMPRESSIBLE
        or response.direct_passthrough
        or response.is_streamed
        or response.status_code != 200
        or "Content-Encoding" in response.headers
        or not request.accept_encodings.quality("gzip")
    ):
        return response
    body = response.get_data()
    if len(body) < _WORTH_BYTES:
        return response
    # No time stamp inside, so that the same page has the same bytes.
    response.set_data(gzip.compress(body, 6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response
