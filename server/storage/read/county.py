"""The tree a report is laid out by: county, streets, communities, stations."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.storage.tables import Device, Region, Station


@dataclass(frozen=True, slots=True, kw_only=True)
class StationNode:
    """One station in the tree."""

    no: int
    id: str
    name: str
    kind: str
    """center or station."""
    area: str
    """Region id of its community."""
    in_service_from: int
    """UTC ms."""
    kinds: frozenset[str]
    """Kinds of device it has."""
    device_kinds: dict[str, str]
    """Device id → kind."""
    link: str
    last_seen: int | None
    """UTC ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaNode:
    """A county, street or community."""

    id: str
    parent: str | None
    level: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """Areas (parents before children, as the register orders them) and stations (by id)."""

    areas: tuple[AreaNode, ...]
    stations: tuple[StationNode, ...]
    demo: bool
    """Whether any name or figure is made up."""


def read_county(session: Session) -> County:
    """The whole tree in three queries."""
    regions = session.execute(
        select(Region.id, Region.parent_id, Region.level, Region.name, Region.demo).order_by(
            Region.position, Region.id
        )
    ).all()
    parents = {row.id: row.parent_id for row in regions}
    levels = {row.id: row.level for row in regions}
    children: defaultdict[str | None, list[AreaNode]] = defaultdict(list)
    for row in regions:
        if row.level != "compound":
            children[row.parent_id].append(
                AreaNode(id=row.id, parent=row.parent_id, level=row.level, name=row.name)
            )
    devices: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for no, device, kind in session.execute(select(Device.station_no, Device.device, Device.kind)):
        devices[no][device] = kind
    stations = []
    for station in session.execute(
        select(
            Station.no,
            Station.id,
            Station.name,
            Station.kind,
            Station.region_id,
            Station.in_service_from,
            Station.link,
            Station.last_seen,
        ).order_by(Station.id)
    ):
        area: str = station.region_id
        while levels[area] == "compound" and parents[area] is not None:
            area = parents[area]
        own = devices[station.no]
        stations.append(
            StationNode(
                no=station.no,
                id=station.id,
                name=station.name,
                kind=station.kind,
                area=area,
                in_service_from=station.in_service_from,
                kinds=frozenset(own.values()),
                device_kinds=own,
                link=station.link,
                last_seen=station.last_seen,
            )
        )
    return County(
        areas=tuple(_preorder(children, None)),
        stations=tuple(stations),
        demo=any(row.demo for row in regions),
    )


def _preorder(
    children: defaultdict[str | None, list[AreaNode]], parent: str | None
) -> list[AreaNode]:
    found = []
    for area in children[parent]:
        found.append(area)
        found.extend(_preorder(children, area.id))
    return found
