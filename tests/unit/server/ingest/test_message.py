import msgspec
from hypothesis import given
from hypothesis import strategies as st

from protocol.envelope import Birth, encode_state
from protocol.events import encode
from protocol.topics import ack, batch, state
from server.ingest.message import Batch, Poison, Presence, read
from tests.unit.server.ingest.support import EPOCH, NOW, RECEIPT, charge, message, raw


def test_a_batch_is_read_with_its_events() -> None:
    incoming = message([charge(7), charge(8)])
    assert isinstance(incoming, Batch)
    assert incoming.station == "yz-001"
    assert [event.seq for event in incoming.envelope.events] == [7, 8]
    assert incoming.envelope.epoch == EPOCH
    assert incoming.rejected == []


def test_an_impossible_event_is_taken_out_and_its_neighbours_stay() -> None:
    incoming = raw([encode(charge(1)), b'{"kind":"charge","seq":2,"wh":-1}', encode(charge(3))])
    assert isinstance(incoming, Batch)
    assert [event.seq for event in incoming.envelope.events] == [1, 3]
    assert [(rejected.seq, rejected.error.code) for rejected in incoming.rejected] == [
        (2, "invalid")
    ]


def test_a_birth_is_read() -> None:
    birth = Birth(session="0123456789abcdef", agent="1.0", boot="b", at=NOW)
    incoming = read(state("yz-009"), encode_state(birth), RECEIPT)
    assert isinstance(incoming, Presence)
    assert (incoming.station, incoming.state) == ("yz-009", birth)


def test_each_poison_names_its_reason() -> None:
    reasons = {
        (batch("yz-001"), b"{"): "malformed",
        (batch("yz-001"), b'{"v":2}'): "version",
        (batch("yz-001"), b"x" * 300_000): "oversized",
        (batch("yz-001"), b"{}"): "invalid",
        (state("yz-001"), b"[]"): "invalid",
        (ack("yz-001"), b"{}"): "topic_unknown",
        ("yz/1/YZ/up/batch", b"{}"): "station_name",
        ("elsewhere", b""): "topic_unknown",
    }
    for (topic, payload), reason in reasons.items():
        incoming = read(topic, payload, RECEIPT)
        assert isinstance(incoming, Poison), topic
        assert (incoming.reason, incoming.topic, incoming.payload) == (reason, topic, payload)


@given(st.text(max_size=60) | st.sampled_from([batch("a"), state("a")]), st.binary(max_size=400))
def test_nothing_that_arrives_stops_the_reader(topic: str, payload: bytes) -> None:
    incoming = read(topic, payload, RECEIPT)
    assert incoming.receipt == RECEIPT
    assert incoming.topic == topic


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists))
def test_any_json_is_read_or_set_aside(value: object) -> None:
    incoming = read(batch("a"), msgspec.json.encode(value), RECEIPT)
    assert isinstance(incoming, Poison)
