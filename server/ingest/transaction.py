"""One transaction for many messages; what it may acknowledge afterwards."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec
import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from protocol.envelope import MAX_RANGES, Ack, Rejected
from protocol.errors import MessageError
from protocol.events import encode
from server.ingest.directory import Directory, MonthKeys
from server.ingest.fold import Fold
from server.ingest.message import Batch, Incoming, Poison, Presence, poison
from server.storage.changes import Key
from server.storage.engine import writing_engine
from server.storage.facts import FactWriter, OverlapError, fact_writer
from server.storage.telemetry import Telemetry

UNAVAILABLE: Final = (
    sqlite3.OperationalError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    SQLAlchemyError,
    OSError,
)
"""The database's fault, not the message's: try again later."""

_log = structlog.get_logger(__name__)


class UnstorableError(Exception):
    """A message that the database refuses even as quarantined bytes; names the cause's type."""


@dataclass(slots=True)
class Outcome:
    """What is committed.

    Attributes:
        acks: (station id, acknowledgement) to publish, in this order.
        new: events stored for the first time.
        quarantined: messages and events set aside, by reason.
    """

    acks: list[tuple[str, Ack]] = field(default_factory=list)
    new: int = 0
    quarantined: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Append the outcome of a later transaction."""
        self.acks += other.acks
        self.new += other.new
        self.quarantined += other.quarantined


class Committer:
    """Stores messages. Used by one thread.

    Args:
        engine: the database.
        telemetry: where samples go.
        clock: UTC ms.
    """

    def __init__(self, *, engine: Engine, telemetry: Telemetry, clock: Callable[[], int]) -> None:
        self._engine = writing_engine(engine)
        self._telemetry = telemetry
        self._clock = clock
        self._directory = Directory()
        self._keys = MonthKeys()

    def commit(self, messages: Sequence[Incoming]) -> Outcome:
        """Store messages; when this returns they are committed, or in quarantine with a reason.

        One message that the database refuses harms no other: it is tried alone, and its
        events one by one.

        Raises:
            UnstorableError: not even the quarantine takes a message.
            one of `UNAVAILABLE`: the database cannot be used now. Nothing may be acknowledged;
                storing the same messages again later is harmless.
        """
        try:
            return self._attempt(messages)
        except UNAVAILABLE:
            raise
        except Exception as error:  # noqa: BLE001  # loop edge: one bad message must not stop the rest
            self._directory.forget()
            if len(messages) > 1:
                outcome = Outcome()
                for message in messages:
                    outcome.add(self.commit([message]))
                return outcome
            return self._isolate(messages[0], error)

    def _isolate(self, message: Incoming, error: Exception) -> Outcome:
        kind = type(error).__name__
        if isinstance(message, Batch) and len(message.envelope.events) > 1:
            outcome = Outcome()
            for event in message.envelope.events:
                part = msgspec.structs.replace(message.envelope, events=[event])
                outcome.add(self.commit([replace(message, envelope=part, rejected=[])]))
            if message.rejected:
                rest = msgspec.structs.replace(message.envelope, events=[])
                outcome.add(self.commit([replace(message, envelope=rest)]))
            return outcome
        _log.error("ingest_unstorable", reason=kind)
        if isinstance(message, Batch) and message.envelope.events:
            (event,) = message.envelope.events
            refused = Rejected(
                seq=event.seq,
                body=encode(event),
                error=MessageError("unstorable", f"the database refused it: {kind}"),
            )
            rest = msgspec.structs.replace(message.envelope, events=[])
            return self.commit([replace(message, envelope=rest, rejected=[refused])])
        if isinstance(message, Poison):
            raise UnstorableError(kind) from error
        return self.commit([poison(message, "unstorable", f"the database refused it: {kind}")])

    def _attempt(self, messages: Sequence[Incoming]) -> Outcome:
        try:
            return self._transaction(messages, verify=False)
        except OverlapError:
            _log.warning("ingest_progress_behind_facts", messages=len(messages))
            return self._transaction(messages, verify=True)

    def _transaction(self, messages: Sequence[Incoming], *, verify: bool) -> Outcome:
        try:
            with self._engine.connect() as connection, connection.begin():
                writer = fact_writer(connection)
                fold, outcome = self._fold(writer, messages, verify=verify)
                writer.write(fold.changes)
                self._telemetry.within(writer.bulk, fold.changes.samples)
        except BaseException:
            self._keys.rolled_back()
            raise
        self._keys.committed()
        self._telemetry.committed(fold.changes.samples, self._directory.names)
        return outcome

    def _fold(
        self, writer: FactWriter, messages: Sequence[Incoming], *, verify: bool
    ) -> tuple[Fold, Outcome]:
        numbers = self._directory.numbers(
            writer, {message.station for message in messages if not isinstance(message, Poison)}
        )
        batches = [
            (numbers[message.station], message)
            for message in messages
            if isinstance(message, Batch) and message.station in numbers
        ]
        progress = writer.progress((no, batch.envelope.epoch) for no, batch in batches)
        fold = Fold(
            now=self._clock(),
            progress=progress,
            month_key=lambda month: self._keys.get(writer, month),
            stored=_stored(writer, batches) if verify else {},
        )
        born: set[int] = set()
        for message in messages:
            if isinstance(message, Poison):
                fold.poison(message)
                continue
            station_no = numbers.get(message.station)
            if station_no is None:
                fold.poison(
                    poison(message, "unknown_station", "no station with this id is registered")
                )
            elif isinstance(message, Presence):
                fold.presence(station_no, message)
                born.add(station_no)
            else:
                fold.batch(station_no, message)
        return fold, self._outcome(writer, fold, born)

    def _outcome(self, writer: FactWriter, fold: Fold, born: Iterable[int]) -> Outcome:
        """Answers: of every outbox heard of, and of the newest one of every station born."""
        progress = dict(fold.changes.progress)
        answered = {no for no, _ in progress}
        for station_no in set(born) - answered:
            latest = writer.latest(station_no)
            if latest is not None:
                progress[latest[0]] = latest[1]
        acks: list[tuple[str, Ack]] = []
        for key in sorted(progress):  # the newest epoch last: its answer is the one retained
            seq, ranges = progress[key].ack(fold.recent.get(key, ()), limit=MAX_RANGES)
            ack = Ack(epoch=key[1], seq=seq, ranges=ranges)
            acks.append((self._directory.names[key[0]], ack))
        reasons = [row[2] for row in fold.changes.quarantine]
        return Outcome(acks=acks, new=fold.new, quarantined=reasons)


def _stored(writer: FactWriter, batches: Iterable[tuple[int, Batch]]) -> dict[Key, Collection[int]]:
    seqs: dict[Key, list[int]] = {}
    for no, batch in batches:
        seqs.setdefault((no, batch.envelope.epoch), []).extend(
            event.seq for event in batch.envelope.events
        )
    return {key: writer.stored(key, wanted) for key, wanted in seqs.items()}
