"""Topic names. Up and down are apart, so two access rules serve every station.

yz/1/<station>/state        up, retained   birth, or the last will
yz/1/<station>/up/batch     up             an envelope of events
yz/1/<station>/down/ack     down, retained what the database has committed
"""

from typing import Final, Literal, NamedTuple

from protocol.errors import TopicError
from protocol.ids import is_id

ROOT: Final = "yz/1"
ALL_STATES: Final = f"{ROOT}/+/state"
ALL_BATCHES: Final = f"{ROOT}/+/up/batch"

Channel = Literal["state", "up/batch", "down/ack"]
_CHANNELS: Final[dict[str, Channel]] = {
    "state": "state",
    "up/batch": "up/batch",
    "down/ack": "down/ack",
}


class Topic(NamedTuple):
    """A parsed topic."""

    station: str
    channel: Channel


def state(station: str) -> str:
    """Where a station says that it is there, and its last will that it is not."""
    return f"{ROOT}/{station}/state"


def batch(station: str) -> str:
    """Where a station sends events."""
    return f"{ROOT}/{station}/up/batch"


def ack(station: str) -> str:
    """Where the server says what is committed."""
    return f"{ROOT}/{station}/down/ack"


def parse(topic: str) -> Topic:
    """Split a topic into station and channel.

    Raises:
        TopicError: `topic` is not one of the three above.
    """
    parts = topic.split("/", 3)
    if len(parts) != 4 or "/".join(parts[:2]) != ROOT:
        raise TopicError("topic_unknown", "not a topic of protocol version 1")
    station, tail = parts[2], parts[3]
    if not is_id(station):
        raise TopicError("station_name", "the station level is not a valid id")
    if tail not in _CHANNELS:
        raise TopicError("topic_unknown", "unknown channel under a station")
    return Topic(station, _CHANNELS[tail])
