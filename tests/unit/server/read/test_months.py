"""What the committee reads of a month: known figures, known gaps, nobody's secret."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Engine, delete, insert, update
from sqlalchemy.orm import Session

from server.domain.figures import Status
from server.domain.periods import month_period
from server.services.report import Report, month_report
from server.services.tabulate import SettledMonths
from server.storage.read.months import People, read_coverage, read_people, read_use
from server.storage.tables import (
    CoverageHour,
    Evidence,
    Fact,
    Gap,
    Quarantine,
    Region,
    RollupHour,
    Station,
    VisitPerson,
)
from tests.support.county import (
    LAST_MONTH,
    MISSING_MONTH,
    NOW,
    THIS_MONTH,
    counting,
)

COUNTY = "371722"
SOUTH = "371722002"
QILIZHUANG = "371722002006"


@pytest.fixture
def year(county_engine: Engine) -> Iterator[Session]:
    with Session(county_engine) as session:
        yield session


def texts(report: Report, place: str, *keys: str) -> list[str]:
    return [report.table.figures[place][key].text for key in keys]


def test_a_month_begins_at_local_midnight(session: Session) -> None:
    hours = month_period(LAST_MONTH).hours
    session.execute(
        insert(RollupHour),
        [
            {"station_no": 1, "hour": hour, "measure": "charge", "n": n, "amount": 0, "seconds": 0}
            for hour, n in (
                (hours.start - 1, 1),
                (hours.start, 10),
                (hours.stop - 1, 100),
                (hours.stop, 1_000),
            )
        ],
    )
    use = read_use(session, (202608, LAST_MONTH, THIS_MONTH))
    assert sorted((row.month, row.n) for row in use) == [
        (202608, 1),
        (LAST_MONTH, 110),
        (THIS_MONTH, 1_000),
    ]
    assert read_use(session, (LAST_MONTH,)) == [(1, LAST_MONTH, "charge", 110, 0)]


def test_sums_and_completeness_are_those_of_the_month(year: Session) -> None:
    use = {(row.station_no, row.measure): (row.n, row.amount) for row in read_use(year, (202608,))}
    assert use[1, "charge"] == (400, 96_450)
    assert use[4, "visit_tap"] == (45, 0)
    good = {(row.station_no, row.device): row.good for row in read_coverage(year, (LAST_MONTH,))}
    assert good[1, "charger"] == 720 * 12
    assert good[3, "rack"] == 576 * 12


def test_both_databases_read_the_same_months(session: Session) -> None:
    hour = month_period(LAST_MONTH).hours.start
    session.execute(
        insert(CoverageHour),
        [
            {"station_no": no, "hour": hour + at, "device": "rack", "good": good}
            for no, at, good in ((1, -1, 3), (1, 0, 12), (1, 1, 7), (2, 1, 5))
        ],
    )
    session.execute(
        insert(VisitPerson),
        [
            {"station_no": no, "day": day, "pid": bytes([person]) * 16}
            for no, day, person in (
                (1, 20260831, 1),
                (1, 20260901, 1),
                (1, 20260902, 1),
                (2, 20260930, 1),
                (2, 20260930, 2),
                (4, 20260901, 3),
            )
        ],
    )
    assert set(read_coverage(session, (202608, LAST_MONTH))) == {
        (1, 202608, "rack", 3),
        (1, LAST_MONTH, "rack", 19),
        (2, LAST_MONTH, "rack", 5),
    }
    assert set(read_people(session, (LAST_MONTH,))) == {
        ("station:1", LAST_MONTH, 1),
        ("station:2", LAST_MONTH, 2),
        ("station:4", LAST_MONTH, 1),
        (QILIZHUANG, LAST_MONTH, 2),
        (SOUTH, LAST_MONTH, 2),
        ("371722001001-1", LAST_MONTH, 1),
        ("371722001001", LAST_MONTH, 1),
        ("371722001", LAST_MONTH, 1),
        (COUNTY, LAST_MONTH, 3),
    }


def test_a_person_in_two_places_counts_once_in_the_area_around_both(year: Session) -> None:
    people = read_people(year, (202608,))
    assert People(QILIZHUANG, 202608, 37) in people
    assert People("station:2", 202608, 9) in people
    assert People(SOUTH, 202608, 41) in people
    assert People(COUNTY, 202608, 43) in people
    assert People("371722001001-1", 202608, 2) in people


def test_the_report_shows_what_may_be_shown(year: Session) -> None:
    report = month_report(year, month=202608, now=NOW)
    assert report.title == "单县新就业群体服务站运行情况（2026年8月）"
    assert texts(report, COUNTY, "charge", "charge_kwh", "draw_l") == ["1,235", "138.8", "647"]
    assert texts(report, "station:1", "charge_kwh", "visits", "people") == ["96.5", "402", "37"]
    assert texts(report, "station:4", "visit_code", "people") == ["<5", "<5"]
    assert texts(report, "station:3", "people") == ["<5"]
    assert report.dc_text(COUNTY) == "100.0%"


def test_a_small_count_cannot_be_had_by_subtraction(year: Session) -> None:
    report = month_report(year, month=202608, now=NOW)
    figures = report.table.figures
    assert figures["station:2"]["visit_tap"].status is Status.SMALL
    assert (
        figures["station:1"]["visit_tap"].value is None
        or figures[QILIZHUANG]["visit_tap"].value is None
    )


def test_incomplete_data_is_starred_and_insufficient_data_is_not_ranked(year: Session) -> None:
    report = month_report(year, month=LAST_MONTH, now=NOW)
    assert texts(report, "station:3", "charge") == ["15*"]
    assert texts(report, "station:4", "charge", "visits") == ["数据不足", "数据不足"]
    assert texts(report, "station:4", "umbrella_taken") == ["数据不足"]
    order = [place.name for place in report.sorted_places("charge") if place.level == "station"]
    assert order == ["七里庄站", "七里庄北站", "舜师路站", "胜利站"]
    streets = [place.name for place in report.sorted_places("charge") if place.level == "street"]
    assert streets == ["南城街道", "北城街道"]


def test_a_month_without_any_data_is_a_dash_and_not_zero(year: Session) -> None:
    report = month_report(year, month=MISSING_MONTH, now=NOW)
    assert report.empty
    assert set(texts(report, COUNTY, "charge", "visits", "people")) == {"—"}
    assert report.dc_text(COUNTY) == "0.0%"
    assert [figure.text for figure in report.trend(COUNTY, "charge")][8:10] == ["—", "1,235"]


def test_nothing_used_in_a_watched_month_is_zero(year: Session) -> None:
    report = month_report(year, month=202608, now=NOW)
    assert texts(report, "station:4", "draw", "draw_l", "umbrella_taken") == ["0", "0", "0"]
    assert texts(report, "station:3", "visit_keeper") == ["0"]


def test_the_month_before_is_compared_only_when_both_are_whole(year: Session) -> None:
    year.execute(
        update(RollupHour)
        .where(
            RollupHour.station_no == 1,
            RollupHour.measure == "charge",
            RollupHour.hour >= month_period(202608).hours.start,
            RollupHour.hour < month_period(202608).hours.stop,
        )
        .values(n=440)
    )
    august = month_report(year, month=202608, now=NOW)
    assert august.change("station:1", "charge") == "增长10.0%"
    assert august.change("station:1", "draw") == "持平"
    september = month_report(year, month=LAST_MONTH, now=NOW)
    assert september.change("station:3", "charge") == "—"
    july = month_report(year, month=202607, now=NOW)
    assert july.change("station:1", "charge") == "—"
    october = month_report(year, month=THIS_MONTH, now=NOW)
    assert october.change("station:1", "charge") == "—"
    assert not october.over


def test_an_unknown_month_means_the_one_under_way(session: Session) -> None:
    for month in (None, 202509, 202611):
        report = month_report(session, month=month, now=NOW)
        assert report.month == THIS_MONTH
    assert report.months[0] == 202510
    assert report.period_text == "2026年10月1日至2026年10月14日21:46（本月未结束）"


def test_areas_without_a_station_are_counted_and_not_listed(year: Session) -> None:
    report = month_report(year, month=202608, now=NOW)
    assert [(place.name, place.depth) for place in report.places] == [
        ("单县", 0),
        ("南城街道", 1),
        ("七里庄社区", 2),
        ("七里庄站", 3),
        ("七里庄北站", 3),
        ("舜师路社区", 2),
        ("舜师路站", 3),
        ("北城街道", 1),
        ("胜利社区", 2),
        ("胜利站", 3),
    ]
    assert report.served_text == "3/4（75.0%）"


def test_a_county_without_stations_has_a_report_too(engine: Engine) -> None:
    with Session(engine) as session:
        report = month_report(session, month=None, now=NOW)
        assert (report.places, report.empty) == ((), True)
        session.add(
            Region(id="x", parent_id=None, level="county", name="单县", position=0, demo=True)
        )
        session.flush()
        assert month_report(session, month=None, now=NOW).places == ()


def test_a_report_costs_ten_queries_and_reads_no_fact(year: Session, county_engine: Engine) -> None:
    kept = SettledMonths()
    for _ in range(2):
        with counting(county_engine) as queries:
            month_report(year, month=202608, now=NOW, kept=kept)
        assert len(queries.statements) == 10
        assert not [text for text in queries.statements if Fact.__tablename__ + " " in text]


def test_settled_months_are_read_again_after_ten_minutes(year: Session) -> None:
    kept = SettledMonths()
    month_report(year, month=202608, now=NOW, kept=kept)
    year.execute(delete(RollupHour).where(RollupHour.measure == "charge"))
    again = month_report(year, month=202608, now=NOW + 1, kept=kept)
    assert texts(again, "station:1", "charge") == ["400"]
    october = month_report(year, month=THIS_MONTH, now=NOW + 1, kept=kept)
    assert texts(october, "station:1", "charge") == ["0"]
    later = month_report(year, month=202608, now=NOW + SettledMonths.KEEP_MS, kept=kept)
    assert texts(later, "station:1", "charge") == ["0"]


def test_credibility_counts_what_went_wrong_in_the_month(year: Session) -> None:
    start = month_period(LAST_MONTH).start
    for at in (month_period(202608).start - 1, start, start + 5):
        year.add(
            Quarantine(
                received=at,
                topic="yz/1/x/up/batch",
                reason="malformed",
                sentence="",
                size=1,
                payload=b"x",
            )
        )
    year.add(Gap(station_no=1, epoch=1, lo=5, hi=9, noticed=start, reason="dropped"))
    for seq, verdict in enumerate(("sound", "replayed", "replayed", "pending"), 1):
        year.add(Evidence(station_no=1, epoch=1, seq=seq, at=start, token=None, verdict=verdict))
    year.flush()
    report = month_report(year, month=LAST_MONTH, now=NOW)
    assert report.credibility_text == (
        "隔离消息2条，缺失事件5条，扫码凭证复核发现重复使用2件，待复核1件"
    )
    august = month_report(year, month=202608, now=NOW)
    assert august.credibility_text == "隔离消息0条，缺失事件0条，扫码凭证复核未发现问题"


def test_stations_out_of_touch_are_named_with_the_age_of_their_data(year: Session) -> None:
    year.execute(update(Station).where(Station.no == 2).values(link="lost"))
    year.execute(update(Station).where(Station.no == 3).values(last_seen=NOW - 3 * 3_600_000))
    year.execute(update(Station).where(Station.no == 4).values(link="never", last_seen=None))
    report = month_report(year, month=None, now=NOW)
    assert report.links_text == "站点在线2个，失联1个，未接入1个"
    assert report.links.late == (
        ("七里庄北站", "刚刚更新"),
        ("舜师路站", "3小时前的数据"),
        ("胜利站", "还没有数据"),
    )


def test_sorting_keeps_every_row_under_its_own_area(year: Session) -> None:
    report = month_report(year, month=202608, now=NOW)
    for key in ("charge", "people", "dc", None):
        for ascending in (False, True):
            rows = report.sorted_places(key, ascending=ascending)
            assert set(rows) == set(report.places)
            seen: set[str | None] = {None}
            for row in rows:
                assert row.parent in seen
                seen.add(row.id)
    smallest = report.sorted_places("visits", ascending=True)
    assert next(place.name for place in smallest if place.level == "station") == "胜利站"
    assert report.table.figures["station:1"]["charge_kwh"].value == Decimal("96.5")


def test_pseudonyms_of_another_month_are_not_counted(year: Session) -> None:
    year.execute(insert(VisitPerson), [{"station_no": 1, "day": 20260901, "pid": b"x" * 16}])
    assert People("station:1", 202608, 37) in read_people(year, (202608,))
    assert People("station:1", 202609, 38) in read_people(year, (202608, 202609))
