"""What sets one station's past apart: how busy, how open, since when, when dark. Pure."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from firmware_sim.world.people import CHINA, HOUR_MS, local_hour

DAY_MS: Final = 24 * HOUR_MS
WATCHED: Final = ("charger", "water", "rack", "scanner", "gpio")
"""Devices whose coverage is reported."""
_MONTHS: Final = (0.80, 0.72, 0.95, 1.00, 1.05, 1.15, 1.25, 1.22, 1.05, 1.00, 1.10, 0.98)
"""January to December: fewer riders around the Spring Festival, more in the heat."""
_WEEKDAYS: Final = (0.97, 0.95, 0.96, 1.00, 1.08, 1.06, 0.98)
_BUSIEST: Final = max(_MONTHS) * max(_WEEKDAYS) * 1.2
_NUMBER: Final = re.compile(r"(\d+)$")


class Outage(NamedTuple):
    """`device` was not there from `began` to before `ended`; None: the whole station."""

    began: int
    ended: int
    device: str | None


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One station. Times are UTC ms, `opens` and `closes` local hours.

    `per_day` is the mean of its visits over a year.
    """

    station: str
    number: int
    seed: str
    per_day: float
    start: int
    end: int
    opens: int
    closes: int
    outages: tuple[Outage, ...]

    @property
    def top_per_day(self) -> float:
        """Visits a day if every day were the busiest."""
        return self.per_day * _BUSIEST

    def share(self, at: int) -> float:
        """How busy the station is at `at`, against `top_per_day`: 0 to 1."""
        if not self.opens <= local_hour(at) < self.closes:
            return 0.0
        day = datetime.fromtimestamp(at / 1000, CHINA)
        season = _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()]
        # Word gets round: from 0.8 of its mean to 1.2 over the time shown.
        grown = 0.8 + 0.4 * (at - self.start) / max(1, self.end - self.start)
        return season * grown / _BUSIEST

    def dark(self, device: str, began: int, ended: int) -> Outage | None:
        """The first outage of `device` that touches the time from `began` to before `ended`."""
        for outage in self.outages:
            if outage.device in (None, device) and outage.began < ended and began < outage.ended:
                return outage
        return None


def profile(station: str, *, seed: int, start: int, end: int) -> Profile:
    """The past of a station, from its id and the seed.

    The 24th of a county opened three weeks ago; the 17th lost its power for nine days. Every
    sixth never closes.
    """
    found = _NUMBER.search(station)
    number = int(found[1]) if found else 0
    rng = random.Random(f"{seed}:{station}:past")
    young = number % 24 == 0
    if young:
        start = max(start, end - end % DAY_MS - 20 * DAY_MS)
    outages = _outages(rng, start, end)
    if number % 24 == 17:
        began = end - round(85.3 * DAY_MS)
        outages.append(Outage(began, began + round(9.2 * DAY_MS), None))
    always = number % 6 == 1
    return Profile(
        station=station,
        number=number,
        seed=f"{seed}:{station}",
        per_day=1.3 if young else rng.uniform(8.0, 12.4) if always else rng.uniform(2.4, 10.0),
        start=start,
        end=end,
        opens=0 if always else 7,
        closes=24 if always else 22,
        outages=tuple(sorted(o for o in outages if o.began < end)),
    )


def _outages(rng: random.Random, start: int, end: int) -> list[Outage]:
    """Power cuts of hours about every 40 days, a dead device for a day about every 60."""
    found: list[Outage] = []
    causes: tuple[tuple[float, float, Sequence[str | None]], ...] = (
        (40, 2.5, (None,)),
        (60, 22, WATCHED[:4]),
    )
    for every_days, hours, devices in causes:
        at = start + rng.expovariate(1 / every_days) * DAY_MS
        while at < end:
            lasted = min(96.0, max(0.3, rng.expovariate(1 / hours))) * HOUR_MS
            found.append(Outage(round(at), round(at + lasted), rng.choice(devices)))
            at += lasted + rng.expovariate(1 / every_days) * DAY_MS
    return found
