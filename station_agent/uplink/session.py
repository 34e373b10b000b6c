"""One MQTT session of the station: birth and last will, batches out, acknowledgements in.

paho runs on its own thread, so that neither a slow DNS answer nor a full socket ever delays a
scan; its callbacks are carried over to the asyncio loop.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from protocol import topics
from protocol.envelope import Birth, Lost, encode_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where and as whom to connect. The username is the station id."""

    host: str
    port: int
    password: str
    keepalive_s: int = 30
    ca_file: str | None = None


class SessionLost(Exception):  # noqa: N818  an event of the link, not a mistake
    """The broker refused or dropped the connection."""


class Session:
    """One connection. Callbacks of paho's thread are carried over to the loop."""

    def __init__(self, station: str, broker: Broker, *, birth: Birth) -> None:
        self._station = station
        self._broker = broker
        self._birth = birth
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[str] = self._loop.create_future()
        self._lost: asyncio.Future[str] = self._loop.create_future()
        self._inbox: list[bytes] = []
        self._news: asyncio.Event = asyncio.Event()
        self._client = self._build()

    def _build(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._station,
            clean_session=True,
            reconnect_on_failure=False,
        )
        client.username_pw_set(self._station, self._broker.password)
        if self._broker.ca_file is not None:
            client.tls_set_context(ssl.create_default_context(cafile=self._broker.ca_file))
        gone = encode_state(Lost(session=self._birth.session))
        client.will_set(topics.state(self._station), gone, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    async def open(self) -> None:
        """Connect, subscribe to acknowledgements, announce the birth."""
        await asyncio.to_thread(
            self._client.connect,
            self._broker.host,
            self._broker.port,
            self._broker.keepalive_s,
        )
        self._client.loop_start()
        async with asyncio.timeout(20.0):
            await asyncio.wait([self._ready, self._lost], return_when=asyncio.FIRST_COMPLETED)
        self._check()
        self.publish(topics.state(self._station), encode_state(self._birth), retain=True)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hand a message to paho (QoS 1)."""
        self._client.publish(topic, payload, qos=1, retain=retain)

    def take(self) -> list[bytes]:
        """Acknowledgements that have come in.

        Raises:
            SessionLost: the connection is gone.
        """
        self._check()
        self._news.clear()
        taken, self._inbox = self._inbox, []
        return taken

    async def wait_for_news(self, wake: asyncio.Event) -> None:
        """Until something came in, `wake` was set, or the connection was lost."""
        waits: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._news.wait()),
            asyncio.ensure_future(wake.wait()),
        ]
        try:
            await asyncio.wait([*waits, self._lost], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def close(self) -> None:
        """Say goodbye where possible and end paho's thread."""
        if not self._lost.done() and self._client.is_connected():
            self.publish(
                topics.state(self._station),
                encode_state(Lost(session=self._birth.session)),
                retain=True,
            )
            self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    def _check(self) -> None:
        if self._lost.done():
            raise SessionLost(self._lost.result())

    def _on_connect(
        self,
        client: mqtt.Client,
        _userdata: object,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._post(self._lose, str(reason))
            return
        client.subscribe(topics.ack(self._station), qos=1)

    def _on_subscribe(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._post(self._lose, "subscription refused")
        else:
            self._post(self._subscribed)

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._post(self._lose, str(reason))

    def _on_message(
        self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        self._post(self._receive, message.payload)

    def _post(self, call: Callable[..., None], *values: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(call, *values)

    def _subscribed(self) -> None:
        if not self._ready.done():
            self._ready.set_result("subscribed")

    def _lose(self, reason: str) -> None:
        if not self._lost.done():
            self._lost.set_result(reason)

    def _receive(self, payload: bytes) -> None:
        self._inbox.append(payload)
        self._news.set()
