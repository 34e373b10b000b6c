"""The streams themselves: `event: changed` when there is something new, a comment as heartbeat."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from flask import Response, current_app, request

from server.web.live import tickets
from server.web.live.watcher import STATIONS, Watcher

HEARTBEAT_S: Final = 15.0
_RETRY_MS: Final = 5_000


def origin(url: str) -> str:
    """Scheme, host and port of a URL, as browsers write an origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def stations() -> Response:
    """Changes of the riders' board, which is public."""
    return _stream(STATIONS)


def by_ticket() -> Response:
    """Changes of the topic in the ticket `t`."""
    topic = tickets.read(current_app.config["SECRET_KEY"], request.args.get("t", ""))
    if topic is None:
        return _opened_to_page(Response("ticket refused\n", status=403, mimetype="text/plain"))
    return _stream(topic)


def _stream(topic: str) -> Response:
    watcher: Watcher = current_app.extensions["watcher"]
    response = Response(_events(watcher, topic, watcher.count(topic)))
    response.mimetype = "text/event-stream"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that collects would delay events
    return _opened_to_page(response)


def _opened_to_page(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = current_app.config["PAGE_ORIGIN"]
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.vary.add("Origin")
    return response


def _events(watcher: Watcher, topic: str, seen: int) -> Iterator[str]:
    yield f"retry: {_RETRY_MS}\n: open\n\n"
    while True:
        count = watcher.wait(topic, seen, HEARTBEAT_S)
        if count == seen:
            yield ": still here\n\n"
        else:
            seen = count
            yield f"event: changed\ndata: {count}\n\n"
