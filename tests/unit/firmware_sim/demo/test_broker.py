"""Rights and memory of the brokers, asked of the real ones by a real client."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.broker import Broker
from tests.support.process import wait_until

_WAIT = 10.0
REFUSED = 0x80


class Client:
    """A paho client that collects what it hears; every call waits for the broker's answer."""

    def __init__(self, broker: Broker, user: str, *, client_id: str, clean: bool) -> None:
        self.heard: queue.Queue[tuple[str, bytes, bool]] = queue.Queue()
        self._connected: queue.Queue[tuple[int, bool]] = queue.Queue()
        self._granted: queue.Queue[list[int]] = queue.Queue()
        self.paho = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=clean,
            protocol=paho.MQTTv311,
        )
        self.paho.username_pw_set(user, broker.passwords.get(user, "wrong"))
        self.paho.on_connect = lambda _c, _u, flags, reason, _p: self._connected.put(
            (reason.value, flags.session_present)
        )
        self.paho.on_subscribe = lambda _c, _u, _mid, reasons, _p: self._granted.put(
            [reason.value for reason in reasons]
        )
        self.paho.on_message = lambda _c, _u, message: self.heard.put(
            (message.topic, bytes(message.payload), message.retain)
        )

    def connect(self, broker: Broker) -> tuple[int, bool]:
        self.paho.connect(broker.host, broker.port)
        self.paho.loop_start()
        return self._connected.get(timeout=_WAIT)

    def subscribe(self, *filters: str) -> list[int]:
        self.paho.subscribe([(one, 1) for one in filters])
        return self._granted.get(timeout=_WAIT)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        info = self.paho.publish(topic, payload, qos=1, retain=retain)
        info.wait_for_publish(_WAIT)
        assert info.is_published()

    def next(self) -> tuple[str, bytes, bool]:
        return self.heard.get(timeout=_WAIT)

    def close(self) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()


@contextmanager
def client(
    broker: Broker, user: str, *, client_id: str | None = None, clean: bool = True
) -> Iterator[Client]:
    one = Client(broker, user, client_id=client_id or f"{user}-test", clean=clean)
    reason, _present = one.connect(broker)
    assert reason == 0
    try:
        yield one
    finally:
        one.close()


def test_the_server_hears_a_station_and_the_station_hears_its_acknowledgement(
    broker: Broker,
) -> None:
    with client(broker, "ingest") as ingest, client(broker, "yz-001") as station:
        assert ingest.subscribe("yz/1/+/state", "yz/1/+/up/batch") == [1, 1]
        assert station.subscribe("yz/1/yz-001/down/ack") == [1]
        station.publish("yz/1/yz-001/up/batch", b"batch")
        assert ingest.next() == ("yz/1/yz-001/up/batch", b"batch", False)
        ingest.publish("yz/1/yz-001/down/ack", b"ack")
        assert station.next() == ("yz/1/yz-001/down/ack", b"ack", False)


@pytest.mark.parametrize(
    "topic", ["yz/1/yz-002/up/batch", "yz/1/yz-002/state", "yz/1/yz-001/down/ack", "yz/1/yz-001"]
)
def test_a_station_cannot_speak_as_another_nor_as_the_server(broker: Broker, topic: str) -> None:
    with client(broker, "ingest") as ingest, client(broker, "yz-001") as station:
        ingest.subscribe("yz/1/+/state", "yz/1/+/up/#")
        with client(broker, "yz-002") as other:
            other.subscribe("yz/1/yz-002/down/#")
            station.publish(topic, b"forged")  # acknowledged all the same, by both brokers
            station.publish("yz/1/yz-001/up/batch", b"own")
            assert ingest.next() == ("yz/1/yz-001/up/batch", b"own", False)
            ingest.publish("yz/1/yz-002/down/ack", b"true")
            assert other.next() == ("yz/1/yz-002/down/ack", b"true", False)


def test_a_station_cannot_read_what_is_meant_for_another(broker: Broker) -> None:
    with client(broker, "ingest") as ingest, client(broker, "yz-001") as station:
        station.subscribe("yz/1/yz-002/down/#", "yz/1/+/down/ack", "yz/1/+/up/batch", "#")
        station.subscribe("yz/1/yz-001/down/#")
        ingest.publish("yz/1/yz-002/down/ack", b"other", retain=True)
        ingest.publish("yz/1/yz-001/down/ack", b"own")
        assert station.next() == ("yz/1/yz-001/down/ack", b"own", False)


