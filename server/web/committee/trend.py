"""Data of the chart: months on x, one measure at a time, gaps told and not drawn as zero."""

from server.domain.figures import COLUMNS
from server.domain.indicators import month_label
from server.services.report import Report


def trend_data(report: Report, place: str) -> dict[str, object]:
    """JSON for the page's script; `value` is null where the figure is not shown."""
    return {
        "place": next(each.name for each in report.places if each.id == place),
        "months": [month_label(month) for month in report.months],
        "now": report.months.index(report.month),
        "unfinished": len(report.months) - 1,
        "measures": [
            {
                "key": column.key,
                "label": column.label,
                "unit": column.unit,
                "about": column.about,
                "points": [
                    {
                        "value": None if figure.value is None else float(figure.value),
                        "text": figure.text,
                    }
                    for figure in report.trend(place, column.key)
                ],
            }
            for column in COLUMNS
        ],
    }
