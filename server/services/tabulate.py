"""One month's sums as a table of figures that may be shown: areas and stations by measures."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from server.domain.figures import (
    BY_KEY,
    COLUMNS,
    MISSING,
    VISIT_KINDS,
    WATCHED,
    Figure,
    figure_of,
)
from server.domain.indicators import Completeness, Grade, expected_buckets, kilo, total
from server.domain.people import suppress_people
from server.domain.periods import hour_of, month_period
from server.domain.suppression import (
    K_COMMITTEE,
    TOTAL,
    Area,
    Cell,
    Mark,
    suppress_counts,
    table_of,
)
from server.storage.read.county import County, StationNode
from server.storage.read.months import Covered, People, Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A row of the table."""

    id: str
    parent: str | None
    level: str
    """county, street, community or station."""
    name: str
    depth: int
    """0 for the county."""


@dataclass(frozen=True, slots=True)
class MonthTable:
    """Figures by place and column key, and each place's completeness over all devices."""

    month: int
    figures: dict[str, dict[str, Figure]]
    completeness: dict[str, Completeness]


@dataclass(slots=True)
class MonthSums:
    """What was read of one month."""

    use: list[Use] = field(default_factory=list)
    covered: list[Covered] = field(default_factory=list)
    people: list[People] = field(default_factory=list)


LATE_MS: Final = 72 * 3_600_000
"""Stations that were offline may deliver so long after a month's end."""

_ADDED: Final = {
    "charge": ("charge", False),
    "charge_kwh": ("charge", True),
    "draw": ("draw", False),
    "draw_l": ("draw", True),
    "umbrella_taken": ("umbrella_taken", False),
    "umbrella_returned": ("umbrella_returned", False),
}
"""Column → (measure, whether its amount rather than its count)."""


def station_place(no: int) -> str:
    """Place id of a station."""
    return f"station:{no}"


def places_of(county: County) -> tuple[Place, ...]:
    """Rows in reading order: every area with a station in it, then its stations.

    Areas without any station have nothing to report and are left out.
    """
    by_area: defaultdict[str, list[StationNode]] = defaultdict(list)
    for station in county.stations:
        by_area[station.area].append(station)
    parents = {area.id: area.parent for area in county.areas}
    used: set[str] = set()
    for area_id in by_area:
        above: str | None = area_id
        while above is not None and above not in used:
            used.add(above)
            above = parents.get(above)
    depths: dict[str | None, int] = {None: -1}
    rows = []
    for area in county.areas:
        depths[area.id] = depths[area.parent] + 1
        if area.id not in used:
            continue
        rows.append(
            Place(
                id=area.id,
                parent=area.parent,
                level=area.level,
                name=area.name,
                depth=depths[area.id],
            )
        )
        rows += [
            Place(
                id=station_place(station.no),
                parent=area.id,
                level="station",
                name=station.name,
                depth=depths[area.id] + 1,
            )
            for station in by_area[area.id]
        ]
    return tuple(rows)


def by_month(
    months: Iterable[int], use: list[Use], covered: list[Covered], people: list[People]
) -> dict[int, MonthSums]:
    """Rows of several months, sorted into months."""
    sums = {month: MonthSums() for month in months}
    for used in use:
        sums[used.month].use.append(used)
    for part in covered:
        sums[part.month].covered.append(part)
    for counted in people:
        sums[counted.month].people.append(counted)
    return sums


class SettledMonths:
    """Keeps what was read of months that are over, for a while.

    After its 72 hours a month changes only by corrections, which then show within
    `KEEP_MS`. Safe to share between threads: a lost race reads a month twice.
    """

    KEEP_MS: Final = 10 * 60_000

    def __init__(self) -> None:
        self._kept: dict[int, tuple[int, MonthSums]] = {}

    def get(self, month: int, now: int) -> MonthSums | None:
        """What was read of `month`, unless too long ago."""
        read_at, sums = self._kept.get(month, (0, None))
        return sums if 0 <= now - read_at < self.KEEP_MS else None

    def put(self, month: int, sums: MonthSums, now: int) -> None:
        """Keep it if `month` is settled."""
        if now >= month_period(month).end + LATE_MS:
            self._kept[month] = (now, sums)


