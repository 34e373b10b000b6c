"""Reads ledgers and the server's tables. Plain SQL: the server's code is not imported."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, bindparam, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from firmware_sim.ledger.act import Record
from firmware_sim.ledger.store import find_ledgers, read_records, station_of
from firmware_sim.reconcile.records import Cell, Fact, Sums

_FACTS: Final = text(
    "SELECT s.id, f.epoch, f.seq, f.kind, f.at, f.began, f.device, f.unit, f.amount, f.tag,"
    " f.word, f.flags FROM fact f JOIN station s ON s.no = f.station_no"
    " WHERE s.id IN :stations ORDER BY f.at, f.station_no, f.epoch, f.seq"
).bindparams(bindparam("stations", expanding=True))
_ROLLUPS: Final = text(
    "SELECT s.id, r.hour, r.measure, r.n, r.amount, r.seconds"
    " FROM rollup_hour r JOIN station s ON s.no = r.station_no"
    " WHERE s.id IN :stations"
).bindparams(bindparam("stations", expanding=True))


class ReadError(Exception):
    """What was to be compared cannot be read; the text is a sentence for a person."""


def open_database(url: str) -> Engine:
    """An engine for reading.

    Raises:
        ReadError: no such database driver, or an URL that is none.
    """
    try:
        return create_engine(url)
    except (SQLAlchemyError, ImportError) as error:
        raise ReadError(f"the database cannot be opened: {error}") from error


def read_ledgers(root: Path) -> tuple[list[Record], set[str]]:
    """Every act, and the stations that have any.

    Raises:
        ReadError: there is no ledger under `root`.
    """
    paths = find_ledgers(root)
    if not paths:
        raise ReadError(f"{root}: no ledger found under this folder")
    records = [record for path in paths for record in read_records(path)]
    return records, {station_of(path) for path in paths}


def read_server(engine: Engine, stations: Collection[str]) -> tuple[list[Fact], dict[Cell, Sums]]:
    """Facts and roll-ups of these stations.

    Raises:
        ReadError: the database does not answer, or has no such tables.
    """
    chosen = {"stations": sorted(stations)}
    try:
        with engine.connect() as db:
            facts = [Fact(*row) for row in db.execute(_FACTS, chosen)]
            rows = db.execute(_ROLLUPS, chosen)
            sums = {(r[0], r[1], r[2]): Sums(int(r[3]), int(r[4]), int(r[5])) for r in rows}
            return facts, sums
    except SQLAlchemyError as error:
        raise ReadError(f"the server's tables cannot be read: {error}") from error
