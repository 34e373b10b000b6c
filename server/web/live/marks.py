"""Cheap marks of change, read by primary keys: what moved since the last look."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.storage.tables import Device, Station, UnitState


class Mark(NamedTuple):
    """A station's marks: any batch or link change moves `seen`, a shown state moves `state`."""

    seen: tuple[int | None, int | None]
    state: tuple[int | str, ...]


def read(session: Session, before: Mapping[str, Mark]) -> dict[str, Mark]:
    """Marks of every station, by id.

    States are read only of stations that delivered since `before`: the states change in the
    transaction that moves `last_seen`.
    """
    rows = session.execute(
        select(Station.no, Station.id, Station.last_seen, Station.link, Station.link_at)
    ).all()
    marks: dict[str, Mark] = {}
    moved: dict[int, tuple[str, tuple[int | None, int | None], str]] = {}
    for no, name, last_seen, link, link_at in rows:
        seen = (last_seen, link_at)
        old = before.get(name)
        if old is not None and old.seen == seen:
            marks[name] = old
        else:
            moved[no] = (name, seen, link)
    states = _states(session, list(moved)) if moved else {}
    for no, (name, seen, link_mark) in moved.items():
        marks[name] = Mark(seen, (link_mark, *states.get(no, ())))
    return marks


def _states(session: Session, station_nos: list[int]) -> dict[int, tuple[int, ...]]:
    """Sums over the (epoch, seq) of each station's states; any new state moves them."""
    found: dict[int, tuple[int, ...]] = {}
    for table in (UnitState, Device):
        rows = session.execute(
            select(table.station_no, func.count(), func.max(table.epoch), func.sum(table.seq))
            .where(table.station_no.in_(station_nos))
            .group_by(table.station_no)
        )
        for no, *values in rows:
            found[no] = (*found.get(no, ()), *(int(value) for value in values))
    return found
