"""Writes one ingest transaction: facts once, sums of what was new, present state, progress."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, Protocol, cast

import psycopg
from sqlalchemy import Connection

from server.domain.delivery import Progress, Range
from server.storage.bulk import Bulk, Insert, PostgresBulk, Row, SqliteBulk
from server.storage.changes import Changes, Key, Link, QuarantineRow

GAP_REASON: Final = "dropped"


class OverlapError(Exception):
    """A fact that progress calls new is stored already: progress was lost or turned back."""


class FactWriter(Protocol):
    """Storage of the ingest, bound to one open transaction."""

    @property
    def bulk(self) -> Bulk:
        """For what else belongs into the transaction."""

    def stations(self, ids: Iterable[str]) -> dict[str, int]:
        """Numbers of the stations that exist."""

    def progress(self, keys: Iterable[Key]) -> dict[Key, Progress]:
        """Progress of outboxes, locked until the transaction ends."""

    def latest(self, station_no: int) -> tuple[Key, Progress] | None:
        """Progress of a station's newest outbox."""

    def stored(self, key: Key, seqs: Sequence[int]) -> set[int]:
        """Which of `seqs` have a fact."""

    def write(self, changes: Changes) -> None:
        """Write everything.

        Raises:
            OverlapError: a fact was there already; roll back and fold again without those.
        """


FACTS: Final = Insert(
    table="fact",
    columns=(
        ("station_no", "integer"),
        ("epoch", "bigint"),
        ("seq", "bigint"),
        ("kind", "text"),
        ("at", "bigint"),
        ("began", "bigint"),
        ("device", "text"),
        ("unit", "smallint"),
        ("amount", "bigint"),
        ("extra", "bigint"),
        ("tag", "text"),
        ("word", "text"),
        ("flags", "smallint"),
        ("received", "bigint"),
    ),
    conflict="ON CONFLICT (station_no, epoch, seq) DO NOTHING",
)
_SUMS: Final = Insert(
    table="rollup_hour",
    columns=(
        ("station_no", "integer"),
        ("hour", "integer"),
        ("measure", "text"),
        ("n", "bigint"),
        ("amount", "bigint"),
        ("seconds", "bigint"),
    ),
    conflict=(
        "ON CONFLICT (station_no, hour, measure) DO UPDATE SET n = rollup_hour.n + excluded.n,"
        " amount = rollup_hour.amount + excluded.amount,"
        " seconds = rollup_hour.seconds + excluded.seconds"
    ),
)
_COVERAGE: Final = Insert(
    table="coverage_hour",
    columns=(
        ("station_no", "integer"),
        ("hour", "integer"),
        ("device", "text"),
        ("good", "smallint"),
    ),
    conflict=(
        "ON CONFLICT (station_no, hour, device) DO UPDATE SET good ="
        " CASE WHEN coverage_hour.good + excluded.good > 12 THEN 12"
        " ELSE coverage_hour.good + excluded.good END"
    ),
)
_STATES: Final = Insert(
    table="unit_state",
    columns=(
        ("station_no", "integer"),
        ("device", "text"),
        ("unit", "smallint"),
        ("cap", "text"),
        ("epoch", "bigint"),
        ("seq", "bigint"),
        ("at", "bigint"),
        ("value", "bigint"),
    ),
    conflict=(
        "ON CONFLICT (station_no, device, unit, cap) DO UPDATE SET epoch = excluded.epoch,"
        " seq = excluded.seq, at = excluded.at, value = excluded.value"
        " WHERE (unit_state.epoch, unit_state.seq) < (excluded.epoch, excluded.seq)"
    ),
)
_CONDITIONS: Final = (
    "UPDATE device SET epoch = ?, seq = ?, condition_at = ?, condition = ?, detail = ?"
    " WHERE station_no = ? AND device = ? AND (epoch, seq) < (?, ?)"
)
_PERSONS: Final = Insert(
    table="visit_person",
    columns=(("station_no", "integer"), ("day", "integer"), ("pid", "bytea")),
    conflict="ON CONFLICT (station_no, day, pid) DO NOTHING",
)
_EVIDENCE: Final = Insert(
    table="evidence",
    columns=(
        ("station_no", "integer"),
        ("epoch", "bigint"),
        ("seq", "bigint"),
        ("at", "bigint"),
        ("token", "bytea"),
        ("verdict", "text"),
    ),
    conflict="ON CONFLICT (station_no, epoch, seq) DO NOTHING",
)
_QUARANTINE: Final = Insert(
    table="quarantine",
    columns=(
        ("received", "bigint"),
        ("topic", "text"),
        ("reason", "text"),
        ("sentence", "text"),
        ("size", "integer"),
        ("payload", "bytea"),
    ),
)
_DELIVERY: Final = Insert(
    table="delivery",
    columns=(
        ("station_no", "integer"),
        ("epoch", "bigint"),
        ("mark", "bigint"),
        ("ranges", "text"),
        ("updated", "bigint"),
    ),
    conflict=(
        "ON CONFLICT (station_no, epoch) DO UPDATE SET mark = excluded.mark,"
        " ranges = excluded.ranges, updated = excluded.updated"
    ),
)
_GAPS: Final = Insert(
    table="gap",
    columns=(
        ("station_no", "integer"),
        ("epoch", "bigint"),
        ("lo", "bigint"),
        ("hi", "bigint"),
        ("noticed", "bigint"),
        ("reason", "text"),
    ),
)


