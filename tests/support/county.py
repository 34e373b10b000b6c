"""A small county with a year of sums in a real database, for read models, documents and pages.

At `NOW` October 2026 is under way. `yz-001` and `yz-002` stand in 七里庄社区, `yz-003` in
舜师路社区, `yz-004` in a compound of 胜利社区. Station 3 watched four fifths of the last month
(September), station 4 a third, and four months ago (June) nothing came from anywhere.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Connection, Engine, event, insert
from sqlalchemy.orm import Session

from server.domain.indicators import months_until
from server.domain.periods import month_of, month_period
from server.storage.engine import create_engine
from server.storage.tables import (
    CoverageHour,
    Device,
    Region,
    RollupHour,
    Station,
    UnitState,
    VisitPerson,
)

NOW: Final = 1_791_985_600_000
"""2026-10-14 21:46:40 in 单县."""
THIS_MONTH: Final = 202610
LAST_MONTH: Final = 202609
MISSING_MONTH: Final = 202606

REGIONS: Final = (
    ("371722", None, "county", "单县"),
    ("371722002", "371722", "street", "南城街道"),
    ("371722001", "371722", "street", "北城街道"),
    ("371722002006", "371722002", "community", "七里庄社区"),
    ("371722002007", "371722002", "community", "舜师路社区"),
    ("371722001001", "371722001", "community", "胜利社区"),
    ("371722001002", "371722001", "community", "还没有站的社区"),
    ("371722001001-1", "371722001001", "compound", "胜利小区"),
)

STATIONS: Final = (
    ("yz-001", "七里庄站", "371722002006", "center"),
    ("yz-002", "七里庄北站", "371722002006", "station"),
    ("yz-003", "舜师路站", "371722002007", "station"),
    ("yz-004", "胜利站", "371722001001-1", "station"),
)

DEVICES: Final = (
    ("charger", "charger", "充电表", 4),
    ("water", "water", "热水器", 1),
    ("thermo", "temperature", "水温探头", 1),
    ("rack", "rack", "雨具架", 8),
    ("scanner", "scanner", "扫码器", 0),
    ("gpio", "buttons", "按键", 0),
)
WATCHED: Final = ("charger", "water", "rack", "scanner", "gpio")

SUMS: Final = {
    1: {
        "charge": (400, 96_450),
        "draw": (900, 455_500),
        "umbrella_taken": (60, 0),
        "umbrella_returned": (51, 0),
        "visit_code": (210, 0),
        "visit_tap": (180, 0),
        "visit_keeper": (12, 0),
    },
    2: {
        "charge": (120, 30_000),
        "draw": (300, 150_000),
        "umbrella_taken": (8, 0),
        "umbrella_returned": (8, 0),
        "visit_code": (40, 0),
        "visit_tap": (3, 0),
    },
    3: {"charge": (15, 3_300), "draw": (80, 41_000), "visit_code": (9, 0), "visit_tap": (30, 0)},
    4: {"charge": (700, 9_000), "visit_code": (2, 0), "visit_tap": (45, 0)},
}
"""Station no → measure → (n, amount) of every month that is there."""

PEOPLE: Final = {1: 37, 2: 9, 3: 4, 4: 2}
"""Station no → different people of every month that is there; 2's all come to 1 as well."""


def add_county(session: Session, *, now: int = NOW) -> None:
    """Regions, four stations `yz-001` … `yz-004` (no 1 … 4), six devices each."""
    for position, (id_, parent, level, name) in enumerate(REGIONS):
        session.add(
            Region(id=id_, parent_id=parent, level=level, name=name, position=position, demo=True)
        )
        session.flush()
    for no, (id_, name, region, kind) in enumerate(STATIONS, 1):
        session.add(
            Station(
                no=no,
                id=id_,
                name=name,
                region_id=region,
                kind=kind,
                address=f"{name}路{no}号",
                latitude=34.8,
                longitude=116.08,
                opens=7 * 60,
                closes=22 * 60,
                in_service_from=now - 500 * 86_400_000,
                demo=True,
                link="online",
                link_at=now - 3_600_000,
                last_seen=now - 30_000,
            )
        )
        session.flush()
        for device, device_kind, label, units in DEVICES:
            session.add(
                Device(
                    station_no=no,
                    device=device,
                    kind=device_kind,
                    name=label,
                    units=units,
                    condition="ok",
                    condition_at=now - 3_600_000,
                )
            )
    session.flush()


