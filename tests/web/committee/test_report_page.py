"""What the committee's pages and downloads answer, and to whom."""

import csv
import io
import json
import re
from urllib.parse import unquote

from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import delete

from server.storage.tables import (
    CoverageHour,
    Device,
    RollupHour,
    Station,
    UnitState,
    VisitPerson,
)
from tests.support.county_site import signed_in
from tests.support.site import Site

PATHS = ("/c", "/c/report.xlsx", "/c/report.csv")


def cells(html: str, name: str) -> list[str]:
    """Text of the row of a place in the table of areas."""
    row = re.search(rf'<a href="[^"]*"[^>]*>{name}</a></th>(.*?)</tr>', html, re.DOTALL)
    assert row is not None
    return [text.replace("&lt;", "<") for text in re.findall(r"<td[^>]*>([^<]*)</td>", row[1])]


def test_strangers_are_sent_to_the_sign_in_page_and_keepers_refused(app: Flask) -> None:
    keeper = signed_in(app, "k1")
    for path in PATHS:
        answer = app.test_client().get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login")
        assert keeper.get(path).status_code == 403


def test_the_table_shows_known_figures_and_says_what_is_not_known(app: Flask) -> None:
    html = signed_in(app, "c1").get("/c?month=2026-09").text
    assert cells(html, "七里庄站")[:6] == ["400", "96.5", "900", "456", "60", "51"]
    assert cells(html, "舜师路站")[:2] == ["15*", "3.3*"]
    assert cells(html, "胜利站") == [*["数据不足"] * 11, "34.0%"]
    assert "单县新就业群体服务站运行情况（2026年9月）" in html


def test_a_month_without_data_says_that_it_is_not_zero(app: Flask) -> None:
    html = signed_in(app, "c1").get("/c?month=2026-06").text
    assert "没有收到任何站点的数据" in html
    assert set(cells(html, "单县")) == {"—", "0.0%"}


def test_rows_are_sorted_within_their_area_and_the_heading_tells(app: Flask) -> None:
    client = signed_in(app, "c1")
    html = client.get("/c?month=2026-08&sort=visits&order=asc").text
    assert html.index(">北城街道</a>") < html.index(">南城街道</a>")
    assert html.index(">七里庄北站</a>") < html.index(">七里庄站</a>")
    assert html.count('aria-sort="ascending"') == 1
    html = client.get("/c?month=2026-08&sort=visits").text
    assert html.index(">南城街道</a>") < html.index(">北城街道</a>")
    assert html.count('aria-sort="descending"') == 1


def test_nonsense_in_the_address_is_the_present_month_of_the_county(app: Flask) -> None:
    client = signed_in(app, "c1")
    for query in ("month=x&scope=y&sort=z&order=q", "month=1999-01", "scope=" + "a" * 5_000):
        answer = client.get(f"/c?{query}")
        assert answer.status_code == 200
        assert "（2026年10月）" in answer.text
        assert "本月未结束" in answer.text


def test_the_chart_has_no_figure_the_table_hides(app: Flask) -> None:
    html = signed_in(app, "c1").get("/c?month=2026-09&scope=station:4").text
    found = re.search(r'<script type="application/json" id="trend">(.*?)</script>', html)
    assert found is not None
    trend = json.loads(found[1])
    assert trend["place"] == "胜利站"
    charge = next(each for each in trend["measures"] if each["key"] == "charge")
    code = next(each for each in trend["measures"] if each["key"] == "visit_code")
    assert trend["months"][8] == "2026年6月"
    assert charge["points"][8] == {"value": None, "text": "—"}
    assert charge["points"][10] == {"value": 700.0, "text": "700"}
    assert charge["points"][11] == {"value": None, "text": "数据不足"}
    assert {point["text"] for point in code["points"]} == {"<5", "—", "数据不足"}


def test_downloads_have_chinese_names_and_the_figures_of_the_page(app: Flask) -> None:
    client = signed_in(app, "c1")
    page = client.get("/c?month=2026-09").text
    sheet = client.get("/c/report.xlsx?month=2026-09")
    name = "单县新就业群体服务站运行情况（2026年9月）"
    assert unquote(sheet.headers["Content-Disposition"]).endswith(f"''{name}.xlsx")
    assert sheet.headers["Cache-Control"] == "no-store"
    book = load_workbook(io.BytesIO(sheet.data))
    assert book["运行情况"]["D8"].value == 400
    text = client.get("/c/report.csv?month=2026-09")
    assert unquote(text.headers["Content-Disposition"]).endswith(f"''{name}.csv")
    rows = list(csv.reader(io.StringIO(text.data.decode("utf-8-sig"))))
    station = next(row for row in rows if "七里庄北站" in row)
    assert station[6:-1] == cells(page, "七里庄北站")[:-1]


def test_a_county_without_stations_says_what_will_appear(site: Site, app: Flask) -> None:
    with site.writing() as session:
        for table in (UnitState, Device, RollupHour, CoverageHour, VisitPerson):
            session.execute(delete(table))
    client = signed_in(app, "c1")
    with site.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM account WHERE role = 'keeper'")
        session.execute(delete(Station))
    assert "还没有站点" in client.get("/c").text
    assert client.get("/c/report.xlsx").status_code == 200
    assert client.get("/c/report.csv").status_code == 200