def test_the_embedded_broker_says_so_when_it_refuses_a_subscription(nats: Broker) -> None:
    with client(nats, "yz-001") as station:
        filters = ("yz/1/yz-002/down/ack", "#", "$MQTT/sub/#", "yz/1/yz-001/down/#")
        assert station.subscribe(*filters) == [REFUSED, REFUSED, REFUSED, 1]


def test_a_last_will_cannot_speak_for_another_station(broker: Broker) -> None:
    with client(broker, "ingest") as ingest:
        ingest.subscribe("yz/1/+/state")
        for topic in ("yz/1/yz-002/state", "yz/1/yz-001/state"):
            station = Client(broker, "yz-001", client_id="yz-001", clean=True)
            station.paho.will_set(topic, b"lost", qos=1)
            reason, _present = station.connect(broker)
            if reason == 0:
                sock = station.paho.socket()
                assert sock is not None
                sock.close()  # gone without a goodbye
            station.paho.loop_stop()
        assert ingest.next() == ("yz/1/yz-001/state", b"lost", False)


def test_a_wrong_password_and_an_unknown_user_are_turned_away(broker: Broker) -> None:
    for user in ("nobody", "yz-001"):
        one = Client(broker, user, client_id="x", clean=True)
        one.paho.username_pw_set(user, "wrong")
        reason, _present = one.connect(broker)
        one.close()
        assert reason != 0


def test_what_came_while_a_station_was_away_waits_for_it(broker: Broker) -> None:
    with client(broker, "ingest", clean=False) as ingest:
        with client(broker, "yz-001", client_id="yz-001", clean=False) as station:
            station.subscribe("yz/1/yz-001/down/cmd/#")
        ingest.publish("yz/1/yz-001/down/cmd/1", b"one")
        ingest.publish("yz/1/yz-001/down/cmd/2", b"two")
        again = Client(broker, "yz-001", client_id="yz-001", clean=False)
        assert again.connect(broker) == (0, True)
        assert [again.next()[1], again.next()[1]] == [b"one", b"two"]
        again.close()


def test_retained_state_survives_a_restart_of_the_broker(broker: Broker) -> None:
    with client(broker, "yz-001") as station:
        station.publish("yz/1/yz-001/state", b"old", retain=True)
        station.publish("yz/1/yz-001/state", b"online", retain=True)
    wait_until(lambda: retained_state(broker) == b"online", what="the newer state")  # not at once
    broker.stop()
    broker.start()
    # A subscription may come before the broker has read its retained messages back.
    wait_until(lambda: retained_state(broker) == b"online", what="the state after the restart")


def retained_state(broker: Broker) -> bytes:
    """What a newcomer is told about yz-001; nothing is empty."""
    with client(broker, "ingest") as ingest:
        ingest.subscribe("yz/1/+/state")
        try:
            topic, payload, retained = ingest.next()
        except queue.Empty:
            return b""
        assert (topic, retained) == ("yz/1/yz-001/state", True)
        return payload


def test_a_wiped_broker_has_forgotten_everything(broker: Broker) -> None:
    with client(broker, "yz-001") as station:
        station.publish("yz/1/yz-001/state", b"before", retain=True)
    broker.kill()
    broker.wipe()
    broker.start()
    with client(broker, "ingest") as ingest, client(broker, "yz-001") as station:
        ingest.subscribe("yz/1/+/state")
        station.publish("yz/1/yz-001/state", b"after")
        assert ingest.next() == ("yz/1/yz-001/state", b"after", False)


def test_a_full_batch_passes(broker: Broker) -> None:
    with client(broker, "ingest") as ingest, client(broker, "yz-001") as station:
        ingest.subscribe("yz/1/+/up/batch")
        payload = bytes(range(256)) * 1024  # 256 KiB, the largest envelope
        station.publish("yz/1/yz-001/up/batch", payload)
        assert ingest.next()[1] == payload