class _SqlFactWriter:
    """What both databases share."""

    lock: str = ""
    """What locks the rows of a SELECT."""

    def __init__(self, bulk: Bulk) -> None:
        self.bulk = bulk

    def stations(self, ids: Iterable[str]) -> dict[str, int]:
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        marks = ", ".join("?" * len(wanted))
        rows = self.bulk.select(
            f"SELECT id, no FROM station WHERE id IN ({marks})",  # noqa: S608  # marks only
            tuple(wanted),
        )
        return dict(rows)

    def progress(self, keys: Iterable[Key]) -> dict[Key, Progress]:
        wanted = sorted(set(keys))
        if not wanted:
            return {}
        self.prepare(wanted)
        marks = ", ".join(["(?, ?)"] * len(wanted))
        flat = tuple(part for key in wanted for part in key)
        rows = self.bulk.select(
            "SELECT station_no, epoch, mark, ranges FROM delivery"  # noqa: S608  # marks only
            f" WHERE (station_no, epoch) IN (VALUES {marks})"
            f" ORDER BY station_no, epoch{self.lock}",
            flat,
        )
        holes: dict[Key, list[Range]] = {}
        for no, epoch, lo, hi in self.bulk.select(
            "SELECT station_no, epoch, lo, hi FROM gap"  # noqa: S608  # marks only
            f" WHERE (station_no, epoch) IN (VALUES {marks})",
            flat,
        ):
            holes.setdefault((no, epoch), []).append((lo, hi))
        loaded = {
            (no, epoch): Progress.load(mark=mark, ranges=ranges, gaps=holes.get((no, epoch), []))
            for no, epoch, mark, ranges in rows
        }
        return {key: loaded.get(key) or Progress() for key in wanted}

    def prepare(self, keys: Sequence[Key]) -> None:
        """Make sure there is a row to lock."""

    def latest(self, station_no: int) -> tuple[Key, Progress] | None:
        rows = self.bulk.select(
            "SELECT max(epoch) FROM delivery WHERE station_no = ?", (station_no,)
        )
        epoch = rows[0][0]
        if epoch is None:
            return None
        key = (station_no, epoch)
        return key, self.progress([key])[key]

    def stored(self, key: Key, seqs: Sequence[int]) -> set[int]:
        if not seqs:
            return set()
        rows = self.bulk.select(
            "SELECT seq FROM fact WHERE station_no = ? AND epoch = ? AND seq BETWEEN ? AND ?",
            (*key, min(seqs), max(seqs)),
        )
        return {seq for (seq,) in rows} & set(seqs)

    def write(self, changes: Changes) -> None:
        facts = sorted(changes.facts) if len(changes.progress) > 1 else changes.facts
        if self.bulk.insert(FACTS, facts) != len(facts):
            raise OverlapError
        insert = self.bulk.insert
        insert(_SUMS, [(*cell, *changes.sums[cell]) for cell in sorted(changes.sums)])
        insert(
            _COVERAGE, [(*cell, min(good, 12)) for cell, good in sorted(changes.coverage.items())]
        )
        insert(_STATES, [(*key, *value) for key, value in sorted(changes.states.items())])
        self.bulk.each(
            _CONDITIONS,
            [(*value, *key, *value[:2]) for key, value in sorted(changes.conditions.items())],
        )
        insert(_PERSONS, sorted(changes.persons))
        insert(_EVIDENCE, changes.evidence)
        insert(_QUARANTINE, changes.quarantine)
        for key, before in changes.gaps.items():
            self._write_gaps(key, before, changes)
        insert(
            _DELIVERY,
            [
                (*key, *progress.dump(), changes.seen[key[0]])
                for key, progress in sorted(changes.progress.items())
            ],
        )
        self.bulk.each(
            "UPDATE station SET last_seen = ? WHERE no = ?",
            [(at, no) for no, at in sorted(changes.seen.items())],
        )
        for link in changes.links:
            self._write_link(link)

    def _write_gaps(self, key: Key, before: list[Range], changes: Changes) -> None:
        """Replace what changed; a hole that shrinks keeps when it was noticed."""
        after = changes.progress[key].gaps.ranges()
        stays = set(before) & set(after)
        noticed = self.bulk.select(
            "SELECT lo, hi, noticed FROM gap WHERE station_no = ? AND epoch = ?", key
        )
        self.bulk.each(
            "DELETE FROM gap WHERE station_no = ? AND epoch = ? AND lo = ?",
            [(*key, lo) for lo, hi in before if (lo, hi) not in stays],
        )
        now = changes.seen[key[0]]
        rows: list[Row] = []
        for lo, hi in after:
            if (lo, hi) in stays:
                continue
            since = min((at for a, b, at in noticed if a <= hi and lo <= b), default=now)
            rows.append((*key, lo, hi, since, GAP_REASON))
        self.bulk.insert(_GAPS, rows)

    def _write_link(self, link: Link) -> None:
        if link.online:
            self.bulk.each(
                "UPDATE station SET link = 'online', link_session = ?, link_at = ?, agent = ?"
                " WHERE no = ? AND (link_session IS NULL OR link_session <> ? OR link <> 'online')",
                [(link.session, link.at, link.agent, link.station_no, link.session)],
            )
        else:
            self.bulk.each(
                "UPDATE station SET link = 'lost', link_at = ?"
                " WHERE no = ? AND link_session = ? AND link <> 'lost'",
                [(link.at, link.station_no, link.session)],
            )


class SqliteFactWriter(_SqlFactWriter):
    """SQLite: the transaction began with the write lock, so nothing else needs locking."""


class PostgresFactWriter(_SqlFactWriter):
    """PostgreSQL: one outbox is worked on by one transaction at a time."""

    lock = " FOR UPDATE"

    def prepare(self, keys: Sequence[Key]) -> None:
        """A row for each outbox, so that two workers meet in it also the first time."""
        self.bulk.insert(
            Insert(
                table=_DELIVERY.table,
                columns=_DELIVERY.columns,
                conflict="ON CONFLICT (station_no, epoch) DO NOTHING",
            ),
            [(*key, 0, "[]", 0) for key in keys],
        )


def fact_writer(connection: Connection) -> FactWriter:
    """The writer for an open transaction of `writing_engine`."""
    raw = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return SqliteFactWriter(SqliteBulk(cast("sqlite3.Connection", raw)))
    return PostgresFactWriter(PostgresBulk(cast("psycopg.Connection[Row]", raw)))


def quarantine(bulk: Bulk, rows: Sequence[QuarantineRow]) -> None:
    """Put messages or events aside."""
    bulk.insert(_QUARANTINE, rows)
