"""How fast messages become committed, counted rows: `python -m tests.bench.ingest`.

Twenty stations publish at QoS 1, twenty facts a message, through a real broker into SQLite and
PostgreSQL. Beside the ingest stand, in the same run, (a) the obvious way: a paho callback that
adds and commits each event by the ORM, and (b) the limit: the same rows written to the same
table by nothing but `executemany` or COPY. Compare ratios of one run, never absolute figures.
"""

import gc
import logging
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import paho.mqtt.client as mqtt
import psycopg
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from protocol.envelope import decode_batch
from protocol.topics import ALL_BATCHES
from server.ingest.rows import BUILD
from server.ingest.service import Ingest, calm_collector
from server.storage.changes import FactRow
from server.storage.engine import create_engine, writing, writing_engine
from server.storage.facts import FACTS
from server.storage.migrate import upgrade
from server.storage.tables import Fact, Region, RollupHour, Station
from server.storage.telemetry import SqlWindow
from tests.bench.ingest_load import EPOCH, EVENTS, STATIONS, event
from tests.support import broker as brokers
from tests.support.broker import Broker
from tests.support.database import DURABLE, Cluster, cluster

MESSAGES: Final = 300
"""A station and run of the ingest: 120,000 events."""
NAIVE_MESSAGES: Final = 5
ROUNDS: Final = 3
_LIMIT_BATCH: Final = 4_000


class Figure(NamedTuple):
    """Median events a second, and CPU microseconds of the receiving process an event."""

    rate: float
    cpu_us: float


def _prepare(url: str) -> Engine:
    engine = create_engine(url)
    upgrade(engine)
    with writing(engine).begin() as session:
        session.execute(
            insert(Region),
            [{"id": "r", "level": "community", "name": "r", "position": 0, "demo": True}],
        )
        session.execute(
            insert(Station),
            [
                {
                    "no": number,
                    "id": name,
                    "name": name,
                    "region_id": "r",
                    "kind": "station",
                    "address": "",
                    "latitude": 0.0,
                    "longitude": 0.0,
                    "opens": 0,
                    "closes": 1440,
                    "in_service_from": 0,
                    "demo": True,
                    "link": "never",
                }
                for number, name in enumerate(STATIONS, start=1)
            ],
        )
    return engine


