"""Use, completeness and different people by local month, from sums only.

Nothing here reads single facts: the cost depends on stations and hours, not on how many people
came.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, case, distinct, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from server.domain.periods import month_period
from server.storage.tables import CoverageHour, Region, RollupHour, Station, VisitPerson

_EACH_STATION: Final = select(Station.no)
"""Naming the stations lets a range of hours be read in the order of the primary key."""


class Use(NamedTuple):
    """Sums of one station, month (YYYYMM) and measure."""

    station_no: int
    month: int
    measure: str
    n: int
    amount: int
    """Wh or ml."""


class Covered(NamedTuple):
    """Good 5-minute buckets of one device in one month (YYYYMM)."""

    station_no: int
    month: int
    device: str
    good: int


class People(NamedTuple):
    """Different pseudonyms seen in a scope in one month (YYYYMM)."""

    scope: str
    """Region id, or `station:<no>`."""
    month: int
    people: int


def read_use(session: Session, months: Sequence[int]) -> list[Use]:
    """Sums of consecutive months, oldest first, in one query."""
    month = _month(RollupHour.hour, months)
    first, last = month_period(months[0]).hours, month_period(months[-1]).hours
    rows = session.execute(
        select(
            RollupHour.station_no,
            month,
            RollupHour.measure,
            func.sum(RollupHour.n),
            func.sum(RollupHour.amount),
        )
        .where(
            RollupHour.station_no.in_(_EACH_STATION),
            RollupHour.hour >= first.start,
            RollupHour.hour < last.stop,
        )
        .group_by(RollupHour.station_no, month, RollupHour.measure)
    )
    return [Use(no, key, measure, int(n), int(amount)) for no, key, measure, n, amount in rows]


def read_coverage(session: Session, months: Sequence[int]) -> list[Covered]:
    """Buckets of consecutive months, oldest first, in one query."""
    month = _month(CoverageHour.hour, months)
    first, last = month_period(months[0]).hours, month_period(months[-1]).hours
    rows = session.execute(
        select(CoverageHour.station_no, month, CoverageHour.device, func.sum(CoverageHour.good))
        .where(
            CoverageHour.station_no.in_(_EACH_STATION),
            CoverageHour.hour >= first.start,
            CoverageHour.hour < last.stop,
        )
        .group_by(CoverageHour.station_no, month, CoverageHour.device)
    )
    return [Covered(no, key, device, int(good)) for no, key, device, good in rows]


def read_people(session: Session, months: Sequence[int]) -> list[People]:
    """Different people by station and by every area, in two queries.

    The pseudonym of a person changes with the month, so nobody is followed from one to the next.
    """
    month = (VisitPerson.day // 100).label("month")
    within = (VisitPerson.day >= months[0] * 100, VisitPerson.day < months[-1] * 100 + 100)
    people = func.count(distinct(VisitPerson.pid))
    by_station = session.execute(
        select(VisitPerson.station_no, month, people)
        .where(*within)
        .group_by(VisitPerson.station_no, month)
    ).all()
    above = select(Station.no.label("station_no"), Station.region_id.label("region_id")).cte(
        "above", recursive=True
    )
    region = aliased(Region)
    above = above.union_all(
        select(above.c.station_no, region.parent_id).where(
            region.id == above.c.region_id, region.parent_id.is_not(None)
        )
    )
    by_area = session.execute(
        select(above.c.region_id, month, people)
        .join(above, above.c.station_no == VisitPerson.station_no)
        .where(*within)
        .group_by(above.c.region_id, month)
    ).all()
    return [
        *(People(f"station:{no}", int(key), count) for no, key, count in by_station),
        *(People(area, int(key), count) for area, key, count in by_area),
    ]


def _month(hour: InstrumentedAttribute[int], months: Sequence[int]) -> ColumnElement[int]:
    """The local month an UTC hour lies in, as YYYYMM."""
    bounds = [(hour < month_period(month).hours.stop, month) for month in months[:-1]]
    month = case(*bounds, else_=months[-1]) if bounds else literal(months[-1])
    return month.label("month")
