"""Requests of the committee's pages."""

from typing import Final

from flask import Response, current_app, render_template, request

from server.documents.csv_file import write_csv
from server.documents.names import disposition
from server.documents.xlsx_file import write_xlsx
from server.domain.figures import COLUMNS
from server.domain.indicators import month_label, month_text
from server.services.report import Report, headings, month_report
from server.services.tabulate import SettledMonths
from server.web.committee.query import Query, read_query
from server.web.committee.trend import trend_data
from server.web.database import now, read_session

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KEPT: Final = "settled_months"


def page() -> str:
    """A month's report."""
    query = read_query(request.args)
    report = _report(query)
    place = query.place(report)
    return render_template(
        "committee/page.html",
        report=report,
        query=query,
        place=next((each for each in report.places if each.id == place), None),
        rows=report.sorted_places(query.sort, ascending=query.ascending),
        columns=COLUMNS,
        headings=list(headings()),
        trend=trend_data(report, place) if place is not None else None,
        month_label=month_label,
        month_text=month_text,
    )


def xlsx() -> Response:
    """The report as a workbook."""
    report = _report(read_query(request.args))
    return _download(write_xlsx(report), report, suffix="xlsx", mimetype=_XLSX)


def csv() -> Response:
    """The report as CSV."""
    report = _report(read_query(request.args))
    return _download(write_csv(report), report, suffix="csv", mimetype="text/csv")


def _report(query: Query) -> Report:
    kept: SettledMonths = current_app.extensions.setdefault(_KEPT, SettledMonths())
    banner = str(current_app.jinja_env.globals["banner"])
    return month_report(read_session(), month=query.month, now=now(), banner=banner, kept=kept)


def _download(body: bytes, report: Report, *, suffix: str, mimetype: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = disposition(
        report.title, suffix, f"report-{month_text(report.month)}"
    )
    return response
