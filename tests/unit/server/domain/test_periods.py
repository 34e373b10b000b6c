from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.periods import (
    Period,
    add_months,
    day_of,
    day_period,
    hour_of,
    month_of,
    month_period,
)

INSTANTS = st.integers(1_577_836_800_000, 4_102_444_799_999)


def test_october_2026_runs_from_local_midnight_to_local_midnight() -> None:
    assert month_period(202610) == Period(1_790_784_000_000, 1_793_462_400_000)
    assert len(month_period(202610).hours) == 31 * 24


def test_the_last_millisecond_of_a_local_day_belongs_to_it() -> None:
    start, end = day_period(20261231)
    assert day_of(start) == day_of(end - 1) == 20261231
    assert (day_of(start - 1), day_of(end)) == (20261230, 20270101)
    assert (month_of(end - 1), month_of(end)) == (202612, 202701)


@given(INSTANTS)
def test_days_agree_with_the_time_zone_database(instant: int) -> None:
    local = datetime.fromtimestamp(instant // 1_000, ZoneInfo("Asia/Shanghai"))
    assert day_of(instant) == int(local.strftime("%Y%m%d"))
    assert month_of(instant) == int(local.strftime("%Y%m"))


@given(INSTANTS)
def test_an_instant_lies_within_its_own_hour_day_and_month(instant: int) -> None:
    month, day = month_period(month_of(instant)), day_period(day_of(instant))
    assert month.start <= day.start <= instant < day.end <= month.end
    assert hour_of(instant) in day.hours


@given(st.integers(2000, 2090), st.integers(1, 12), st.integers(-600, 600))
def test_months_can_be_counted_forth_and_back(year: int, month: int, count: int) -> None:
    start = year * 100 + month
    there = add_months(start, count)
    assert 1 <= there % 100 <= 12
    assert add_months(there, -count) == start


def test_months_of_a_year_follow_each_other() -> None:
    assert add_months(202612, 1) == 202701
    assert add_months(202601, -1) == 202512
    assert add_months(202611, -12) == 202511


@pytest.mark.parametrize("month", [202600, 202613, 0])
def test_there_is_no_such_month(month: int) -> None:
    with pytest.raises(ValueError, match=r"month|year"):
        month_period(month)


def test_there_is_no_thirtieth_of_february() -> None:
    with pytest.raises(ValueError, match="day"):
        day_period(20260230)
