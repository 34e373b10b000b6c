"""Fills an empty database with the demonstration county. Running it again changes nothing."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server.services.activation import Clock
from server.services.county import COMMUNITIES, COUNTY, STREETS, Community, compounds
from server.storage.tables import Base, Device, Region, Station

HISTORY_MS: Final = 400 * 86_400_000
"""Stations are in service since before the demonstration's 13 months of history."""

DEVICES: Final = (
    ("charger", "charger", "充电柜", 4),
    ("relay", "relay", "继电器板", 8),
    ("thermo", "temperature", "水温探头", 1),
    ("gpio", "buttons", "按键和流量计", 0),
    ("rack", "rack", "雨伞架", 8),
    ("tags", "tags", "雨伞标签读写器", 0),
    ("scanner", "scanner", "扫码器", 0),
    ("water", "water", "饮水机", 1),
)
"""(device, kind, name, units) of every station, as docs/contracts.md has them."""


def seed_demo(session: Session, clock: Clock) -> int:
    """Regions, stations and devices of 单县; returns how many rows were new.

    1 county, 4 streets, 24 communities, 107 compounds; one station a community, `yz-001` in
    七里庄. Rows that are there already stay as they are.
    """
    now = clock()
    added = _insert_missing(session, Region, "id", _regions())
    added += _insert_missing(session, Station, "id", _stations(now))
    numbers = {
        name: no for no, name in session.execute(select(Station.no, Station.id)) if name in _IDS
    }
    have = {tuple(row) for row in session.execute(select(Device.station_no, Device.device))}
    rows = [
        {
            "station_no": no,
            "device": device,
            "kind": kind,
            "name": name,
            "units": units,
            "condition": "unknown",
            "detail": "",
            "condition_at": None,
            "epoch": 0,
            "seq": 0,
        }
        for no in sorted(numbers.values())
        for device, kind, name, units in DEVICES
        if (no, device) not in have
    ]
    if rows:
        session.execute(insert(Device), rows)
    return added + len(rows)


def station_id(number: int) -> str:
    """Wire id of the demonstration's station: 1 to 24."""
    return f"yz-{number:03d}"


_IDS: Final = frozenset(station_id(number + 1) for number in range(len(COMMUNITIES)))


def _insert_missing(
    session: Session, table: type[Base], key: str, rows: Iterable[dict[str, Any]]
) -> int:
    have = set(session.scalars(select(table.__table__.c[key])))
    missing = [row for row in rows if row[key] not in have]
    if missing:
        session.execute(insert(table), missing)
    return len(missing)


def _region(
    region: str, parent: str | None, level: str, name: str, position: int, *, demo: bool
) -> dict[str, Any]:
    return {
        "id": region,
        "parent_id": parent,
        "level": level,
        "name": name,
        "position": position,
        "demo": demo,
    }


def _regions() -> list[dict[str, Any]]:
    rows = [_region(COUNTY.code, None, "county", COUNTY.name, 0, demo=False)]
    rows += [
        _region(street.code, COUNTY.code, "street", street.name, position, demo=False)
        for position, street in enumerate(STREETS)
    ]
    for position, community in enumerate(COMMUNITIES):
        rows.append(
            _region(
                community.code,
                community.street,
                "community",
                community.name,
                position,
                demo=community.demo,
            )
        )
        rows += [
            _region(
                f"{community.code}-{number:02d}",
                community.code,
                "compound",
                name,
                number,
                demo=True,
            )
            for number, name in enumerate(compounds(position), start=1)
        ]
    return rows


def _stations(now: int) -> list[dict[str, Any]]:
    return [
        _station(number, community, now) for number, community in enumerate(COMMUNITIES, start=1)
    ]


def _station(number: int, community: Community, now: int) -> dict[str, Any]:
    center = number in _CENTERS
    return {
        "id": station_id(number),
        "name": f"{community.short}{'党群服务中心驿站' if center else '亲邻驿站'}",
        "region_id": community.code,
        "kind": "center" if center else "station",
        "address": f"{community.street_name}{community.name}（演示地址）",
        "latitude": community.latitude,
        "longitude": community.longitude,
        "opens": 0 if number % 6 == 1 else 7 * 60,
        "closes": 1_440 if number % 6 == 1 else 22 * 60,
        "in_service_from": now - HISTORY_MS,
        "demo": True,
        "link": "never",
        "link_session": None,
        "link_at": None,
        "last_seen": None,
        "agent": None,
    }


_CENTERS: Final = frozenset(
    next(
        number
        for number, community in enumerate(COMMUNITIES, start=1)
        if community.street == street.code
    )
    for street in STREETS
)
"""The first station of a street is its centre (1+N)."""
