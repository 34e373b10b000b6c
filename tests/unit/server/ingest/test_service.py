"""The ingest process's parts against real brokers and databases."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine, func, select

from protocol.envelope import Ack, Birth, decode_ack, encode_batch, encode_state
from protocol.events import Event, encode
from protocol.topics import ack as ack_topic
from protocol.topics import batch as batch_topic
from protocol.topics import state as state_topic
from server.ingest.message import Batch, Incoming, Receipt
from server.ingest.service import Ingest
from server.ingest.worker import Limits, Worker
from server.storage.engine import create_engine, reading, writing_engine
from server.storage.tables import Fact, Quarantine, RollupHour, Station
from server.storage.telemetry import SqlWindow
from tests.support.broker import Broker
from tests.support.database import Cluster
from tests.support.process import wait_until
from tests.unit.server.ingest.support import (
    EPOCH,
    NOW,
    committer,
    enter_stations,
    fact_seqs,
    message,
    tap,
)


class StationClient:
    """A station as the broker sees it."""

    def __init__(self, broker: Broker, name: str) -> None:
        self._name = name
        self.acks: queue.Queue[Ack] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"{name}-test")
        self._client.username_pw_set(name, broker.passwords[name])
        self._client.on_message = lambda _c, _u, m: self.acks.put(decode_ack(bytes(m.payload)))
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        self._client.subscribe(ack_topic(name), 1)
        assert subscribed.wait(20)

    def send(self, *events: Event) -> None:
        self.send_raw(
            encode_batch(
                epoch=EPOCH,
                boot="b",
                sent=NOW,
                mono=0,
                synced=True,
                low=1,
                bodies=[encode(event) for event in events],
            )
        )

    def send_raw(self, payload: bytes) -> None:
        self._client.publish(batch_topic(self._name), payload, qos=1).wait_for_publish(20)

    def birth(self) -> None:
        birth = Birth(session="a" * 16, agent="agent 1", boot="b", at=NOW)
        self._client.publish(state_topic(self._name), encode_state(birth), qos=1, retain=True)

    def wait_ack(self, seq: int) -> Ack:
        while True:
            ack = self.acks.get(timeout=20)
            if ack.seq >= seq:
                return ack

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def running(broker: Broker, engine: Engine) -> Iterator[Ingest]:
    ingest = Ingest(
        engine=engine,
        telemetry=SqlWindow(),
        clock=lambda: NOW,
        host=broker.host,
        port=broker.port,
        password=broker.passwords["ingest"],
    )
    ingest.start()
    try:
        assert ingest.link.ready.wait(20)
        yield ingest
    finally:
        ingest.close()


def count(engine: Engine, table: type) -> int:
    with reading(engine)() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_batch_becomes_rows_and_a_retained_acknowledgement(
    broker: Broker, sqlite_engine: Engine
) -> None:
    numbers = enter_stations(sqlite_engine)
    with running(broker, sqlite_engine):
        with StationClient(broker, "yz-001") as station:
            station.send(tap(1), tap(2))
            assert station.wait_ack(2) == Ack(epoch=EPOCH, seq=2)
        with StationClient(broker, "yz-001") as again:
            assert again.wait_ack(2) == Ack(epoch=EPOCH, seq=2)
    assert fact_seqs(sqlite_engine, numbers["yz-001"]) == [1, 2]


def test_what_is_sent_while_the_ingest_is_away_arrives_when_it_returns(
    broker: Broker, engine: Engine
) -> None:
    numbers = enter_stations(engine)
    with running(broker, engine):
        pass
    with StationClient(broker, "yz-001") as station:
        for seq in range(1, 31):
            station.send(tap(seq))
        with running(broker, engine):
            station.wait_ack(30)
    assert fact_seqs(engine, numbers["yz-001"]) == list(range(1, 31))
    with reading(engine)() as session:
        assert session.scalar(select(RollupHour.n)) == 30


def test_garbage_on_the_wire_is_set_aside_and_the_next_batch_arrives(
    broker: Broker, sqlite_engine: Engine
) -> None:
    enter_stations(sqlite_engine)
    with running(broker, sqlite_engine) as ingest, StationClient(broker, "yz-001") as station:
        station.send_raw(b"\xff\x00 not json")
        station.send_raw(b'{"v":9}')
        station.send(tap(1))
        station.wait_ack(1)
        assert ingest.worker.counts["quarantined_malformed"] == 1
        assert ingest.worker.counts["quarantined_version"] == 1
    assert count(sqlite_engine, Quarantine) == 2
    assert count(sqlite_engine, Fact) == 1


def test_a_birth_is_answered_with_what_is_committed_and_seen_on_the_board(
    broker: Broker, sqlite_engine: Engine
) -> None:
    enter_stations(sqlite_engine)
    with running(broker, sqlite_engine), StationClient(broker, "yz-002") as station:
        station.send(tap(1))
        station.wait_ack(1)
        station.birth()
        assert station.wait_ack(1) == Ack(epoch=EPOCH, seq=1)
    with reading(sqlite_engine)() as session:
        link = select(Station.link, Station.agent).where(Station.id == "yz-002")
        assert session.execute(link).one() == ("online", "agent 1")


def test_nothing_is_acknowledged_while_the_database_is_locked_and_all_of_it_afterwards(
    nats: Broker, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.storage.engine.BUSY_S", 0.05)
    engine = create_engine(sqlite_url)
    numbers = enter_stations(engine)
    with running(nats, engine) as ingest, StationClient(nats, "yz-001") as station:
        with writing_engine(engine).begin():
            station.send(tap(1))
            station.send(tap(2))
            wait_until(lambda: ingest.worker.counts["failures"] > 1, what="the lock was met")
            assert station.acks.empty()
        station.wait_ack(2)
    assert fact_seqs(engine, numbers["yz-001"]) == [1, 2]
    engine.dispose()


def test_the_ingest_goes_on_when_the_broker_restarts(nats: Broker, sqlite_engine: Engine) -> None:
    numbers = enter_stations(sqlite_engine)
    with running(nats, sqlite_engine):
        with StationClient(nats, "yz-001") as station:
            station.send(tap(1))
            station.wait_ack(1)
        nats.kill()
        nats.start()
        with StationClient(nats, "yz-001") as station:
            station.send(tap(2))
            station.wait_ack(2)
    assert fact_seqs(sqlite_engine, numbers["yz-001"]) == [1, 2]


class Answers:
    """Notes what is acknowledged, and what the database held at that moment."""

    def __init__(self, stored: Callable[[], int]) -> None:
        self._stored = stored
        self.confirmed: list[tuple[int, int]] = []
        self.published: list[tuple[str, Ack]] = []

    def confirm(self, receipts: object) -> None:
        assert isinstance(receipts, Iterator)
        self.confirmed += [(receipt.mid, self._stored()) for receipt in receipts]

    def publish(self, station: str, ack: Ack) -> None:
        self.published.append((station, ack))


def test_a_message_is_confirmed_only_when_its_facts_are_committed(sqlite_engine: Engine) -> None:
    enter_stations(sqlite_engine)
    answers = Answers(lambda: count(sqlite_engine, Fact))
    inbox: queue.Queue[Incoming] = queue.Queue()
    for seq in range(1, 6):
        incoming = message([tap(seq)])
        assert isinstance(incoming, Batch)
        inbox.put(
            Batch(
                station=incoming.station,
                topic=incoming.topic,
                envelope=incoming.envelope,
                payload=incoming.payload,
                receipt=Receipt(mid=seq, connection=1),
            )
        )
    worker = Worker(
        inbox=inbox,
        committer=committer(sqlite_engine),
        answers=answers,
        limits=Limits(messages=2),
    )
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    wait_until(lambda: worker.counts["new"] == 5, what="five facts")
    stop.set()
    thread.join()
    assert answers.confirmed == [(1, 2), (2, 2), (3, 4), (4, 4), (5, 5)]
    assert [ack.seq for _, ack in answers.published] == [2, 4, 5]


def test_facts_arrive_once_when_postgresql_went_away_in_between(
    nats: Broker, postgres: Cluster, postgres_url: str
) -> None:
    engine = create_engine(postgres_url)
    numbers = enter_stations(engine)
    name = engine.url.database
    with running(nats, engine) as ingest, StationClient(nats, "yz-001") as station:
        station.send(tap(1))
        station.wait_ack(1)
        postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgres.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        station.send(tap(1), tap(2))
        wait_until(lambda: ingest.worker.counts["failures"] > 0, what="a failed transaction")
        assert station.acks.empty()
        postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        station.wait_ack(2)
    assert fact_seqs(engine, numbers["yz-001"]) == [1, 2]
    engine.dispose()
