"""A small county in a real database, for read models, documents and pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session

from server.storage.tables import Base, Device, Region, Station, UnitState

NOW: Final = 1_791_985_600_000
"""2026-10-14 13:46:40 UTC, 21:46:40 in 单县."""

REGIONS: Final = (
    ("371722", None, "county", "单县"),
    ("371722002", "371722", "street", "南城街道"),
    ("371722001", "371722", "street", "北城街道"),
    ("371722002006", "371722002", "community", "七里庄社区"),
    ("371722002007", "371722002", "community", "舜师路社区"),
    ("371722001001", "371722001", "community", "胜利社区"),
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


def make_engine(path: Path) -> Engine:
    """An empty schema in a SQLite file."""
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    return engine


def add_county(session: Session, *, since: int = NOW - 400 * 86_400_000) -> None:
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
                in_service_from=since,
                demo=True,
                link="online",
                link_at=NOW - 3_600_000,
                last_seen=NOW - 30_000,
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
                    condition_at=NOW - 3_600_000,
                )
            )
    session.flush()


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
    """Count the statements sent to `engine`."""
    queries = Queries()

    def seen(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        queries.statements.append(statement)

    event.listen(engine, "before_cursor_execute", seen)
    try:
        yield queries
    finally:
        event.remove(engine, "before_cursor_execute", seen)
