"""Figures as people work them out by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.indicators import (
    Completeness,
    Grade,
    change_text,
    expected_buckets,
    kilo,
    month_label,
    month_text,
    months_until,
    parse_month,
    percent,
    rounded,
    total,
)


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [("0.5", 0, "1"), ("2.5", 0, "3"), ("-2.5", 0, "-3"), ("0.05", 1, "0.1"), ("1.25", 1, "1.3")],
)
def test_a_half_is_rounded_up(value: str, places: int, expected: str) -> None:
    assert rounded(Decimal(value), places) == Decimal(expected)


@given(st.integers(0, 10**12), st.integers(0, 3))
def test_rounding_is_never_off_by_more_than_half_a_unit(value: int, places: int) -> None:
    unit = Decimal(1).scaleb(-places)
    result = kilo(value, places)
    exact = Decimal(value) / 1000
    assert abs(result - exact) <= unit / 2
    assert result - exact > -unit / 2 or result == exact
    assert result == result.quantize(unit)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_within_a_twentieth_of_a_percent(part: int, whole: int) -> None:
    share = percent(part, whole)
    assert share is not None
    assert abs(share * whole - part * 100) * 20 <= whole


def test_a_share_of_nothing_is_not_a_number() -> None:
    assert percent(0, 0) is None


@pytest.mark.parametrize(
    ("good", "expected", "grade"),
    [
        (0, 0, Grade.NOTHING),
        (0, 100, Grade.NOTHING),
        (59_999, 100_000, Grade.INSUFFICIENT),
        (60, 100, Grade.PARTIAL),
        (89_999, 100_000, Grade.PARTIAL),
        (90, 100, Grade.FULL),
        (101, 100, Grade.FULL),
    ],
)
def test_completeness_is_judged_before_it_is_rounded(
    good: int, expected: int, grade: Grade
) -> None:
    assert Completeness(good, expected).grade is grade


def test_completeness_of_an_area_weighs_stations_by_time() -> None:
    whole = total([Completeness(100, 100), Completeness(0, 300)])
    assert whole == Completeness(100, 400)
    assert whole.rate == Decimal("25.0")
    assert Completeness(5, 4).rate == Decimal("100.0")
    assert Completeness().rate is None


@pytest.mark.parametrize(
    ("since_ms", "now_hour", "buckets"),
    [
        (0, 1_000, 24 * 12),
        (0, 110, 10 * 12),
        (0, 100, 0),
        (0, 90, 0),
        (110 * 3_600_000, 1_000, 14 * 12),
        (110 * 3_600_000 + 1, 1_000, 13 * 12),
        (200 * 3_600_000, 1_000, 0),
    ],
)
def test_only_whole_hours_in_service_are_expected(
    since_ms: int, now_hour: int, buckets: int
) -> None:
    found = expected_buckets(hours=range(100, 124), in_service_from=since_ms, now_hour=now_hour)
    assert found == buckets


@pytest.mark.parametrize(
    ("current", "previous", "text"),
    [
        ("110", "100", "增长10.0%"),
        ("100", "300", "下降66.7%"),
        ("25", "20", "增长25.0%"),
        ("25", "19", "增加6次"),
        ("3", "19", "减少16次"),
        ("3", "0", "上期为0"),
        ("0", "0", "持平"),
        ("7", "7", "持平"),
        (None, "7", "—"),
        ("7", None, "—"),
    ],
)
def test_the_month_before_is_compared_by_the_size_of_its_base(
    current: str | None, previous: str | None, text: str
) -> None:
    now = None if current is None else Decimal(current)
    before = None if previous is None else Decimal(previous)
    assert change_text(now, before, unit="次") == text


@given(st.integers(2020, 2099), st.integers(1, 12))
def test_a_month_survives_the_url(year: int, number: int) -> None:
    assert parse_month(month_text(year * 100 + number)) == year * 100 + number


@given(st.text(max_size=12))
def test_any_other_text_is_no_month(text: str) -> None:
    month = parse_month(text)
    assert month is None or month_text(month) == text


def test_months_run_over_the_turn_of_the_year() -> None:
    assert months_until(202602, 4) == (202511, 202512, 202601, 202602)
    assert month_label(202602) == "2026年2月"
