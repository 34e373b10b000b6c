"""Real streams from the real live process."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.app import LIVE_THREADS
from server.storage.tables import Station
from server.web.live import tickets
from tests.support.process import Child
from tests.support.site import Site, add_station, put_states

_WAIT_S = 20


@pytest.fixture
def live(site: Site) -> Iterator[Child]:
    """The live process over two stations."""
    with site.writing() as session:
        for no in (1, 2):
            add_station(session, no, name=f"{no}号站", now=1_000)
            put_states(session, no, "charger", "port_state", [1, 1, 1, 1], at=1_000)
    with site.live() as process:
        yield process


@contextmanager
def stream(site: Site, path: str) -> Iterator[http.client.HTTPResponse]:
    """An open stream; what comes first is read already."""
    connection = http.client.HTTPConnection("127.0.0.1", site.config.web.live_port, timeout=_WAIT_S)
    connection.request("GET", path, headers={"Origin": site.url})
    answer = connection.getresponse()
    try:
        if answer.status == 200:
            assert event(answer) == [b"retry: 5000", b": open"]
        yield answer
    finally:
        connection.close()


def event(answer: http.client.HTTPResponse) -> list[bytes]:
    """Lines up to the next empty one."""
    lines = []
    while line := answer.readline().rstrip(b"\n"):
        lines.append(line)
    return lines


def batch(site: Site, no: int, *, seq: int, free: int) -> None:
    """What ingest commits when a station delivers."""
    with site.writing() as session:
        put_states(session, no, "charger", "port_state", [1] * free, at=seq, seq=seq)
        session.get_one(Station, no).last_seen = 1_000 + seq


def ticketed(site: Site, topic: str) -> str:
    secret = (site.folder / "secret").read_bytes()
    return f"/live/ticket?t={tickets.write(secret, topic)}"


@pytest.mark.usefixtures("live")
def test_board_stream_tells_of_a_change_to_the_pages_origin_only(site: Site) -> None:
    with stream(site, "/live/stations") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Access-Control-Allow-Origin"] == site.url
        assert answer.headers["Cache-Control"] == "no-store"
        batch(site, 1, seq=2, free=4)
        assert event(answer) == [b"event: changed", b"data: 1"]
        batch(site, 2, seq=3, free=4)
        assert event(answer) == [b"event: changed", b"data: 2"]


@pytest.mark.usefixtures("live")
def test_keeper_hears_of_the_own_station_only(site: Site) -> None:
    with (
        stream(site, ticketed(site, tickets.station_topic("yz-001"))) as own,
        stream(site, ticketed(site, tickets.COUNTY)) as county,
    ):
        batch(site, 2, seq=2, free=4)
        assert event(county) == [b"event: changed", b"data: 1"]
        batch(site, 1, seq=2, free=4)
        assert event(own) == [b"event: changed", b"data: 1"]
        assert event(county) == [b"event: changed", b"data: 2"]


@pytest.mark.usefixtures("live")
def test_forged_ticket_opens_nothing(site: Site) -> None:
    with stream(site, "/live/ticket?t=forged") as answer:
        assert answer.status == 403
        assert answer.read() == b"ticket refused\n"


def test_process_ends_soon_though_streams_are_open(site: Site, live: Child) -> None:
    with stream(site, "/live/stations"), stream(site, "/live/stations"):
        live.stop()
        assert live.status is not None


def test_three_hundred_people_watch_at_once_and_all_are_told(site: Site, live: Child) -> None:
    count = 300
    told: list[int] = []
    opened = threading.Barrier(count + 1, timeout=60)

    def watch() -> None:
        with stream(site, "/live/stations") as answer:
            opened.wait()
            if event(answer) == [b"event: changed", b"data: 1"]:
                told.append(1)

    watchers = [threading.Thread(target=watch) for _ in range(count)]
    for watcher in watchers:
        watcher.start()
    opened.wait()
    batch(site, 1, seq=2, free=4)
    for watcher in watchers:
        watcher.join(timeout=60)
    assert len(told) == count
    assert live.status is None


def test_streams_whose_readers_left_give_their_threads_back(site: Site, live: Child) -> None:
    rounds, readers = 3, 250
    assert rounds * readers > LIVE_THREADS
    for number in range(rounds):
        left = []
        for _ in range(readers):
            reader = socket.create_connection(("127.0.0.1", site.config.web.live_port), _WAIT_S)
            reader.sendall(b"GET /live/stations HTTP/1.1\r\nHost: station\r\n\r\n")
            left.append(reader)
        for reader in left:
            assert reader.recv(64).startswith(b"HTTP/1.1 200")
            reader.close()
        # The next word to a stream finds its reader gone.
        batch(site, 1, seq=2 + number, free=4)
    with stream(site, "/live/stations") as answer:
        batch(site, 2, seq=9, free=4)
        assert event(answer)[0] == b"event: changed"
    assert live.status is None
