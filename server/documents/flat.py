"""A report as a flat table without merged cells: one row a place, for pasting and VLOOKUP."""

from collections.abc import Iterator
from typing import Final

from server.domain.figures import COLUMNS, Figure
from server.domain.indicators import month_text
from server.services.report import Report
from server.services.tabulate import Place

LEVELS: Final = {"county": "县", "street": "街道", "community": "社区", "station": "站点"}

HEADINGS: Final = (
    "月份",
    "层级",
    "县",
    "街道",
    "社区",
    "站点",
    *(column.label for column in COLUMNS),
    "数据完整率（%）",
)

Row = tuple[str | Figure, ...]


def rows(report: Report) -> Iterator[Row]:
    """Rows below `HEADINGS`, in the report's own order."""
    places = {place.id: place for place in report.places}
    for place in report.places:
        names = _names(place, places)
        rate = report.table.completeness[place.id].rate
        yield (
            month_text(report.month),
            LEVELS.get(place.level, place.level),
            *(names.get(level, "") for level in LEVELS),
            *(report.table.figures[place.id][column.key] for column in COLUMNS),
            "—" if rate is None else str(rate),
        )


def _names(place: Place, places: dict[str, Place]) -> dict[str, str]:
    """Level → name, of the place and everything around it."""
    found = {}
    here: Place | None = place
    while here is not None:
        found[here.level] = here.name
        here = places.get(here.parent) if here.parent else None
    return found


def plain(figure: Figure) -> str:
    """A figure without thousands separators, which would break a column of numbers."""
    return figure.text.replace(",", "")
