"""The board of all stations: is it open, what works, what is free."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.presence import (
    BROKEN,
    PORT_FREE,
    SLOT_OCCUPIED,
    SLOT_UNKNOWN,
    HotWater,
    count_units,
    delivers,
    hot_water,
    open_now,
)
from server.domain.wording import bad_units
from server.storage.tables import Device, Station, UnitState


@dataclass(frozen=True, slots=True, kw_only=True)
class StationBoard:
    """One station as a rider sees it. None and `unknown` mean not known, never zero."""

    id: str
    name: str
    address: str
    lat: float
    lon: float
    opens: int
    closes: int
    """Planned hours, minutes after local midnight."""
    open_now: bool
    link: str
    """never, online or lost."""
    last_seen: int | None
    """UTC ms of the last committed batch."""
    hot_water: HotWater
    temp_mc: int | None
    sockets_free: int | None
    sockets_total: int
    umbrellas: int | None


@dataclass(slots=True)
class _Devices:
    """What one station has, and what of it is broken."""

    units: dict[str, int]
    """Kind → sockets, taps or slots."""
    broken: set[str]
    """Kinds of which a device is broken as a whole."""


def station_board(session: Session, now: int) -> list[StationBoard]:
    """Every station, by id, in three queries.

    Args:
        session: an open session.
        now: UTC ms.
    """
    stations = session.execute(
        select(
            Station.no,
            Station.id,
            Station.name,
            Station.address,
            Station.latitude,
            Station.longitude,
            Station.opens,
            Station.closes,
            Station.link,
            Station.last_seen,
        ).order_by(Station.id)
    ).all()
    devices = _devices(session)
    states = _states(session)
    board = []
    for row in stations:
        own = devices[row.no]
        fresh = delivers(link=row.link, last_seen=row.last_seen, now=now)
        values = states[row.no] if fresh else {}
        temperatures = (
            [] if own.broken & {"water", "temperature"} else values.get(("water", "temp_mc"), [])
        )
        temp_mc = max(temperatures, default=None)
        board.append(
            StationBoard(
                id=row.id,
                name=row.name,
                address=row.address,
                lat=row.latitude,
                lon=row.longitude,
                opens=row.opens,
                closes=row.closes,
                open_now=open_now(opens=row.opens, closes=row.closes, now=now),
                link=row.link,
                last_seen=row.last_seen,
                hot_water=hot_water(temp_mc),
                temp_mc=temp_mc,
                sockets_free=count_units(
                    [] if "charger" in own.broken else values.get(("charger", "port_state"), []),
                    wanted=PORT_FREE,
                    units=own.units.get("charger", 0),
                ),
                sockets_total=own.units.get("charger", 0),
                umbrellas=count_units(
                    [] if "rack" in own.broken else values.get(("rack", "slot_state"), []),
                    wanted=SLOT_OCCUPIED,
                    units=own.units.get("rack", 0),
                    unknown=(SLOT_UNKNOWN,),
                ),
            )
        )
    return board


def _devices(session: Session) -> defaultdict[int, _Devices]:
    found: defaultdict[int, _Devices] = defaultdict(lambda: _Devices({}, set()))
    rows = session.execute(
        select(Device.station_no, Device.kind, Device.units, Device.condition, Device.detail)
    )
    for station_no, kind, units, condition, detail in rows:
        own = found[station_no]
        own.units[kind] = own.units.get(kind, 0) + units
        if condition in BROKEN and not bad_units(detail):
            own.broken.add(kind)
    return found


def _states(session: Session) -> defaultdict[int, dict[tuple[str, str], list[int]]]:
    """Station → (kind of device, capability) → values of the units that are not broken."""
    found: defaultdict[int, dict[tuple[str, str], list[int]]] = defaultdict(dict)
    rows = session.execute(
        select(
            UnitState.station_no,
            Device.kind,
            UnitState.cap,
            UnitState.unit,
            UnitState.value,
            Device.condition,
            Device.detail,
        )
        .join(
            Device,
            (Device.station_no == UnitState.station_no) & (Device.device == UnitState.device),
        )
        .where(UnitState.cap.in_(("port_state", "temp_mc", "slot_state")))
    )
    for station_no, kind, cap, unit, value, condition, detail in rows:
        if condition in BROKEN and unit in bad_units(detail):
            continue
        found[station_no].setdefault((kind, cap), []).append(value)
    return found
