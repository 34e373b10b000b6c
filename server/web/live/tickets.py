"""Signed, short-lived tickets: which topic a browser may watch, without a cookie or a name."""

from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer

COUNTY: Final = "county"
"""Topic of the committee: anything changed anywhere."""
LIFETIME_S: Final = 120
"""Long enough to open a stream; an open stream outlives its ticket."""


def station_topic(station_id: str) -> str:
    """Topic of one station's keeper."""
    return f"station/{station_id}"


def write(secret: bytes, topic: str) -> str:
    """A ticket for `topic`."""
    return _serializer(secret).dumps(topic)


def read(secret: bytes, ticket: str) -> str | None:
    """The topic of a ticket; None when it is forged or too old."""
    try:
        topic = _serializer(secret).loads(ticket, max_age=LIFETIME_S)
    except BadSignature:
        return None
    return topic if isinstance(topic, str) else None


def _serializer(secret: bytes) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="live-ticket")
