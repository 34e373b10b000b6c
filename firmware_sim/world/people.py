"""Who comes to a station, when, and what for. Pure: everything follows from the seed.

Volumes follow reported figures: 2.4 visits a station-day in one city's smart stations, 12.4 in
the national mean of 2024; two peaks, at noon and in the evening.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final, Literal

CHINA: Final = timezone(timedelta(hours=8))
"""Asia/Shanghai has had no other offset since 1991."""
HOUR_MS: Final = 3_600_000
_NIGHT: Final = (0.6, 0.4, 0.3, 0.2, 0.2, 0.4)
_MORNING: Final = (1.2, 2.4, 3.0, 3.6, 6.0, 10.0)
_AFTERNOON: Final = (11.0, 8.0, 6.0, 5.0, 5.2, 7.5)
_EVENING: Final = (9.5, 8.5, 5.5, 3.4, 2.0, 1.1)
_HOURS: Final = (*_NIGHT, *_MORNING, *_AFTERNOON, *_EVENING)
SHARE_BY_HOUR: Final = tuple(weight / sum(_HOURS) for weight in _HOURS)
"""Share of a day's visits by hour of the local day; sums to 1."""
CheckIn = Literal["code", "tap", "label", "stale", "screenshot", "none"]
"""`label`: a parcel's bar code; `stale`: a code of an hour ago; `screenshot`: someone else's."""
_CHECK_INS: Final[tuple[tuple[CheckIn, float], ...]] = (
    ("code", 0.40),
    ("tap", 0.34),
    ("none", 0.18),
    ("label", 0.04),
    ("stale", 0.02),
    ("screenshot", 0.02),
)


@dataclass(frozen=True, kw_only=True)
class ChargePlan:
    """A device to charge: power, energy until full, and how long it is left, simulated s."""

    peak_mw: int
    wanted_wh: int
    stay_s: int


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One person's stay.

    `at` is simulated UTC ms, `rider` a number the caller maps to its phones, `draws` the cups
    and bottles filled, ml each.
    """

    at: int
    rider: int
    check_in: CheckIn
    charge: ChargePlan | None
    draws: tuple[int, ...]
    takes_umbrella: bool
    back_after_s: int | None
    """When the umbrella comes back, simulated s; None: never."""
    back_here: bool
    patience: float
    """0 to 1: how long this person thinks between two acts."""


def visits(
    seed: str, *, per_day: float, start: int, riders: int, rainy: bool | None = None
) -> Iterator[Visit]:
    """Visits from `start` on, without end.

    Args:
        seed: makes every choice; the same seed gives the same people.
        per_day: mean visits a day, more than 0.
        start: simulated UTC ms.
        riders: how many phones there are to choose from.
        rainy: whether it rains; None lets the seed decide, six hours at a time.
    """
    rng = random.Random(seed)
    at = float(start)
    while True:
        at = _next_arrival(rng, at, per_day)
        rain = _rain(seed, int(at)) if rainy is None else rainy
        yield _visit(rng, int(at), riders, rain=rain)


def local_hour(at: int) -> int:
    """Hour of the local day, 0 to 23, of UTC ms."""
    return datetime.fromtimestamp(at / 1000, CHINA).hour


def _next_arrival(rng: random.Random, at: float, per_day: float) -> float:
    """Poisson arrivals whose rate changes with the hour (thinning, Lewis and Shedler 1979)."""
    top = max(SHARE_BY_HOUR) * per_day / HOUR_MS
    while True:
        at += rng.expovariate(top)
        if rng.random() * max(SHARE_BY_HOUR) <= SHARE_BY_HOUR[local_hour(int(at))]:
            return at


def _visit(rng: random.Random, at: int, riders: int, *, rain: bool) -> Visit:
    takes = rng.random() < (0.40 if rain else 0.06)
    return Visit(
        at=at,
        rider=rng.randrange(max(riders, 1)),
        check_in=rng.choices([c for c, _ in _CHECK_INS], [w for _, w in _CHECK_INS])[0],
        charge=charge_plan(rng) if rng.random() < 0.55 else None,
        draws=draw_plan(rng),
        takes_umbrella=takes,
        back_after_s=None if rng.random() < 0.06 else round(rng.lognormvariate(8.8, 0.8)),
        back_here=rng.random() < 0.6,
        patience=rng.random(),
    )


def charge_plan(rng: random.Random) -> ChargePlan:
    """A phone, a power bank or the battery of an electric bike."""
    kind = rng.random()
    if kind < 0.55:
        power_w, wanted_wh = rng.randint(16, 30), rng.randint(6, 16)
    elif kind < 0.75:
        power_w, wanted_wh = rng.randint(18, 45), rng.randint(20, 60)
    else:
        power_w, wanted_wh = rng.randint(120, 240), rng.randint(120, 600)
    return ChargePlan(
        peak_mw=power_w * 1_000,
        wanted_wh=wanted_wh,
        stay_s=round(60 * min(120, max(8, rng.lognormvariate(3.3, 0.5)))),
    )


def draw_plan(rng: random.Random) -> tuple[int, ...]:
    """No water, a cup, a bottle, or more of them: ml each."""
    cups = rng.choices((0, 1, 2, 3), (0.38, 0.40, 0.17, 0.05))[0]
    return tuple(rng.choice((250, 300, 350, 500, 600, 1_000)) for _ in range(cups))


def _rain(seed: str, at: int) -> bool:
    """One sky over the county: the part of the seed before the first colon decides."""
    sky = seed.split(":", 1)[0]
    return random.Random(f"{sky}:rain:{at // (6 * HOUR_MS)}").random() < 0.2
