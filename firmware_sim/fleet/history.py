"""People of past days: the events a station reported, and the acts behind them. Pure."""

import heapq
import itertools
import random
from collections.abc import Collection, Iterator
from typing import Final

from firmware_sim.fleet.profile import WATCHED, Profile
from firmware_sim.fleet.things import Past, Told
from firmware_sim.world.people import HOUR_MS, visits
from firmware_sim.world.phones import Phone
from protocol import events as ev

BUCKET_MS: Final = 300_000
END_BEFORE_MS: Final = BUCKET_MS
"""History ends this long before now: then the live agent goes on."""
_FULL: Final = HOUR_MS // BUCKET_MS
_RESTOCK_BELOW: Final = 3


def history(profile: Profile, phones: list[Phone], *, final_state: bool = False) -> list[Told]:
    """Everything one station reported, in the order of `at`.

    Args:
        profile: whose past, from when to when.
        phones: riders' phones, for visits by code.
        final_state: whether the last known state of every unit is told at the end (a station
            with a live agent tells its own).
    """
    past = Past(profile, phones)
    told = [*_devices(profile), *_people(profile, past, len(phones)), *_coverage(profile)]
    told.sort(key=lambda item: (item.event.at, type(item.event).__name__))
    if final_state:
        told += _state(profile, past.hooks)
    return told


def _people(profile: Profile, past: Past, riders: int) -> Iterator[Told]:
    rng = random.Random(f"{profile.seed}:share")
    order = itertools.count()
    returning: list[tuple[int, int, str]] = []
    for slot in range(6):
        yield from _only(past.return_umbrella(profile.start + 600_000 + slot * 60_000))
    arrivals = visits(profile.seed, per_day=profile.top_per_day, start=profile.start, riders=riders)
    for visit in itertools.takewhile(lambda v: v.at < profile.end, arrivals):
        if rng.random() >= profile.share(visit.at):
            continue
        while returning and returning[0][0] <= visit.at:
            due, _, tag = heapq.heappop(returning)
            yield from _only(past.return_umbrella(due, tag))
        if len(past.hooks) < _RESTOCK_BELOW:
            yield from _only(past.return_umbrella(visit.at))
        yield from _only(past.check_in(visit))
        if visit.charge is not None:
            yield from _only(past.charge(visit.at + 45_000, visit.charge))
        for ml in visit.draws:
            yield from _only(past.draw(visit.at + 90_000, ml))
        if visit.takes_umbrella and (taken := past.take_umbrella(visit.at + 600_000)):
            yield taken[0]
            if visit.back_after_s is not None:
                due = taken[0].event.at + 60_000 + visit.back_after_s * 1_000
                heapq.heappush(returning, (due, next(order), taken[1]))


def _coverage(profile: Profile) -> Iterator[Told]:
    """Good 5-minute buckets, told once an hour."""
    rng = random.Random(f"{profile.seed}:coverage")
    for hour in range(profile.start - profile.start % HOUR_MS, profile.end, HOUR_MS):
        devices: dict[str, int] = {}
        for device in WATCHED:
            good = _good_buckets(profile, device, hour)
            devices[device] = good - (good == _FULL and rng.random() < 0.01)
        at = min(hour + HOUR_MS, profile.end)
        cut = profile.dark("station", hour, at)
        if cut is not None and cut.ended >= at:
            # Told with the last of its power, as far as anybody can tell afterwards.
            at = max(hour, cut.began)
        if any(devices.values()):
            event = ev.Coverage(at=at, mono=at - profile.start, start=hour, devices=devices)
            yield Told(event, None)


def _good_buckets(profile: Profile, device: str, hour: int) -> int:
    whole = profile.start <= hour and hour + HOUR_MS <= profile.end
    if whole and profile.dark(device, hour, hour + HOUR_MS) is None:
        return _FULL
    return sum(
        1
        for bucket in range(hour, hour + HOUR_MS, BUCKET_MS)
        if profile.start <= bucket <= profile.end - BUCKET_MS
        and profile.dark(device, bucket, bucket + BUCKET_MS) is None
    )


def _devices(profile: Profile) -> Iterator[Told]:
    """Each device answers at first; a dead one is told within a minute, and its return too."""
    for device in WATCHED:
        yield _condition(profile, device, profile.start + 5_000, "ok")
    for outage in profile.outages:
        if outage.device is None:
            continue
        changes: tuple[tuple[int, ev.Condition], ...] = (
            (outage.began, "mute"),
            (outage.ended, "ok"),
        )
        for at, condition in changes:
            told_at = max(at + 30_000, profile.start)
            if told_at < profile.end and profile.dark("station", told_at, told_at + 1) is None:
                yield _condition(profile, outage.device, told_at, condition)


def _condition(profile: Profile, device: str, at: int, condition: ev.Condition) -> Told:
    event = ev.Device(at=at, mono=at - profile.start, device=device, condition=condition)
    return Told(event, None)


def _state(profile: Profile, hooks: Collection[int]) -> Iterator[Told]:
    at = profile.end
    values = [("charger", socket, "port_state", 1) for socket in range(1, 5)]
    values += [("water", 1, "temp_mc", 93_000), ("water", 1, "flowing", 0)]
    values += [("rack", slot, "slot_state", int(slot in hooks)) for slot in range(1, 9)]
    for device, unit, cap, value in values:
        event = ev.State(
            at=at, mono=at - profile.start, device=device, unit=unit, cap=cap, value=value
        )
        yield Told(event, None)


def _only(told: Told | None) -> tuple[Told, ...]:
    return () if told is None else (told,)
