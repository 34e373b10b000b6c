"""What a person finds in the workbook, read back by another program."""

import io
from dataclasses import replace

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from server.documents.flat import HEADINGS
from server.documents.xlsx_file import write_xlsx
from server.domain.figures import COLUMNS, Status
from server.services.report import Report

FIRST_ROW = 5


def opened(report: Report) -> Workbook:
    return load_workbook(io.BytesIO(write_xlsx(report)))


def sheet(book: Workbook, name: str) -> Worksheet:
    found = book[name]
    assert isinstance(found, Worksheet)
    return found


def test_there_is_a_sheet_to_print_to_calculate_the_months_and_the_rules(report: Report) -> None:
    assert opened(report).sheetnames == ["运行情况", "数据", "逐月", "说明"]


def test_every_figure_is_the_one_on_the_page(report: Report) -> None:
    page = sheet(opened(report), "运行情况")
    for number, place in enumerate(report.places):
        row = FIRST_ROW + number
        assert page.cell(row, 2).value == place.name
        for index, column in enumerate(COLUMNS, 4):
            figure = report.table.figures[place.id][column.key]
            cell = page.cell(row, index)
            if figure.value is None:
                assert cell.value == figure.text
            else:
                assert cell.value == pytest.approx(float(figure.value))
                starred = '"*"' in str(cell.number_format)
                assert starred is (figure.status is Status.PARTIAL)


def test_headings_name_measure_and_unit(report: Report) -> None:
    page = sheet(opened(report), "运行情况")
    heads = [page.cell(4, index).value for index in range(4, 4 + len(COLUMNS))]
    assert heads[:4] == ["次数\n（次）", "电量\n（kWh）", "次数\n（次）", "水量\n（约L）"]
    assert page["D3"].value == "充电"
    assert page["A1"].value == "单县新就业群体服务站运行情况（2026年9月）　演示数据"


def test_it_prints_on_a4_landscape_with_headings_on_every_page(report: Report) -> None:
    page = sheet(opened(report), "运行情况")
    assert page.page_setup.orientation == "landscape"
    assert str(page.page_setup.paperSize) == "9"
    assert page.sheet_properties.pageSetUpPr is not None
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.page_setup.fitToWidth in {None, 1}, "one page wide, which is also the default"
    assert page.page_setup.fitToHeight == 0, "as many pages long as it takes"
    assert page.print_title_rows == "$3:$4"
    assert page.freeze_panes == "C5"


def test_the_calculating_sheet_has_one_plain_row_a_place(report: Report) -> None:
    data = sheet(opened(report), "数据")
    assert not data.merged_cells.ranges
    rows = list(data.iter_rows(values_only=True))
    assert tuple(str(cell) for cell in rows[0]) == HEADINGS
    assert [row[5] for row in rows[1:] if row[1] == "站点"] == [
        "七里庄站",
        "七里庄北站",
        "舜师路站",
        "胜利站",
    ]


def test_the_months_leave_a_gap_where_nothing_came(report: Report) -> None:
    months = sheet(opened(report), "逐月")
    values = {row[0]: row[1] for row in months.iter_rows(min_row=2, values_only=True)}
    assert (values["2026年5月"], values["2026年6月"], values["2026年7月"]) == (1_235, "—", 1_235)


def test_the_rules_and_the_banner_are_on_the_notes_sheet(report: Report) -> None:
    notes = [cell[0] for cell in sheet(opened(report), "说明").iter_rows(values_only=True)]
    assert "演示数据" in notes
    assert [note for note in notes if "服务人数仅含自愿实名登记者" in str(note)]
    assert f"数据可信情况：{report.credibility_text}。" in notes


def test_a_name_like_a_formula_is_text_and_never_run(report: Report) -> None:
    evil = "=1+1"
    places = tuple(replace(place, name=evil) for place in report.places)
    book = opened(replace(report, places=places))
    cell = sheet(book, "运行情况").cell(FIRST_ROW, 2)
    assert (cell.value, cell.data_type) == (evil, "s")
    assert all(
        cell.data_type != "f" for page in book.worksheets for row in page.rows for cell in row
    )


def test_a_report_without_stations_is_still_a_workbook(report: Report) -> None:
    bare = replace(report, places=())
    assert sheet(opened(bare), "数据").max_row == 1
