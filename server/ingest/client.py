"""MQTT in and out: a persistent session, packets acknowledged by hand after the commit."""

import queue
import threading
from collections.abc import Iterable
from typing import Any, Final

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from protocol.envelope import Ack, encode_ack
from protocol.topics import ALL_BATCHES, ALL_STATES
from protocol.topics import ack as ack_topic
from server.ingest.message import Incoming, Receipt, read

KEEPALIVE_S: Final = 30
_INFLIGHT: Final = 1_000
_QUEUED: Final = 100_000
_log = structlog.get_logger(__name__)


class Link:
    """The broker, as the ingest sees it.

    Args:
        host: of the broker.
        port: of the broker.
        username: account of the ingest.
        password: of the account; None where none is needed.
        client_id: names the persistent session.
        ca_file: certificate authority of the broker; None for a plain connection.
        inbox: decoded messages go there; when it is full, reading waits.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        username: str,
        password: str | None,
        client_id: str,
        ca_file: str | None,
        inbox: "queue.Queue[Incoming]",
    ) -> None:
        self._inbox = inbox
        self._address = (host, port)
        self._connection = 0
        self._closing = threading.Event()
        self.ready = threading.Event()
        """Set when the broker has confirmed the subscriptions."""
        self.refused = 0
        """Subscriptions and log-ins the broker turned down."""
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            manual_ack=True,
            reconnect_on_failure=True,
        )
        client.username_pw_set(username, password)
        if ca_file is not None:
            client.tls_set(ca_certs=ca_file)
        client.reconnect_delay_set(1, 30)
        client.max_inflight_messages_set(_INFLIGHT)
        client.max_queued_messages_set(_QUEUED)
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._received
        self._client = client

    def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost."""
        self._client.connect_async(*self._address, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def close(self) -> None:
        """Leave; the broker keeps the session and what it has not seen confirmed."""
        self._closing.set()
        self._client.disconnect()
        self._client.loop_stop()

    def confirm(self, receipts: Iterable[Receipt]) -> None:
        """PUBACK messages of the present connection.

        Packet numbers start anew with each connection: one of an earlier connection may by now
        stand for a message that is not stored.
        """
        current = self._connection
        for receipt in receipts:
            if receipt.connection == current:
                self._client.ack(receipt.mid, 1)

    def publish(self, station: str, ack: Ack) -> None:
        """Tell a station what is committed; the broker keeps it for when the station is away."""
        self._client.publish(ack_topic(station), encode_ack(ack), qos=1, retain=True)

    def _connected(
        self,
        client: mqtt.Client,
        _userdata: object,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self.refused += 1
            _log.error("broker_refused", reason=str(reason))
            return
        self._connection += 1
        _log.info("broker_connected", session_present=flags.session_present)
        client.subscribe([(ALL_BATCHES, 1), (ALL_STATES, 1)])

    def _subscribed(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self.refused += 1
            _log.error("subscription_refused", reasons=[str(reason) for reason in reasons])
            return
        self.ready.set()

    def _disconnected(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not self._closing.is_set():
            _log.warning("broker_lost", reason=str(reason))

    def _received(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        receipt = Receipt(mid=message.mid, connection=self._connection)
        incoming = read(message.topic, bytes(message.payload), receipt)
        while not self._closing.is_set():
            try:
                self._inbox.put(incoming, timeout=0.5)
            except queue.Full:
                continue
            return
