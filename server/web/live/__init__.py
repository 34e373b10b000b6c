"""Live streams: tell an open page that what it shows has changed; the page then fetches it."""

from flask import Blueprint, Flask

from server.web.database import resources
from server.web.live import streams, tickets_view
from server.web.live.watcher import Watcher

blueprint = Blueprint("live", __name__)
"""Served by the pages, where people are signed in."""
blueprint.add_url_rule("/live-ticket", "ticket", tickets_view.ticket)


def install(app: Flask, *, page_url: str) -> None:
    """Give the live process its streams and the one thread that watches the database."""
    with app.app_context():
        watcher = Watcher(read=resources().read)
    app.extensions["watcher"] = watcher
    app.config["PAGE_ORIGIN"] = streams.origin(page_url)
    app.add_url_rule("/live/stations", "stations", streams.stations)
    app.add_url_rule("/live/ticket", "ticket", streams.by_ticket)