def tabulate(
    county: County, places: tuple[Place, ...], sums: MonthSums, *, month: int, now: int
) -> MonthTable:
    """Figures of one month (YYYYMM) as of `now` (UTC ms)."""
    rollup = _Rollup(places)
    complete = _completeness(county, rollup, sums.covered, month=month, now=now)
    values = _values(rollup, sums.use)
    counts = _visits(places, sums.use)
    people = {row.scope: row.people for row in sums.people}
    grades = {
        (place.id, column.key): total(
            complete[place.id].get(kind, Completeness()) for kind in column.sources
        ).grade
        for place in places
        for column in COLUMNS
    }
    marks = _marks(places, counts, people, grades)
    figures: dict[str, dict[str, Figure]] = {}
    for place in places:
        row = {}
        for column in COLUMNS:
            key = (place.id, column.key)
            if column.key == "people":
                value = Decimal(people.get(place.id, 0))
            elif key in values:
                value = values[key]
            else:
                value = Decimal(counts[place.id, _visit_column(column.key)])
            figure = figure_of(value, grades[key], marks.get(key))
            # Nobody signed in is nobody counted: that is no figure of people at all.
            row[column.key] = MISSING if column.key == "people" and not value else figure
        figures[place.id] = row
    overall = {place.id: total(complete[place.id].values()) for place in places}
    return MonthTable(month, figures, overall)


def _visit_column(key: str) -> str:
    return TOTAL if key == "visits" else key


class _Rollup:
    """Adds a station's part to the station and every area above it."""

    def __init__(self, places: tuple[Place, ...]) -> None:
        parents = {place.id: place.parent for place in places}
        self._above: dict[str, tuple[str, ...]] = {}
        for place in places:
            chain: list[str] = []
            here: str | None = place.id
            while here is not None:
                chain.append(here)
                here = parents[here]
            self._above[place.id] = tuple(chain)
        self.ids = tuple(parents)

    def above(self, no: int) -> tuple[str, ...]:
        """The station's place and all around it."""
        return self._above[station_place(no)]


def _completeness(
    county: County, rollup: _Rollup, covered: list[Covered], *, month: int, now: int
) -> dict[str, dict[str, Completeness]]:
    """Place → kind of device → buckets."""
    good: defaultdict[tuple[int, str], int] = defaultdict(int)
    for row in covered:
        good[row.station_no, row.device] += row.good
    hours = month_period(month).hours
    found: dict[str, dict[str, Completeness]] = {place: {} for place in rollup.ids}
    for station in county.stations:
        expected = expected_buckets(
            hours=hours, in_service_from=station.in_service_from, now_hour=hour_of(now)
        )
        for device, kind in station.device_kinds.items():
            if kind not in WATCHED:
                continue
            part = Completeness(good[station.no, device], expected)
            for place in rollup.above(station.no):
                found[place][kind] = found[place].get(kind, Completeness()) + part
    return found


def _values(rollup: _Rollup, use: list[Use]) -> dict[Cell, Decimal]:
    """(place, column) → value of the measures that simply add up."""
    sums: defaultdict[Cell, int] = defaultdict(int)
    columns = {source: key for key, source in _ADDED.items()}
    for row in use:
        for by_amount, part in ((False, row.n), (True, row.amount)):
            key = columns.get((row.measure, by_amount))
            if key is not None:
                for place in rollup.above(row.station_no):
                    sums[place, key] += part
    values = {}
    for place in rollup.ids:
        for key, (_, by_amount) in _ADDED.items():
            raw = sums[place, key]
            values[place, key] = kilo(raw, BY_KEY[key].places) if by_amount else Decimal(raw)
    return values


def _visits(places: tuple[Place, ...], use: list[Use]) -> dict[Cell, int]:
    leaves: defaultdict[Cell, int] = defaultdict(int)
    for row in use:
        if row.measure in VISIT_KINDS:
            leaves[station_place(row.station_no), row.measure] += row.n
    return table_of(_areas(places), leaves, VISIT_KINDS)


def _areas(places: tuple[Place, ...]) -> list[Area]:
    return [Area(place.id, place.parent) for place in places]


def _marks(
    places: tuple[Place, ...],
    counts: dict[Cell, int],
    people: dict[str, int],
    grades: dict[Cell, Grade],
) -> dict[Cell, Mark]:
    """(place, column key) → why a count of visits or people is hidden."""

    def unseen(key: str) -> set[str]:
        dark = (Grade.NOTHING, Grade.INSUFFICIENT)
        return {place.id for place in places if grades[place.id, key] in dark}

    areas = _areas(places)
    hidden = {
        (place, _visit_column(key)) for key in ("visits", *VISIT_KINDS) for place in unseen(key)
    }
    floors = {
        (place, "visit_code"): count for place, count in people.items() if count >= K_COMMITTEE
    }
    visits = suppress_counts(areas, counts, VISIT_KINDS, unseen=hidden, floors=floors)
    ceilings = {
        place.id: counts[place.id, "visit_code"]
        for place in places
        if (place.id, "visit_code") not in visits and counts[place.id, "visit_code"]
    }
    persons = suppress_people(areas, people, unseen=unseen("people"), ceilings=ceilings)
    marks = {
        (place, "visits" if column == TOTAL else column): mark
        for (place, column), mark in visits.items()
    }
    marks |= {(place, "people"): mark for place, mark in persons.items()}
    return marks
