"""The messages themselves: batch envelope, acknowledgement, birth and last will."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta

from protocol.errors import MessageError
from protocol.events import AnyEvent, Instant, Mono, Seq
from protocol.ids import Id

VERSION: Final = 1
MAX_BYTES: Final = 256 * 1024
MAX_EVENTS: Final = 1_000
MAX_RANGES: Final = 1_000

Epoch = Annotated[int, Meta(ge=1, lt=2**53)]
Session = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
"""Random per connection attempt: a late will of an older session is told apart by it."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of events.

    `low` is the lowest seq the station still holds: everything below is either acknowledged
    or was dropped, so the server may record what it misses there as a hole. `sent` is UTC ms,
    `mono` ms since boot, `synced` whether the clock was known to be right when sending.
    """

    v: int
    epoch: Epoch
    boot: Id
    sent: Instant
    mono: Mono
    synced: bool
    low: Seq
    events: Annotated[list[AnyEvent], Meta(min_length=1, max_length=MAX_EVENTS)]


class _RawEnvelope(msgspec.Struct, kw_only=True):
    """The same, with events encoded already: an outbox stores each event's bytes once."""

    v: int
    epoch: int
    boot: str
    sent: int
    mono: int
    synced: bool
    low: int
    events: list[msgspec.Raw]


class _VersionOnly(msgspec.Struct):
    v: int


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    """Committed: every seq up to `seq`, and besides those in `ranges` (inclusive pairs).

    Selective ranges exist because live events overtake back-fill.
    """

    epoch: Epoch
    seq: Seq
    ranges: Annotated[list[tuple[Seq, Seq]], Meta(max_length=MAX_RANGES)] = []


class Birth(msgspec.Struct, frozen=True, kw_only=True, tag_field="state", tag="online"):
    """Retained on `state`: this session is there."""

    session: Session
    agent: Annotated[str, Meta(max_length=40)]
    boot: Id
    at: Instant


class Lost(msgspec.Struct, frozen=True, kw_only=True, tag_field="state", tag="lost"):
    """The last will, or a clean goodbye: this session is gone. Never kills a newer one."""

    session: Session


StationState = Birth | Lost
_T = TypeVar("_T")
_encoder = msgspec.json.Encoder()
_batch = msgspec.json.Decoder(Envelope)
_version = msgspec.json.Decoder(_VersionOnly)
_ack = msgspec.json.Decoder(Ack)
_state: Final[msgspec.json.Decoder[StationState]] = msgspec.json.Decoder(StationState)


def _decode(decoder: msgspec.json.Decoder[_T], payload: bytes) -> _T:
    if len(payload) > MAX_BYTES:
        raise MessageError("oversized", f"{len(payload)} bytes, at most {MAX_BYTES} are taken")
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise MessageError("invalid", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError("malformed", "not valid JSON") from error


def decode_batch(payload: bytes) -> Envelope:
    """An envelope from the wire.

    Raises:
        MessageError: `oversized`, `malformed`, `version` or `invalid` (with the path).
    """
    try:
        envelope = _decode(_batch, payload)
    except MessageError as error:
        if error.code == "invalid":
            _check_version(payload)
        raise
    if envelope.v != VERSION:
        raise MessageError("version", f"envelope version {envelope.v}, this server reads {VERSION}")
    return envelope


def _check_version(payload: bytes) -> None:
    """A newer version may fail anywhere: say so rather than blame a field."""
    try:
        version: int = _version.decode(payload).v
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if version != VERSION:
        raise MessageError("version", f"envelope version {version}, this server reads {VERSION}")


def encode_batch(
    *,
    epoch: int,
    boot: str,
    sent: int,
    mono: int,
    synced: bool,
    low: int,
    bodies: Sequence[bytes],
) -> bytes:
    """An envelope for the wire, from events encoded by `protocol.events.encode`."""
    return _encoder.encode(
        _RawEnvelope(
            v=VERSION,
            epoch=epoch,
            boot=boot,
            sent=sent,
            mono=mono,
            synced=synced,
            low=low,
            events=[msgspec.Raw(body) for body in bodies],
        )
    )


def encode_ack(ack: Ack) -> bytes:
    """An acknowledgement for the wire."""
    return _encoder.encode(ack)


def decode_ack(payload: bytes) -> Ack:
    """An acknowledgement from the wire.

    Raises:
        MessageError: it does not fit.
    """
    return _decode(_ack, payload)


def encode_state(state: StationState) -> bytes:
    """A birth or last will for the wire."""
    return _encoder.encode(state)


def decode_state(payload: bytes) -> StationState:
    """A birth or last will from the wire.

    Raises:
        MessageError: it does not fit.
    """
    return _decode(_state, payload)


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a batch that cannot be taken: its seq, its bytes and why."""

    seq: int
    body: bytes
    error: MessageError


class _OuterEnvelope(msgspec.Struct, kw_only=True):
    v: int
    epoch: Epoch
    boot: Id
    sent: Instant
    mono: Mono
    synced: bool
    low: Seq
    events: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MAX_EVENTS)]


class _SeqOnly(msgspec.Struct):
    seq: Annotated[int, Meta(ge=1, lt=2**53)]


_outer = msgspec.json.Decoder(_OuterEnvelope)
_event: Final[msgspec.json.Decoder[AnyEvent]] = msgspec.json.Decoder(AnyEvent)
_seq = msgspec.json.Decoder(_SeqOnly)


def decode_batch_by_event(payload: bytes) -> tuple[Envelope, list[Rejected]]:
    """The good events of a batch that `decode_batch` refuses, and the bad ones apart.

    One impossible value must not hold back its neighbours, nor be sent for ever. The
    envelope's `events` may be empty here.

    Raises:
        MessageError: the envelope itself, or an event's seq, cannot be read.
    """
    outer = _decode(_outer, payload)
    if outer.v != VERSION:
        raise MessageError("version", f"envelope version {outer.v}, this server reads {VERSION}")
    good: list[AnyEvent] = []
    bad: list[Rejected] = []
    for raw in outer.events:
        body = bytes(raw)
        try:
            good.append(_decode(_event, body))
        except MessageError as error:
            bad.append(Rejected(seq=_decode(_seq, body).seq, body=body, error=error))
    envelope = Envelope(
        v=outer.v,
        epoch=outer.epoch,
        boot=outer.boot,
        sent=outer.sent,
        mono=outer.mono,
        synced=outer.synced,
        low=outer.low,
        events=good,
    )
    return envelope, bad
