"""A message from the broker, decoded; or set aside with the reason why it cannot be."""

from dataclasses import dataclass, field

from protocol.envelope import (
    Birth,
    Envelope,
    Lost,
    Rejected,
    StationState,
    decode_batch,
    decode_batch_by_event,
    decode_state,
)
from protocol.errors import MessageError, ProtocolError, TopicError
from protocol.topics import parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What to acknowledge: packet `mid` of connection number `connection`."""

    mid: int
    connection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Events of one station. `rejected` are those of its events that cannot be taken."""

    station: str
    topic: str
    envelope: Envelope
    payload: bytes
    receipt: Receipt
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def events(self) -> int:
        """How many events it carries."""
        return len(self.envelope.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """A birth or a last will."""

    station: str
    topic: str
    state: Birth | Lost
    payload: bytes
    receipt: Receipt
    events: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """A message that cannot be taken, and why."""

    topic: str
    reason: str
    sentence: str
    payload: bytes
    receipt: Receipt
    events: int = 1


Incoming = Batch | Presence | Poison


def read(topic: str, payload: bytes, receipt: Receipt) -> Incoming:
    """Decode one message. Never raises: whatever cannot be read becomes `Poison`."""
    try:
        station, channel = parse(topic)
        if channel == "up/batch":
            return _batch(station, topic, payload, receipt)
        if channel == "state":
            state: StationState = decode_state(payload)
            return Presence(
                station=station, topic=topic, state=state, payload=payload, receipt=receipt
            )
        raise TopicError("topic_unknown", "the server does not read this channel")
    except ProtocolError as error:
        return Poison(
            topic=topic,
            reason=error.code,
            sentence=error.sentence,
            payload=payload,
            receipt=receipt,
        )


def _batch(station: str, topic: str, payload: bytes, receipt: Receipt) -> Batch:
    rejected: list[Rejected] = []
    try:
        envelope = decode_batch(payload)
    except MessageError as error:
        if error.code != "invalid":
            raise
        envelope, rejected = decode_batch_by_event(payload)
    return Batch(
        station=station,
        topic=topic,
        envelope=envelope,
        payload=payload,
        receipt=receipt,
        rejected=rejected,
    )


def poison(message: Batch | Presence, reason: str, sentence: str) -> Poison:
    """The same message, set aside."""
    return Poison(
        topic=message.topic,
        reason=reason,
        sentence=sentence,
        payload=message.payload,
        receipt=message.receipt,
    )
