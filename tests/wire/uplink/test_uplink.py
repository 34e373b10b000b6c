"""The uplink against real brokers: what is appended arrives, whatever happens to the link."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from protocol import topics
from protocol.envelope import (
    MAX_RANGES,
    Ack,
    Birth,
    Lost,
    StationState,
    decode_batch,
    decode_state,
    encode_ack,
)
from protocol.events import Visit
from server.domain.delivery import Progress
from station_agent.outbox.store import Outbox
from station_agent.uplink.machine import UplinkSettings
from station_agent.uplink.mqtt import Uplink
from station_agent.uplink.session import Broker as Address
from tests.support.broker import Broker, mosquitto, nats

STATION = "yz-001"
SETTINGS = UplinkSettings(batch=20, backfill_per_s=5_000, batch_wait_s=0.05, ack_timeout_s=0.5)


class FixedClock:
    boot = "b1"

    def wall_ms(self) -> int:
        return 1_790_000_000_000

    def mono_ms(self) -> int:
        return 5_000

    def synced(self) -> bool:
        return True


class Receiver:
    """The receiving side: the server's delivery machine behind a real MQTT session."""

    def __init__(self, broker: Broker) -> None:
        self.progress = Progress()
        self.order: list[int] = []
        self.states: list[StationState] = []
        self.answer = True
        self.seen = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="ingest-test")
        self.client.username_pw_set("ingest", broker.passwords["ingest"])
        self.client.on_message = self._on_message
        self.client.reconnect_delay_set(0.05, 0.2)  # type: ignore[arg-type]  # typed int, takes float
        self.client.on_connect = lambda client, *_: client.subscribe(
            [(topics.ALL_BATCHES, 1), (topics.ALL_STATES, 1)]
        )
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()

    def _on_message(
        self, client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        if message.topic.endswith("state"):
            self.states.append(decode_state(bytes(message.payload)))
            return
        envelope = decode_batch(bytes(message.payload))
        seqs = [event.seq for event in envelope.events]
        self.order += self.progress.accept(seqs, low=envelope.low).new
        if self.answer:
            seq, ranges = self.progress.ack(seqs, limit=MAX_RANGES)
            ack = encode_ack(Ack(epoch=envelope.epoch, seq=seq, ranges=ranges))
            client.publish(topics.ack(STATION), ack, qos=1, retain=True)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture(params=[nats, mosquitto], ids=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    with request.param(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def receiver(broker: Broker) -> Iterator[Receiver]:
    made = Receiver(broker)
    yield made
    made.close()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.sqlite", new_epoch=lambda: 5)
    yield made
    made.close()


def _tap() -> Visit:
    return Visit(at=1_790_000_000_000, mono=1, by="tap")


@asynccontextmanager
async def _running(outbox: Outbox, broker: Broker) -> AsyncIterator[Uplink]:
    uplink = Uplink(
        station=STATION,
        outbox=outbox,
        broker=Address(host=broker.host, port=broker.port, password=broker.passwords[STATION]),
        clock=FixedClock(),
        agent="test",
        settings=SETTINGS,
    )
    task = asyncio.create_task(uplink.run())
    try:
        yield uplink
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _until(true: Callable[[], bool], *, within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not true():
            await asyncio.sleep(0.02)


def test_everything_arrives_once_and_the_outbox_is_empty_after(
    broker: Broker, receiver: Receiver, outbox: Outbox
) -> None:
    async def scenario() -> None:
        outbox.append([_tap() for _ in range(130)])
        async with _running(outbox, broker) as uplink:
            await _until(lambda: bool(receiver.states))
            outbox.append([_tap() for _ in range(70)])
            await _until(lambda: uplink.pending == 0)

    asyncio.run(scenario())
    assert sorted(receiver.order) == list(range(1, 201))
    assert outbox.stats().events == 0


def test_live_events_do_not_wait_for_the_back_fill(
    broker: Broker, receiver: Receiver, outbox: Outbox
) -> None:
    async def scenario() -> None:
        outbox.append([_tap() for _ in range(2_000)])
        async with _running(outbox, broker) as uplink:
            await _until(lambda: len(receiver.order) >= 20)
            (live,) = outbox.append([_tap()])
            await _until(lambda: uplink.pending == 0)
            assert receiver.order.index(live) < 1_990

    asyncio.run(scenario())


def test_a_broker_wiped_in_the_middle_loses_nothing(
    broker: Broker, receiver: Receiver, outbox: Outbox
) -> None:
    async def scenario() -> None:
        async with _running(outbox, broker) as uplink:
            await _until(lambda: bool(receiver.states))
            receiver.answer = False
            outbox.append([_tap() for _ in range(50)])
            await _until(lambda: len(receiver.order) >= 20)
            await asyncio.to_thread(broker.kill)
            broker.wipe()
            outbox.append([_tap() for _ in range(50)])
            receiver.answer = True
            await asyncio.to_thread(broker.start)
            await _until(lambda: uplink.pending == 0)

    asyncio.run(scenario())
    assert sorted(receiver.order) == list(range(1, 101))
    assert not receiver.progress.gaps


def test_birth_is_retained_and_a_goodbye_names_its_session(
    broker: Broker, receiver: Receiver, outbox: Outbox
) -> None:
    async def scenario() -> None:
        async with _running(outbox, broker):
            await _until(lambda: bool(receiver.states))
        await _until(lambda: len(receiver.states) > 1)

    asyncio.run(scenario())
    birth, gone = receiver.states[0], receiver.states[-1]
    assert isinstance(birth, Birth)
    assert gone == Lost(session=birth.session)


def test_a_wrong_password_is_retried_without_an_end(broker: Broker, outbox: Outbox) -> None:
    async def scenario() -> None:
        uplink = Uplink(
            station=STATION,
            outbox=outbox,
            broker=Address(host=broker.host, port=broker.port, password="wrong"),
            clock=FixedClock(),
            agent="test",
            settings=SETTINGS,
        )
        task = asyncio.create_task(uplink.run())
        outbox.append([_tap()])
        done, _ = await asyncio.wait([task], timeout=2.0)
        assert not done
        assert uplink.pending == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())
