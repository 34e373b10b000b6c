"""One station for its keeper: devices, their units, today's use."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.periods import Period
from server.storage.tables import Device, RollupHour, Station, UnitState


class UnitValue(NamedTuple):
    """Present value of one capability of one unit."""

    device: str
    unit: int
    cap: str
    value: int
    at: int
    """UTC ms of the change."""


class DeviceRow(NamedTuple):
    """One device as last reported."""

    device: str
    kind: str
    name: str
    units: int
    condition: str
    detail: str
    condition_at: int | None
    """UTC ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperStation:
    """Everything the keeper's page needs."""

    no: int
    id: str
    name: str
    address: str
    opens: int
    closes: int
    link: str
    link_at: int | None
    last_seen: int | None
    devices: tuple[DeviceRow, ...]
    states: tuple[UnitValue, ...]
    today: dict[str, tuple[int, int]]
    """Measure → (n, amount in Wh or ml) of the period asked for."""


def read_keeper_station(session: Session, station_no: int, day: Period) -> KeeperStation | None:
    """The station in four queries; None when there is none of that number."""
    station = session.execute(
        select(
            Station.no,
            Station.id,
            Station.name,
            Station.address,
            Station.opens,
            Station.closes,
            Station.link,
            Station.link_at,
            Station.last_seen,
        ).where(Station.no == station_no)
    ).one_or_none()
    if station is None:
        return None
    devices = session.execute(
        select(
            Device.device,
            Device.kind,
            Device.name,
            Device.units,
            Device.condition,
            Device.detail,
            Device.condition_at,
        )
        .where(Device.station_no == station_no)
        .order_by(Device.device)
    )
    states = session.execute(
        select(UnitState.device, UnitState.unit, UnitState.cap, UnitState.value, UnitState.at)
        .where(UnitState.station_no == station_no)
        .order_by(UnitState.device, UnitState.unit, UnitState.cap)
    )
    today = session.execute(
        select(RollupHour.measure, func.sum(RollupHour.n), func.sum(RollupHour.amount))
        .where(
            RollupHour.station_no == station_no,
            RollupHour.hour >= day.hours.start,
            RollupHour.hour < day.hours.stop,
        )
        .group_by(RollupHour.measure)
    )
    return KeeperStation(
        **station._asdict(),
        devices=tuple(DeviceRow(*row) for row in devices),
        states=tuple(UnitValue(*row) for row in states),
        today={measure: (int(n), int(amount)) for measure, n, amount in today},
    )