def add_year(session: Session, *, now: int = NOW) -> None:
    """The sums above in every month but the missing one, with completeness as told."""
    rollup, coverage, people = [], [], []
    months = months_until(month_of(now), 13)
    last = months[-2]
    for month in months:
        if month == months[-5]:
            continue
        hours = [hour for hour in month_period(month).hours if hour < now // 3_600_000]
        for no, sums in SUMS.items():
            rollup += [
                {
                    "station_no": no,
                    "hour": month_period(month).hours.start + at,
                    "measure": measure,
                    "n": n,
                    "amount": amount,
                    "seconds": 60,
                }
                for at, (measure, (n, amount)) in enumerate(sums.items())
            ]
            share = {(3, last): 0.8, (4, last): 0.34}.get((no, month), 1.0)
            coverage += [
                {"station_no": no, "hour": hour, "device": device, "good": 12}
                for hour in hours[: round(len(hours) * share)]
                for device in WATCHED
            ]
            people += [
                {"station_no": no, "day": month * 100 + 1 + number % 10, "pid": pid}
                for number in range(PEOPLE[no])
                for pid in (_pid(month, number if no in {1, 2} else 1_000 * no + number),)
            ]
    session.execute(insert(RollupHour), rollup)
    session.execute(insert(CoverageHour), coverage)
    session.execute(insert(VisitPerson), people)
    session.flush()


def _pid(month: int, number: int) -> bytes:
    return hashlib.sha256(f"{month} {number}".encode()).digest()[:16]


def add_states(session: Session, no: int = 1) -> None:
    """A station at work: two sockets free, one charging, one faulty; hot water; three umbrellas."""
    for socket, value in enumerate((1, 2, 1, 3), 1):
        set_state(session, no, "charger", socket, "port_state", value)
    for slot, value in enumerate((1, 1, 0, 0, 0, 1, 2, 0), 1):
        set_state(session, no, "rack", slot, "slot_state", value)
    set_state(session, no, "water", 1, "temp_mc", 92_400)


def set_state(session: Session, no: int, device: str, unit: int, cap: str, value: int) -> None:  # noqa: PLR0917 -- reads as the row it writes
    """One present value."""
    session.merge(
        UnitState(
            station_no=no,
            device=device,
            unit=unit,
            cap=cap,
            value=value,
            at=NOW - 60_000,
            epoch=1,
            seq=unit + 1,
        )
    )
    session.flush()


@dataclass
class Queries:
    """Statements sent while counting."""

    statements: list[str] = field(default_factory=list)


@contextmanager
def counting(engine: Engine) -> Iterator[Queries]:
    """Count the statements sent to `engine`, transaction control apart."""
    queries = Queries()

    def seen(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            queries.statements.append(statement)

    event.listen(engine, "before_cursor_execute", seen)
    try:
        yield queries
    finally:
        event.remove(engine, "before_cursor_execute", seen)


def make_county(template: Path, path: Path, *, now: int = NOW, year: bool = True) -> None:
    """A SQLite file with the county, its year unless not wanted, and station 1 at work."""
    shutil.copy(template, path)
    engine = create_engine(f"sqlite:///{path}")
    with Session(engine) as session:
        add_county(session, now=now)
        if year:
            add_year(session, now=now)
        add_states(session)
        session.commit()
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@pytest.fixture(scope="session")
def county_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That file at `NOW`, to copy."""
    path = tmp_path_factory.mktemp("county") / "county.sqlite"
    make_county(sqlite_template, path)
    return path


@pytest.fixture
def county_url(county_template: Path, tmp_path: Path) -> str:
    """A database of its own with the county and its year."""
    path = tmp_path / "county.sqlite"
    shutil.copy(county_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def county_engine(county_url: str) -> Iterator[Engine]:
    """An engine on it."""
    engine = create_engine(county_url)
    yield engine
    engine.dispose()
