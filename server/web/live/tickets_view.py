"""Hands a signed-in person the address of their stream."""

from urllib.parse import urlencode

from flask import Response, current_app, jsonify

from server.web.identity import SignedIn, current
from server.web.live import tickets


def ticket() -> Response:
    """JSON `{url}`: where this person's stream is, for the next two minutes."""
    secret = current_app.config["SECRET_KEY"]
    query = urlencode({"t": tickets.write(secret, _topic(current()))})
    return jsonify(url=f"{current_app.config['LIVE_URL']}/live/ticket?{query}")


def _topic(who: SignedIn) -> str:
    if who.role == "keeper" and who.station_id is not None:
        return tickets.station_topic(who.station_id)
    return tickets.COUNTY
