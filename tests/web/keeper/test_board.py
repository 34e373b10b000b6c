"""What a keeper reads about the own station, and that it is the own one."""

import re

from flask import Flask
from sqlalchemy import insert, update

from server.storage.tables import Device, RollupHour, Station
from tests.support.county import NOW
from tests.support.county_site import app_at, signed_in
from tests.support.site import Site

MINUTE = 60_000


def advices(html: str) -> list[str]:
    return re.findall(r'<li class="advice [a-z]+"[^>]*>([^<]+)</li>', html)


def test_a_stranger_is_sent_to_the_sign_in_page(app: Flask) -> None:
    for path in ("/k", "/k/board"):
        answer = app.test_client().get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login")


def test_the_committee_has_no_keeper_page(app: Flask) -> None:
    assert signed_in(app, "c1").get("/k").status_code == 403


def test_a_keeper_sees_the_own_station_whatever_the_address_says(app: Flask) -> None:
    client = signed_in(app, "k2")
    for path in ("/k", "/k?station=yz-001", "/k/board?station_no=1"):
        html = client.get(path).text
        assert "<h1>七里庄北站</h1>" in html
        assert "七里庄站<" not in html
    assert client.get("/k/yz-001").status_code == 404


def test_the_board_says_what_is_wrong_and_what_to_do(site: Site, app: Flask) -> None:
    with site.writing() as session:
        session.execute(
            update(Device)
            .where(Device.station_no == 1, Device.device == "charger")
            .values(condition="mute", detail="meter 2: no answer", condition_at=NOW - 12 * MINUTE)
        )
    html = signed_in(app, "k1").get("/k").text
    assert advices(html) == [
        "充电表2号12分钟没有回应，请检查电源和接线。",
        "充电口4号有故障，请拔下插头再试，仍不行请挂停用牌并报修。",
        "雨具架7号看不清有没有伞，请把伞挂到底。",
    ]
    assert "刚刚更新" in html
    assert "92℃ 热水有" in html


def test_a_station_out_of_touch_gets_one_advice_and_no_present_states(
    site: Site, app: Flask
) -> None:
    with site.writing() as session:
        session.execute(
            update(Station)
            .where(Station.no == 1)
            .values(link="lost", link_at=NOW - 3 * 60 * MINUTE, last_seen=NOW - 3 * 60 * MINUTE)
        )
    html = signed_in(app, "k1").get("/k/board").text
    assert advices(html) == ["本站失联3小时，请检查采集盒电源和网络；水电照常可用。"]
    assert "3小时前的数据" in html
    assert "最后一次知道的样子" in html
    assert 'class="chip yes"' not in html


def test_today_counts_from_local_midnight(site: Site, app: Flask) -> None:
    midnight = 497_752
    with site.writing() as session:
        session.execute(
            insert(RollupHour),
            [
                {
                    "station_no": 1,
                    "hour": hour,
                    "measure": measure,
                    "n": n,
                    "amount": amount,
                    "seconds": 0,
                }
                for hour, measure, n, amount in (
                    (midnight - 1, "charge", 90, 90_000),
                    (midnight, "charge", 2, 1_234),
                    (midnight + 5, "charge", 1, 1_001),
                    (midnight + 5, "draw", 3, 1_250),
                    (midnight + 5, "visit_tap", 4, 0),
                )
            ],
        )
    html = signed_in(app, "k1").get("/k/board").text
    figures = re.findall(r"<dd>([^<]+)<small>([^<]+)</small>", html)
    assert figures == [
        ("3", "次"),
        ("2.24", "kWh"),
        ("3", "次"),
        ("约1.3", "L"),
        ("0", "把"),
        ("0", "把"),
        ("0", "人次"),
        ("4", "人次"),
        ("0", "人次"),
    ]


def test_a_day_without_any_data_has_dashes_and_no_zeros(site: Site) -> None:
    tomorrow = signed_in(app_at(site, NOW + 24 * 60 * MINUTE), "k1").get("/k/board").text
    assert set(re.findall(r"<dd>([^<]+)<small>", tomorrow)) == {"—"}
    assert "24小时前的数据" in tomorrow


def test_a_name_cannot_become_markup(site: Site, app: Flask) -> None:
    with site.writing() as session:
        session.execute(
            update(Device).where(Device.station_no == 1).values(name="<script>x</script>")
        )
    html = signed_in(app, "k1").get("/k").text
    assert "<script>x" not in html
    assert "&lt;script&gt;x" in html


def test_the_demonstration_says_so(app: Flask) -> None:
    assert ">演示数据<" in signed_in(app, "k1").get("/k").text