@contextmanager
def _load(broker: Broker, messages: int) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.bench.ingest_load", str(broker.port)),
            *(str(broker.folder / "secrets"), str(messages)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _line(process, "loaded")
        yield process
        _line(process, "done")
    finally:
        process.kill()
        process.wait()


def _line(process: "subprocess.Popen[str]", wanted: str) -> None:
    stream = process.stdout
    if stream is None or stream.readline().strip() != wanted:
        raise RuntimeError(f"the load generator did not get to {wanted!r}")


def _go(process: "subprocess.Popen[str]") -> None:
    if process.stdin is not None:
        process.stdin.write("go\n")
        process.stdin.flush()


def _timed(broker: Broker, messages: int, done: Callable[[], bool]) -> Figure:
    with _load(broker, messages) as process:
        gc.collect()
        began, cpu = time.perf_counter(), time.process_time()
        _go(process)
        while not done():
            time.sleep(0.005)
        seconds, used = time.perf_counter() - began, time.process_time() - cpu
    events = len(STATIONS) * messages * EVENTS
    return Figure(events / seconds, used / events * 1e6)


def _check(engine: Engine, events: int) -> None:
    with Session(engine) as session:
        rows = session.scalar(select(func.count()).select_from(Fact))
        summed = session.scalar(select(func.sum(RollupHour.n)))
    if rows != events or summed != events:
        raise RuntimeError(f"{events} events, but {rows} facts and {summed} in the roll-ups")


def measure_ingest(broker: Broker, engine: Engine, client_id: str) -> Figure:
    """The ingest itself, with roll-ups, progress and acknowledgements after the commit."""
    ingest = Ingest(
        engine=engine,
        telemetry=SqlWindow(),
        clock=lambda: time.time_ns() // 1_000_000,
        host=broker.host,
        port=broker.port,
        password=broker.passwords["ingest"],
        client_id=client_id,
    )
    ingest.start()
    try:
        if not ingest.link.ready.wait(20):
            raise RuntimeError("no connection to the broker")
        events = len(STATIONS) * MESSAGES * EVENTS
        figure = _timed(broker, MESSAGES, lambda: ingest.worker.counts["new"] >= events)
    finally:
        ingest.close()
    _check(engine, events)
    return figure


def measure_naive(broker: Broker, engine: Engine, client_id: str) -> Figure:
    """The obvious way: the callback adds and commits each event; no roll-ups, no progress."""
    stored = 0
    ready = threading.Event()
    numbers = {name: number for number, name in enumerate(STATIONS, start=1)}
    sessions = writing(engine)
    columns = [column.name for column in Fact.__table__.columns]

    def received(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        nonlocal stored
        no = numbers[message.topic.split("/")[2]]
        with sessions() as session:
            for one in decode_batch(bytes(message.payload)).events:
                row = BUILD[type(one)](no, EPOCH, 0, one)
                session.add(Fact(**dict(zip(columns, row, strict=True))))
                try:
                    session.commit()
                except IntegrityError:  # too slow: the broker has sent the message again
                    session.rollback()
                    continue
                stored += 1

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True)
    client.username_pw_set("ingest", broker.passwords["ingest"])
    client.on_message = received
    client.on_subscribe = lambda *_: ready.set()
    client.connect(broker.host, broker.port)
    client.subscribe(ALL_BATCHES, 1)
    client.loop_start()
    try:
        if not ready.wait(20):
            raise RuntimeError("no connection to the broker")
        events = len(STATIONS) * NAIVE_MESSAGES * EVENTS
        return _timed(broker, NAIVE_MESSAGES, lambda: stored >= events)
    finally:
        client.disconnect()
        client.loop_stop()


def _rows() -> list[FactRow]:
    last = MESSAGES * EVENTS
    return [
        BUILD[type(one)](no, EPOCH, 0, one)
        for first in range(1, last + 1, EVENTS)
        for no in range(1, len(STATIONS) + 1)
        for one in map(event, range(first, first + EVENTS))
    ]


def measure_limit(engine: Engine) -> Figure:
    """Nothing but the rows: the quickest way each database has, the batch of the ingest."""
    rows = _rows()
    marks = ", ".join("?" * len(FACTS.columns))
    names = FACTS.names
    gc.collect()
    began, cpu = time.perf_counter(), time.process_time()
    for first in range(0, len(rows), _LIMIT_BATCH):
        part = rows[first : first + _LIMIT_BATCH]
        with writing_engine(engine).begin() as connection:
            raw = connection.connection.driver_connection
            if connection.dialect.name == "sqlite":
                cast("sqlite3.Connection", raw).executemany(
                    f"INSERT INTO fact ({names}) VALUES ({marks}) {FACTS.conflict}", part
                )
            else:
                _copy(cast("psycopg.Connection[Any]", raw), part)
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    return Figure(len(rows) / seconds, used / len(rows) * 1e6)


def _copy(connection: psycopg.Connection[Any], rows: list[FactRow]) -> None:
    names = FACTS.names
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE incoming (LIKE fact) ON COMMIT DROP")
        with cursor.copy(f"COPY incoming ({names}) FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"INSERT INTO fact SELECT * FROM incoming {FACTS.conflict}".encode())


class _Databases:
    """Fresh databases, one after another."""

    def __init__(self, folder: Path, postgres: Cluster) -> None:
        self._folder = folder
        self._postgres = postgres
        self._count = 0

    def fresh(self, kind: str) -> Engine:
        self._count += 1
        if kind == "PostgreSQL":
            return _prepare(self._postgres.url(self._postgres.create()))
        return _prepare(f"sqlite:///{self._folder / f'{self._count}.sqlite'}")


def _median(figures: list[Figure]) -> Figure:
    return Figure(
        statistics.median(figure.rate for figure in figures),
        statistics.median(figure.cpu_us for figure in figures),
    )


def run(databases: _Databases, broker: Broker, kind: str) -> dict[str, Figure]:
    """All three ways into one kind of database, in turn, and their medians."""
    figures: dict[str, list[Figure]] = {"naive": [], "ingest": [], "limit": []}
    for turn in range(ROUNDS):
        name = f"{kind}-{turn}".lower()
        for way, measure in (
            ("naive", lambda engine, name=name: measure_naive(broker, engine, f"naive-{name}")),
            ("ingest", lambda engine, name=name: measure_ingest(broker, engine, f"in-{name}")),
            ("limit", measure_limit),
        ):
            engine = databases.fresh(kind)
            figures[way].append(measure(engine))
            engine.dispose()
    return {way: _median(several) for way, several in figures.items()}


def main() -> None:
    """Measure and print the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    calm_collector()
    folder = Path(tempfile.mkdtemp(prefix="qinlin-bench-"))
    try:
        with (
            cluster(DURABLE) as postgres,
            brokers.nats(folder / "nats", stations=STATIONS, servers=("ingest",)) as broker,
        ):
            databases = _Databases(folder, postgres)
            events = len(STATIONS) * MESSAGES * EVENTS
            print(f"MQTT → committed rows, {len(STATIONS)} stations, {EVENTS} events a message,")
            print(f"{events} events a run, medians of {ROUNDS}; nats-server, QoS 1\n")
            head = (
                *("", "naive ev/s", "ingest ev/s", "limit ev/s"),
                *("× naive", "of limit", "CPU µs", "limit CPU"),
            )
            print(("{:<11}" + "{:>12}" * 7).format(*head))
            for kind in ("SQLite", "PostgreSQL"):
                result = run(databases, broker, kind)
                naive, ingest, limit = (result[way] for way in ("naive", "ingest", "limit"))
                print(
                    f"{kind:<11}{naive.rate:>12,.0f}{ingest.rate:>12,.0f}{limit.rate:>12,.0f}"
                    f"{ingest.rate / naive.rate:>12.1f}{ingest.rate / limit.rate:>12.2f}"
                    f"{ingest.cpu_us:>12.1f}{limit.cpu_us:>12.1f}",
                    flush=True,
                )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
