"""Events on disk until the server has committed them: one SQLite file, one writer.

Facts are on the disk (`synchronous=FULL`) when `append` returns. Samples are written without
waiting for the disk, but nothing is handed to the uplink before it is durable: a sequence
number seen by the server must never be given out again after a power cut.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from protocol.events import DROPPABLE, Event, encode
from protocol.seqset import SeqSet
from station_agent.outbox.errors import OutboxError
from station_agent.outbox.schema import connect, set_aside

Range = tuple[int, int]
_CORRUPT: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_DROP_SHARE: Final = 10  # percent of the bound freed at once, so that dropping is rare


class Listener(Protocol):
    """Told of every change of what the outbox holds."""

    def appended(self, lo: int, hi: int) -> None:
        """`lo` to `hi` were added."""

    def dropped(self, lo: int, hi: int) -> None:
        """`lo` to `hi` were given up without an acknowledgement."""

    def renewed(self) -> None:
        """A new epoch began: the file was lost."""


class Stats(NamedTuple):
    """What the outbox holds and what it had to give up since this epoch began."""

    events: int
    size: int
    dropped_samples: int
    dropped_facts: int


class Outbox:
    """The station's events, numbered without a break within an epoch.

    Args:
        path: the SQLite file; made when missing, moved aside when corrupt.
        new_epoch: makes the number of a new epoch (`protocol.ids.epoch_at`).
        max_bytes: bound of the events' bytes. Beyond it samples are dropped, oldest first;
            facts only beyond twice the bound. Every drop is counted.
    """

    def __init__(
        self, path: Path, *, new_epoch: Callable[[], int], max_bytes: int = 256 * 2**20
    ) -> None:
        self._path = path
        self._new_epoch = new_epoch
        self._max_bytes = max_bytes
        self._listeners: list[Listener] = []
        self._db = connect(path, new_epoch)
        self._load()

    def _load(self) -> None:
        meta = dict(self._db.execute("SELECT key, value FROM meta"))
        self.epoch = int(meta["epoch"])
        self._next = int(meta["next"])
        self._dropped = [int(meta["dropped_samples"]), int(meta["dropped_facts"])]
        self._events, self._size = self._db.execute(
            "SELECT count(*), coalesce(sum(length(body)), 0) FROM event"
        ).fetchone()
        self._unsynced = True

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of changes from now on."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Close the file. Nothing can be appended afterwards."""
        with contextlib.suppress(sqlite3.Error):  # what is not durable was not sent either
            self._sync()
        self._db.close()

    def append(
        self, events: Sequence[Event], *, keep: Mapping[str, bytes] | None = None
    ) -> list[int]:
        """Number and store facts, durably, and with them the rows of `keep`, all or nothing.

        An empty value in `keep` deletes the key.

        Returns:
            The sequence numbers given, in order.

        Raises:
            OutboxError: nothing was stored.
        """
        return self._guarded(events, keep or {}, full=True)

    def append_samples(self, events: Sequence[Event]) -> list[int]:
        """Number and store events that may be lost by a power cut before they are sent.

        Raises:
            OutboxError: nothing was stored.
        """
        return self._guarded(events, {}, full=False)

    def kept(self, prefix: str) -> dict[str, bytes]:
        """Rows of `keep` whose key starts with `prefix`."""
        rows = self._db.execute(
            "SELECT key, value FROM kept WHERE substr(key, 1, ?) = ?", (len(prefix), prefix)
        )
        return dict(rows)

    def held(self) -> SeqSet:
        """Every sequence number in the file."""
        found = SeqSet()
        for (seq,) in self._db.execute("SELECT seq FROM event ORDER BY seq"):
            found.add(seq)
        return found

    def read(
        self, ranges: Iterable[Range], *, limit: int, max_bytes: int
    ) -> list[tuple[int, bytes]]:
        """Up to `limit` events and about `max_bytes` of `ranges`, ascending, all durable.

        At least one event is returned when there is any, however large; none when the file
        turned out to be corrupt and a new epoch began.

        Raises:
            OutboxError: the file cannot be read now.
        """
        try:
            self._sync()
            return self._read(ranges, limit=limit, max_bytes=max_bytes)
        except sqlite3.Error as error:
            if error.sqlite_errorcode not in _CORRUPT:
                raise OutboxError("broken", str(error)) from error
            self._renew()
            return []

    def _read(
        self, ranges: Iterable[Range], *, limit: int, max_bytes: int
    ) -> list[tuple[int, bytes]]:
        rows: list[tuple[int, bytes]] = []
        size = 0
        for lo, hi in ranges:
            for seq, body in self._db.execute(
                "SELECT seq, body FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?",
                (lo, hi, limit - len(rows)),
            ):
                size += len(body)
                if rows and size > max_bytes:
                    return rows
                rows.append((seq, body))
            if len(rows) >= limit:
                break
        return rows

    def forget(self, ranges: Iterable[Range]) -> None:
        """Delete what the server has committed."""
        self._pragma(full=False)
        try:
            with self._db:
                for span in ranges:
                    self._delete("seq BETWEEN ? AND ?", span)
        except sqlite3.Error:
            # What cannot be deleted is sent again and counted once: no reason to stop.
            self._load()

    def stats(self) -> Stats:
        """Present size and drop counters."""
        return Stats(self._events, self._size, *self._dropped)

    def _guarded(
        self, events: Sequence[Event], keep: Mapping[str, bytes], *, full: bool
    ) -> list[int]:
        try:
            return self._write(events, keep, full=full)
        except sqlite3.Error as error:
            return self._write_again(events, keep, full=full, after=error)

    def _write_again(
        self,
        events: Sequence[Event],
        keep: Mapping[str, bytes],
        *,
        full: bool,
        after: sqlite3.Error,
    ) -> list[int]:
        """A second try, once the cause is removed: a corrupt file, or a full disk."""
        try:
            if after.sqlite_errorcode in _CORRUPT:
                self._renew()
            elif after.sqlite_errorcode == sqlite3.SQLITE_FULL:
                self._make_room(self._size * _DROP_SHARE // 100)
            else:
                raise OutboxError("broken", str(after)) from after
            return self._write(events, keep, full=full)
        except sqlite3.Error as error:
            full_disk = error.sqlite_errorcode == sqlite3.SQLITE_FULL
            raise OutboxError("full" if full_disk else "broken", str(error)) from error

    def _write(
        self, events: Sequence[Event], keep: Mapping[str, bytes], *, full: bool
    ) -> list[int]:
        lo = self._next
        rows = [
            (
                lo + i,
                isinstance(event, DROPPABLE),
                encode(msgspec.structs.replace(event, seq=lo + i)),
            )
            for i, event in enumerate(events)
        ]
        self._pragma(full=full)
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT INTO event (seq, droppable, body) VALUES (?, ?, ?)", rows)
            self._db.execute("UPDATE meta SET value = ? WHERE key = 'next'", (str(lo + len(rows)),))
            for key, value in keep.items():
                if value:
                    self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (key, value))
                else:
                    self._db.execute("DELETE FROM kept WHERE key = ?", (key,))
        self._next = lo + len(rows)
        self._events += len(rows)
        self._size += sum(len(body) for _, _, body in rows)
        self._unsynced = not full
        if rows:
            for listener in self._listeners:
                listener.appended(lo, self._next - 1)
        if self._size > self._max_bytes:
            with contextlib.suppress(sqlite3.Error):  # stored already; the next append tries again
                self._make_room(self._size - self._max_bytes * (100 - _DROP_SHARE) // 100)
        return [seq for seq, _, _ in rows]

    def _make_room(self, wanted: int) -> None:
        """Drop samples, oldest first; facts only when twice the bound is reached."""
        freed = self._drop(wanted, droppable=True)
        if self._size > 2 * self._max_bytes:
            self._drop(wanted - freed, droppable=False)

    def _drop(self, wanted: int, *, droppable: bool) -> int:
        gone, freed = SeqSet(), 0
        for seq, size in self._db.execute(
            "SELECT seq, length(body) FROM event WHERE droppable = 1 ORDER BY seq"
            if droppable
            else "SELECT seq, length(body) FROM event WHERE droppable = 0 ORDER BY seq"
        ):
            if freed >= wanted:
                break
            gone.add(seq)
            freed += size
        self._dropped[0 if droppable else 1] += len(gone)
        name = "dropped_samples" if droppable else "dropped_facts"
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for span in gone.ranges():
                self._delete("droppable = ? AND seq BETWEEN ? AND ?", (droppable, *span))
            count = str(self._dropped[0 if droppable else 1])
            self._db.execute("UPDATE meta SET value = ? WHERE key = ?", (count, name))
        for lo, hi in gone.ranges():
            for listener in self._listeners:
                listener.dropped(lo, hi)
        return freed

    def _delete(self, where: str, values: tuple[int, ...]) -> None:
        rows = self._db.execute(
            f"DELETE FROM event WHERE {where} RETURNING length(body)",  # noqa: S608  constant conditions of this module
            values,
        ).fetchall()
        self._events -= len(rows)
        self._size -= sum(size for (size,) in rows)

    def _renew(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        set_aside(self._path)
        self._db = connect(self._path, self._new_epoch)
        self._load()
        for listener in self._listeners:
            listener.renewed()

    def _pragma(self, *, full: bool) -> None:
        self._db.execute(f"PRAGMA synchronous={'FULL' if full else 'NORMAL'}")

    def _sync(self) -> None:
        """Wait for the disk: one FULL commit carries everything written before it."""
        if not self._unsynced:
            return
        self._pragma(full=True)
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("UPDATE meta SET value = value WHERE key = 'next'")
        self._unsynced = False
