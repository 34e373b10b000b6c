"""The one thread that stores: takes what has arrived, commits it, then answers."""

import queue
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from protocol.envelope import Ack
from server.ingest.message import Incoming, Receipt
from server.ingest.transaction import UNAVAILABLE, Committer, UnstorableError

_IDLE_S: Final = 0.2
_BACKOFF_S: Final = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
_log = structlog.get_logger(__name__)


class Answers(Protocol):
    """Where acknowledgements go."""

    def confirm(self, receipts: Iterable[Receipt]) -> None:
        """PUBACK messages to the broker: they are stored."""

    def publish(self, station: str, ack: Ack) -> None:
        """Tell a station what is committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one transaction takes: it closes at the first limit it reaches."""

    messages: int = 500
    events: int = 4_000
    wait_s: float = 0.005


class Worker:
    """Stores what the queue brings until told to stop.

    Args:
        inbox: decoded messages.
        committer: stores them.
        answers: told after each commit.
        limits: size of a transaction.
    """

    def __init__(
        self,
        *,
        inbox: "queue.Queue[Incoming]",
        committer: Committer,
        answers: Answers,
        limits: Limits | None = None,
    ) -> None:
        self._inbox = inbox
        self._committer = committer
        self._answers = answers
        self._limits = limits or Limits()
        self.counts: Counter[str] = Counter()
        """messages, events, new, transactions, failures, and quarantined by reason."""

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is not committed then is redelivered later."""
        while not stop.is_set():
            messages = self._take()
            if messages:
                self._store(messages, stop)

    def _take(self) -> list[Incoming]:
        try:
            first = self._inbox.get(timeout=_IDLE_S)
        except queue.Empty:
            return []
        messages, events = [first], first.events
        until = time.monotonic() + self._limits.wait_s
        while len(messages) < self._limits.messages and events < self._limits.events:
            try:
                message = self._inbox.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            messages.append(message)
            events += message.events
        return messages

    def _store(self, messages: list[Incoming], stop: threading.Event) -> None:
        failures = 0
        while not stop.is_set():
            try:
                outcome = self._committer.commit(messages)
            except UNAVAILABLE as error:
                if failures == 0:
                    _log.error("database_unavailable", error=type(error).__name__)
                self.counts["failures"] += 1
                stop.wait(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
                failures += 1
                continue
            except UnstorableError as error:  # not confirmed, so the broker sends it again
                _log.error("ingest_failed", messages=len(messages), error=str(error))
                self.counts["failures"] += 1
                return
            if failures:
                _log.info("database_back", attempts=failures)
            self._answers.confirm(message.receipt for message in messages)
            for station, ack in outcome.acks:
                self._answers.publish(station, ack)
            self.counts["transactions"] += 1
            self.counts["messages"] += len(messages)
            self.counts["events"] += sum(message.events for message in messages)
            self.counts["new"] += outcome.new
            for reason in outcome.quarantined:
                self.counts[f"quarantined_{reason}"] += 1
                _log.warning("quarantined", reason=reason)
            return
