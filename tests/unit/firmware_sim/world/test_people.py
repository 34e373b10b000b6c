"""People follow from the seed, come at plausible hours, and want plausible things."""

import itertools
from collections import Counter

import pytest

from firmware_sim.world.command import start_ms
from firmware_sim.world.people import HOUR_MS, SHARE_BY_HOUR, Visit, local_hour, visits

DAY = 24 * HOUR_MS
START = 1_763_913_600_000  # 2025-11-24 00:00 in Shanghai


def some(seed: str, number: int) -> list[Visit]:
    people = visits(seed, per_day=8, start=START, riders=40)
    return list(itertools.islice(people, number))


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    assert some("7:yz-001", 200) == some("7:yz-001", 200)
    assert some("7:yz-001", 20) != some("8:yz-001", 20)
    assert some("7:yz-001", 20) != some("7:yz-002", 20)


def test_people_come_in_order_at_the_rate_asked_for_with_two_peaks() -> None:
    people = some("7:yz-001", 4_000)
    assert [p.at for p in people] == sorted(p.at for p in people)
    days = (people[-1].at - START) / DAY
    assert 4_000 / days == pytest.approx(8, rel=0.1)
    hours = Counter(local_hour(p.at) for p in people)
    assert hours[12] > 2 * hours[15]
    assert hours[18] > 1.3 * hours[16]
    assert hours[3] < hours[12] / 10


def test_wishes_are_those_of_a_station() -> None:
    people = some("7:yz-001", 2_000)
    assert {p.rider for p in people} == set(range(40))
    assert all(ml in (250, 300, 350, 500, 600, 1_000) for p in people for ml in p.draws)
    charges = [p.charge for p in people if p.charge is not None]
    assert 0.5 < len(charges) / 2_000 < 0.6
    assert all(480 <= c.stay_s <= 7_200 and 16_000 <= c.peak_mw <= 240_000 for c in charges)
    ways = Counter(p.check_in for p in people)
    assert set(ways) == {"code", "tap", "none", "label", "stale", "screenshot"}
    assert ways["code"] > ways["tap"] > ways["none"] > ways["label"]


def test_more_umbrellas_are_taken_in_the_rain() -> None:
    def taken(*, rainy: bool) -> int:
        people = visits("7:x", per_day=8, start=START, riders=4, rainy=rainy)
        return sum(p.takes_umbrella for p in itertools.islice(people, 1_000))

    assert taken(rainy=True) > 4 * taken(rainy=False) > 0


def test_shares_of_the_day_sum_to_one() -> None:
    assert len(SHARE_BY_HOUR) == 24
    assert sum(SHARE_BY_HOUR) == pytest.approx(1)


def test_the_simulated_day_begins_at_the_local_hour_asked_for() -> None:
    noon_s = (START + 12 * HOUR_MS) / 1_000
    assert start_ms(noon_s, None) == START + 12 * HOUR_MS
    assert start_ms(noon_s, 11.5) == START + round(11.5 * HOUR_MS)
