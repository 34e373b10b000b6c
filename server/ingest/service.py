"""The ingest process: wires broker, worker, database and telemetry, and ends in order."""

import gc
import queue
import threading
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import Engine

from server.ingest.client import Link
from server.ingest.message import Incoming
from server.ingest.transaction import Committer
from server.ingest.worker import Limits, Worker
from server.storage.telemetry import Telemetry

INBOX: Final = 4_096
"""Messages that may wait; the broker's own window for unconfirmed packets is smaller."""
_REPORT_S: Final = 60.0
_END_S: Final = 10.0
_log = structlog.get_logger(__name__)


class Ingest:
    """A running ingest.

    Args:
        engine: a migrated database.
        telemetry: where samples go; closed with the ingest.
        clock: UTC ms.
        host: of the broker.
        port: of the broker.
        username: account of the ingest.
        password: of the account.
        client_id: names the persistent session.
        ca_file: certificate authority of the broker.
        limits: size of a transaction.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        telemetry: Telemetry,
        clock: Callable[[], int],
        host: str,
        port: int,
        username: str = "ingest",
        password: str | None = None,
        client_id: str = "ingest-1",
        ca_file: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        inbox: queue.Queue[Incoming] = queue.Queue(maxsize=INBOX)
        self._telemetry = telemetry
        self._stop = threading.Event()
        self.link = Link(
            host=host,
            port=port,
            username=username,
            password=password,
            client_id=client_id,
            ca_file=ca_file,
            inbox=inbox,
        )
        self.worker = Worker(
            inbox=inbox,
            committer=Committer(engine=engine, telemetry=telemetry, clock=clock),
            answers=self.link,
            limits=limits,
        )
        self._thread = threading.Thread(target=self.worker.run, args=(self._stop,), name="store")

    def start(self) -> None:
        """Connect and store in the background."""
        self._thread.start()
        self.link.start()

    def close(self) -> None:
        """Finish the transaction at work, leave the broker, flush telemetry."""
        self._stop.set()
        self._thread.join(_END_S)
        self.link.close()
        self._telemetry.close()


def calm_collector() -> None:
    """Let the cycle collector run rarely: decoded events are many, short-lived and acyclic.

    With its default thresholds it costs the ingest about a tenth of its time.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def serve(ingest: Ingest, stop: threading.Event, on_ready: Callable[[], None]) -> None:
    """Run until `stop`; `on_ready` is called when the subscriptions stand."""
    calm_collector()
    ingest.start()
    try:
        while not stop.is_set() and not ingest.link.ready.wait(0.2):
            pass
        if not stop.is_set():
            on_ready()
        while not stop.wait(_REPORT_S):
            _log.info("ingest", **ingest.worker.counts)
    finally:
        ingest.close()
        _log.info("ingest_ended", **ingest.worker.counts)
