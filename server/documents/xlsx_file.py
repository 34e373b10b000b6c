"""A report as XLSX: a sheet to print, a sheet to calculate with, the months, the rules."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import xlsxwriter

from server.documents import flat
from server.domain.figures import COLUMNS, Column, Figure, Status
from server.domain.indicators import month_label
from server.services.report import Report, headings

_FONT: Final = "宋体"
_FIRST: Final = 3
"""Columns before the measures: number, name, level."""
_BODY: Final = 4
"""Rows above the table's body: title, period, two of headings."""


@dataclass(frozen=True, slots=True)
class _Formats:
    """Cell formats by what they show."""

    book: Any
    made: dict[str, Any]

    def get(self, **properties: Any) -> Any:
        """One format for each set of properties."""
        key = repr(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format({"font_name": _FONT, **properties})
        return self.made[key]

    def head(self) -> Any:
        """A heading."""
        return self.get(
            bold=True,
            align="center",
            valign="vcenter",
            border=1,
            text_wrap=True,
            bg_color="#E7EFEC",
        )

    def figure(self, column: Column, figure: Figure, *, strong: bool) -> Any:
        """A number with its decimals, a star when data is incomplete; right-aligned."""
        number = "#,##0" + ("." + "0" * column.places if column.places else "")
        if figure.status is Status.PARTIAL:
            number += '"*"'
        return self.get(num_format=number, align="right", border=1, bold=strong)

    def text(self, *, indent: int = 0, strong: bool = False) -> Any:
        """A name."""
        return self.get(border=1, indent=indent, bold=strong)


def write_xlsx(report: Report) -> bytes:
    """The workbook."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": report.title, "comments": report.banner})
    formats = _Formats(book, {})
    _print_sheet(book.add_worksheet("运行情况"), report, formats)
    _flat_sheet(book.add_worksheet("数据"), report, formats)
    _months_sheet(book.add_worksheet("逐月"), report, formats)
    _notes_sheet(book.add_worksheet("说明"), report, formats)
    book.close()
    return file.getvalue()


def _print_sheet(sheet: Any, report: Report, formats: _Formats) -> None:
    last = _FIRST + len(COLUMNS)
    title = f"{report.title}{'　' + report.banner if report.banner else ''}"
    _merge(sheet, (0, 0, 0, last), title, formats.get(font_size=18, bold=True, align="center"))
    line = f"统计期间：{report.period_text}　　填报单位：　　　　　　制表时间：{report.made_text}"
    _merge(sheet, (1, 0, 1, last), line, formats.get(align="left"))
    for index, heading in enumerate(("序号", "名称", "层级")):
        _merge(sheet, (2, index, 3, index), heading, formats.head())
    at = _FIRST
    for heading, width in headings():
        _merge(sheet, (2, at, 2, at + width - 1), heading, formats.head())
        at += width
    for index, column in enumerate(COLUMNS, _FIRST):
        sheet.write_string(3, index, _unit_heading(column), formats.head())
    _merge(sheet, (2, last, 3, last), "数据完整率（%）", formats.head())
    for number, place in enumerate(report.places, 1):
        row = _BODY + number - 1
        strong = place.level != "station"
        sheet.write_number(row, 0, number, formats.get(align="center", border=1))
        name = formats.text(indent=place.depth, strong=strong)
        sheet.write_string(row, 1, place.name, name)
        sheet.write_string(row, 2, flat.LEVELS.get(place.level, place.level), formats.text())
        for index, column in enumerate(COLUMNS, _FIRST):
            figure = report.table.figures[place.id][column.key]
            _write_figure(sheet, (row, index), column, figure, formats, strong=strong)
        rate = report.table.completeness[place.id].rate
        style = formats.get(num_format="0.0", align="right", border=1)
        if rate is None:
            sheet.write_string(row, last, "—", style)
        else:
            sheet.write_number(row, last, float(rate), style)
    below = _BODY + len(report.places) + 1
    sheet.write_string(below, 1, f"{report.credibility_text}。规则见“说明”。", formats.get())
    sheet.write_string(
        below + 1, 1, "填报人：　　　　　审核人：　　　　　联系电话：", formats.get()
    )
    sheet.set_column(0, 0, 5)
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, 2, 6)
    sheet.set_column(_FIRST, last, 10)
    sheet.freeze_panes(_BODY, 2)
    _print_setup(sheet, report, rows=(2, 3))


def _flat_sheet(sheet: Any, report: Report, formats: _Formats) -> None:
    for index, heading in enumerate(flat.HEADINGS):
        sheet.write_string(0, index, heading, formats.head())
    columns = dict(enumerate(COLUMNS, len(flat.HEADINGS) - 1 - len(COLUMNS)))
    for row, cells in enumerate(flat.rows(report), 1):
        for index, cell in enumerate(cells):
            if isinstance(cell, Figure):
                _write_figure(sheet, (row, index), columns[index], cell, formats, strong=False)
            else:
                sheet.write_string(row, index, cell, formats.text())
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(report.places), len(flat.HEADINGS) - 1)
    sheet.set_column(0, len(flat.HEADINGS) - 1, 12)
    _print_setup(sheet, report, rows=(0, 0))


def _months_sheet(sheet: Any, report: Report, formats: _Formats) -> None:
    sheet.write_string(0, 0, "月份", formats.head())
    for index, column in enumerate(COLUMNS, 1):
        sheet.write_string(0, index, column.label, formats.head())
    top = report.places[0].id if report.places else None
    for row, month in enumerate(report.months, 1):
        sheet.write_string(row, 0, month_label(month), formats.text())
        for index, column in enumerate(COLUMNS, 1):
            if top is not None:
                figure = report.tables[month].figures[top][column.key]
                _write_figure(sheet, (row, index), column, figure, formats, strong=False)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(COLUMNS), 12)
    _print_setup(sheet, report, rows=(0, 0))


def _notes_sheet(sheet: Any, report: Report, formats: _Formats) -> None:
    wrapped = formats.get(text_wrap=True, valign="top")
    lines: Sequence[str] = (
        report.title,
        *((report.banner,) if report.banner else ()),
        *(f"{number}. {note}" for number, note in enumerate(report.notes, 1)),
        f"数据可信情况：{report.credibility_text}。",
        f"{report.links_text}；设站社区{report.served_text}。",
    )
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line, wrapped)
    sheet.set_column(0, 0, 110)
    _print_setup(sheet, report, rows=None)


def _write_figure(
    sheet: Any,
    place: tuple[int, int],
    column: Column,
    figure: Figure,
    formats: _Formats,
    *,
    strong: bool,
) -> None:
    style = formats.figure(column, figure, strong=strong)
    if figure.value is None:
        sheet.write_string(*place, figure.text, style)
    else:
        sheet.write_number(*place, float(figure.value), style)


def _unit_heading(column: Column) -> str:
    return f"{column.heading}\n（{'约' if column.about else ''}{column.unit}）"


def _merge(sheet: Any, box: tuple[int, int, int, int], text: str, style: Any) -> None:
    """Merge cells; a single cell, which Excel does not merge, is written plainly."""
    if box[0] == box[2] and box[1] == box[3]:
        sheet.write_string(box[0], box[1], text, style)
    else:
        sheet.merge_range(*box, "", style)
        sheet.write_string(box[0], box[1], text, style)


def _print_setup(sheet: Any, report: Report, *, rows: tuple[int, int] | None) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    if rows is not None:
        sheet.repeat_rows(*rows)
    banner = report.banner.replace("&", "&&")  # & begins a code in headers and footers
    sheet.set_footer(f"&L{banner}&C第&P页，共&N页&R{report.made_text}")
