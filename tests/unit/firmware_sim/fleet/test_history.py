"""A station's past is plausible, follows from the seed, and agrees with its own ledger."""

from collections import Counter, defaultdict
from typing import Any

import pytest

from firmware_sim.fleet.history import BUCKET_MS, history
from firmware_sim.fleet.options import past_of
from firmware_sim.fleet.profile import DAY_MS, WATCHED, Profile, profile
from firmware_sim.fleet.things import Told
from firmware_sim.ledger.act import Record
from firmware_sim.reconcile.match import reconcile, roll_up
from firmware_sim.reconcile.records import Fact
from firmware_sim.world.people import HOUR_MS, local_hour
from protocol import events as ev
from protocol.credential import from_digits, parse_token, scan_hash, to_digits, verify
from tests.unit.firmware_sim.world.test_phones import SERVER, enrolled

NOW = 1_764_000_123_456
PHONES = [enrolled("ed25519", f"phone-{n:03}") for n in range(1, 6)]


def past(station: str = "yz-003", days: int = 60) -> Profile:
    return past_of(station, days=days, seed=1, now_ms=NOW)


def as_fact(station: str, seq: int, event: ev.Event) -> Fact | None:
    """A fact row as a server that misses nothing would write it."""
    used: dict[str, Any] = {}
    match event:
        case ev.Charge():
            used = {"kind": "charge", "began": event.start, "amount": event.wh}
        case ev.Draw():
            used = {"kind": "draw", "began": event.start, "amount": event.ml}
        case ev.UmbrellaTaken():
            used = {"kind": "umbrella_taken", "tag": event.tag}
        case ev.UmbrellaReturned():
            used = {"kind": "umbrella_returned", "tag": event.tag}
        case ev.Visit():
            used = {"kind": "visit", "word": event.by, "tag": event.scan}
        case ev.Refused():
            used = {"kind": "refused", "word": event.reason, "tag": event.scan}
    if isinstance(event, ev.Charge | ev.Draw | ev.UmbrellaTaken | ev.UmbrellaReturned):
        used |= {"device": event.device, "unit": event.unit}
    empty = Fact(station, 1, seq, "", event.at, None, None, None, None, None, None, 0)
    return empty._replace(**used) if used else None


def test_events_and_acts_of_one_past_balance() -> None:
    told = history(past(), PHONES)
    facts = [
        fact
        for seq, item in enumerate(told)
        if (fact := as_fact("yz-003", seq, item.event)) is not None
    ]
    records = [Record("yz-003", n, item.act) for n, item in enumerate(told) if item.act]
    outcome = reconcile(records, facts, roll_up(facts))
    assert outcome.differences == ()
    assert outcome.events == len(records) > 500
    assert all(total.acts > 0 for total in outcome.totals)


def test_the_same_seed_gives_the_same_past() -> None:
    one, two = history(past(days=20), PHONES), history(past(days=20), PHONES)
    assert [item.event for item in one] == [item.event for item in two]
    assert history(past("yz-004", 20), PHONES) != one


def test_events_come_in_order_within_their_time_and_end_before_now() -> None:
    station = past()
    told = history(station, PHONES, final_state=True)
    times = [item.event.at for item in told]
    assert times == sorted(times)
    assert station.start <= times[0]
    assert times[-1] == station.end
    assert NOW - 2 * BUCKET_MS < station.end <= NOW - BUCKET_MS
    assert all(item.event.mono == item.event.at - station.start for item in told)
    assert local_hour(station.start) == 0
    for item in told:
        ev_bytes = ev.encode(item.event)
        assert len(ev_bytes) < 1_000


def test_nobody_uses_what_is_dark_and_its_coverage_is_missing() -> None:
    station = past("yz-017", 100)
    told = history(station, PHONES)
    long = [o for o in station.outages if o.device is None and o.ended - o.began > 9 * DAY_MS]
    assert len(long) == 1
    during = [item for item in told if long[0].began < item.event.at < long[0].ended - HOUR_MS]
    assert during == []
    good: dict[tuple[int, str], int] = defaultdict(int)
    for item in told:
        if isinstance(item.event, ev.Coverage):
            for device, count in item.event.devices.items():
                good[item.event.start, device] += count
    assert max(good.values()) == 12
    assert {device for _, device in good} == set(WATCHED)
    dead = [o for o in station.outages if o.device == "charger" and o.ended - o.began > HOUR_MS]
    for outage in dead:
        hour = -(-outage.began // HOUR_MS) * HOUR_MS
        assert good[hour, "charger"] < 12
    for item in told:
        if item.act is not None and item.act.device in WATCHED:
            assert station.dark(item.act.device, item.act.began + 1, item.act.ended) is None


def test_coverage_stays_within_its_hour_and_stops_where_the_live_agent_begins() -> None:
    station = past(days=2)
    covered = [i.event for i in history(station, []) if isinstance(i.event, ev.Coverage)]
    last = covered[-1]
    assert last.start == station.end // HOUR_MS * HOUR_MS
    assert all(n <= (station.end - last.start) // BUCKET_MS for n in last.devices.values())
    assert all(e.start % HOUR_MS == 0 and e.start <= e.at <= e.start + HOUR_MS for e in covered)


def test_codes_are_genuine_of_their_time_and_never_used_twice() -> None:
    told = history(past("yz-001"), PHONES) + history(past("yz-002"), PHONES)
    key = {1: SERVER.public_key().public_bytes_raw()}
    used = Counter[tuple[bytes, int]]()
    shown: dict[bytes, str] = {}
    for item in told:
        event = item.event
        if not isinstance(event, ev.Visit) or event.by != "code":
            continue
        assert event.token is not None
        token = parse_token(event.token)
        verify(token, key)
        late_s = event.at / 1_000 - token.ts
        assert (
            (300 if event.clock == "amber" else 0)
            <= late_s
            <= (340 if event.clock == "amber" else 40)
        )
        digits = to_digits(event.token)
        assert scan_hash(digits) == event.scan
        assert from_digits(digits) == event.token
        used[token.certificate.phone_key, token.ts] += 1
        shown[event.token] = digits
    assert len(shown) > 50
    assert max(used.values()) == 1


def test_without_phones_people_press_the_button() -> None:
    kinds = Counter(i.event.by for i in history(past(), []) if isinstance(i.event, ev.Visit))
    assert set(kinds) == {"tap"}


def test_stations_differ_and_the_youngest_has_very_little() -> None:
    end = NOW // BUCKET_MS * BUCKET_MS
    counties = [
        profile(f"yz-{n:03}", seed=1, start=end - 395 * DAY_MS, end=end) for n in range(1, 25)
    ]
    rates = [station.per_day for station in counties]
    assert min(rates) < 3
    assert 8 < max(rates) <= 12.4
    youngest = counties[-1]
    assert youngest.end - youngest.start <= 21 * DAY_MS
    assert len(acts(history(youngest, PHONES))) < 120
    assert [c.station for c in counties if c.opens == 0] == ["yz-001", "yz-007", "yz-013", "yz-019"]


def acts(told: list[Told]) -> list[Told]:
    return [item for item in told if item.act is not None]


@pytest.mark.parametrize("hour", [2, 5, 23])
def test_nobody_comes_to_a_closed_station(hour: int) -> None:
    visits = [i for i in history(past("yz-003"), PHONES) if isinstance(i.event, ev.Visit)]
    assert not [i for i in visits if local_hour(i.event.at) == hour]
