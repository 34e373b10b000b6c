"""What Excel and other programs find in the CSV."""

import csv
import io
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from server.documents.csv_file import write_csv
from server.documents.flat import HEADINGS
from server.documents.names import disposition, harmless
from server.domain.figures import COLUMNS
from server.services.report import Report


def lines(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_chinese_excel_opens_it_with_bom_and_crlf(report: Report) -> None:
    body = write_csv(report)
    assert body.startswith(b"\xef\xbb\xbf")
    assert body.count(b"\r\n") == body.count(b"\n") > 0


def test_every_row_shows_the_figures_of_the_page(report: Report) -> None:
    head, *rows = lines(write_csv(report))
    assert tuple(head) == HEADINGS
    first = len(head) - 1 - len(COLUMNS)
    for place, row in zip(report.places, rows, strict=False):
        assert place.name in row[2:first]
        figures = report.table.figures[place.id]
        assert row[first:-1] == [figures[column.key].text.replace(",", "") for column in COLUMNS]
    south = dict(zip(head, rows[1], strict=True))
    assert (south["街道"], south["充电 次数（次）"], south["充电 电量（kWh）"]) == (
        "南城街道",
        "535",
        "129.8",
    )
    last = dict(zip(head, rows[len(report.places) - 1], strict=True))
    assert (last["站点"], last["充电 次数（次）"], last["数据完整率（%）"]) == (
        "胜利站",
        "数据不足",
        "34.0",
    )


def test_the_banner_and_the_rules_stand_below(report: Report) -> None:
    texts = [row[0] for row in lines(write_csv(report)) if row]
    assert "演示数据" in texts
    assert set(report.notes) <= set(texts)


def test_a_station_named_like_a_formula_stays_text(report: Report) -> None:
    evil = '=HYPERLINK("http://x")'
    places = tuple(
        replace(place, name=evil) if place.level == "station" else place for place in report.places
    )
    cells = [cell for row in lines(write_csv(replace(report, places=places))) for cell in row]
    assert f"'{evil}" in cells
    assert evil not in cells


@given(st.text())
def test_no_text_begins_like_a_formula(text: str) -> None:
    made = harmless(text)
    assert made in {text, f"'{text}"}
    assert not made.lstrip().startswith(("=", "+", "-", "@"))


@given(st.text(min_size=1, max_size=30))
def test_a_download_name_can_never_break_the_header(title: str) -> None:
    header = disposition(title.encode("utf-8", "replace").decode(), "xlsx", "report")
    assert header.isascii()
    assert not set("\r\n") & set(header)
    assert header.count('"') == 2


def test_a_download_keeps_its_chinese_name() -> None:
    header = disposition("单县/情况", "csv", "report-2026-10")
    assert header == (
        'attachment; filename="report-2026-10.csv"; '
        "filename*=UTF-8''%E5%8D%95%E5%8E%BF_%E6%83%85%E5%86%B5.csv"
    )
