"""Messages: good ones survive the wire unchanged, bad ones get a named error."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.envelope import (
    MAX_BYTES,
    Ack,
    Birth,
    Lost,
    decode_ack,
    decode_batch,
    decode_batch_by_event,
    decode_state,
    encode_ack,
    encode_batch,
    encode_state,
)
from protocol.errors import MessageError
from protocol.events import AnyEvent, Charge, Coverage, Draw, Sample, Visit, encode

AT = 1_790_000_000_000
CHARGE = Charge(seq=7, at=AT, mono=5, device="charger", unit=2, start=AT - 900_000, wh=231)
DRAW = Draw(seq=8, at=AT, mono=6, device="water", unit=1, start=AT - 9_000, ml=412, temp_mc=88_500)
VISIT = Visit(seq=9, at=AT, mono=7, by="code", scan="0123456789abcdef", token=bytes(179))


def _batch(*events: AnyEvent, v: int = 1) -> bytes:
    payload = encode_batch(
        epoch=77,
        boot="b1",
        sent=AT,
        mono=10,
        synced=True,
        low=7,
        bodies=[encode(event) for event in events],
    )
    return payload.replace(b'"v":1', b'"v":%d' % v, 1)


def test_a_batch_survives_the_wire() -> None:
    got = decode_batch(_batch(CHARGE, DRAW, VISIT))
    assert got.events == [CHARGE, DRAW, VISIT]
    assert (got.epoch, got.boot, got.sent, got.low, got.synced) == (77, "b1", AT, 7, True)


def test_one_impossible_value_does_not_hold_back_its_neighbours() -> None:
    payload = _batch(CHARGE, DRAW).replace(b'"temp_mc":88500', b'"temp_mc":888500')
    with pytest.raises(MessageError) as caught:
        decode_batch(payload)
    assert caught.value.code == "invalid"
    assert "temp_mc" in caught.value.sentence
    envelope, rejected = decode_batch_by_event(payload)
    assert envelope.events == [CHARGE]
    assert [(r.seq, r.error.code) for r in rejected] == [(8, "invalid")]


def test_an_unknown_kind_is_put_apart() -> None:
    payload = _batch(CHARGE, DRAW).replace(b'"kind":"draw"', b'"kind":"levitation"')
    envelope, rejected = decode_batch_by_event(payload)
    assert envelope.events == [CHARGE]
    assert [r.seq for r in rejected] == [8]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'{"later":' + b"[" * 100_000, "malformed"),
        (b'{"events":' + b"[" * 100_000, "invalid"),
        (b"{}", "invalid"),
        (b"x" * (MAX_BYTES + 1), "oversized"),
        (_batch(CHARGE, v=2), "version"),
        (b'{"v":3,"shape":"new"}', "version"),
        (_batch(CHARGE).replace(b'"events":[', b'"events":[1,'), "invalid"),
        (_batch(CHARGE).replace(b'"seq":7', b'"seq":-7'), "invalid"),
        (_batch(CHARGE).replace(b'"device":"charger"', b'"device":"../etc"'), "invalid"),
        (_batch(CHARGE).replace(b'"at":1790000000000', b'"at":1000'), "invalid"),
    ],
)
def test_bad_batches_are_refused_by_name(payload: bytes, code: str) -> None:
    with pytest.raises(MessageError) as caught:
        decode_batch(payload)
    assert caught.value.code == code


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_a_named_error(payload: bytes) -> None:
    for decode in (decode_batch, decode_batch_by_event, decode_ack, decode_state):
        try:
            decode(payload)
        except MessageError as error:
            assert error.code in {"malformed", "invalid", "version", "oversized"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["v", "epoch", "seq", "kind", "events", "low", "at"]), inner
            )
        ),
        max_leaves=20,
    )
)
def test_any_json_is_a_message_or_a_named_error(value: object) -> None:
    payload = msgspec.json.encode(value)
    for decode in (decode_batch, decode_batch_by_event, decode_ack, decode_state):
        try:
            decode(payload)
        except MessageError as error:
            assert error.code in {"malformed", "invalid", "version", "oversized"}


def test_acknowledgement_birth_and_will_survive_the_wire() -> None:
    ack = Ack(epoch=9, seq=40, ranges=[(44, 60), (70, 70)])
    assert decode_ack(encode_ack(ack)) == ack
    birth = Birth(session="00112233445566aa", agent="0.1", boot="b1", at=AT)
    assert decode_state(encode_state(birth)) == birth
    lost = Lost(session="00112233445566aa")
    assert decode_state(encode_state(lost)) == lost


def test_samples_and_coverage_keep_their_maps() -> None:
    sample = Sample(seq=1, at=AT, mono=1, device="charger", unit=1, values={"power_mw": 45_000})
    coverage = Coverage(seq=2, at=AT, mono=2, start=AT - 300_000, devices={"charger": 1})
    assert decode_batch(_batch(sample, coverage)).events == [sample, coverage]
