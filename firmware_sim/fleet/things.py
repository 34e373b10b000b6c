"""The devices of a past station: what they did to whom, and the event that reports it. Pure."""

import random
from typing import Final, NamedTuple

from firmware_sim.fleet.profile import Profile
from firmware_sim.ledger.act import Act
from firmware_sim.world.people import ChargePlan, Visit
from firmware_sim.world.phones import Phone
from firmware_sim.world.physics import UJ_PER_WH, Battery, FlowMeter
from firmware_sim.world.resume import tag_of
from protocol import events as ev
from protocol.credential import scan_hash, to_digits

_STEP_MS: Final = 60_000
_REST_MS: Final = 150_000
_ML_PER_S: Final = 22
_DEBOUNCE_MS: Final = 1_800_000
_OLD_TAGS: Final = 50_000
"""Umbrellas of the past have numbers of their own: they are gone from the rack of today."""
_STATION_SLOTS: Final = 32
"""A phone's time is a second of its own at each station (ts modulo 32): no code counts twice."""


class Told(NamedTuple):
    """An event, and the act it reports when people did something."""

    event: ev.Event
    act: Act | None


class Past:
    """One station's things while its past is played. Every call returns what is reported.

    Args:
        profile: whose past.
        phones: riders' phones; none: codes become presses of the button.
    """

    def __init__(self, profile: Profile, phones: list[Phone]) -> None:
        self._profile = profile
        self._phones = phones
        self._rng = random.Random(f"{profile.seed}:things")
        self._free_from = [profile.start] * 4
        self._energy_uj = [0] * 4
        self._flow = FlowMeter()
        self._tap_free = profile.start
        self._rack_free = profile.start
        self._last_visit: dict[int, int] = {}
        self._tags = 0
        self.hooks: dict[int, str] = {}

    def mono(self, at: int) -> int:
        """Milliseconds since this past began: one boot for all of it."""
        return at - self._profile.start

    def charge(self, at: int, plan: ChargePlan) -> Told | None:
        """Plug in at a free socket until full, gone, or dark."""
        profile = self._profile
        free = [i for i, since in enumerate(self._free_from) if since <= at]
        if not free or profile.dark("charger", at, at + 1):
            return None
        socket = self._rng.choice(free)
        leave = min(at + plan.stay_s * 1_000, profile.end - 1)
        if (outage := profile.dark("charger", at, leave)) is not None:
            leave = outage.began
        if leave - at < _STEP_MS:
            return None
        battery = Battery(peak_mw=plan.peak_mw, wanted_wh=plan.wanted_wh)
        ended = at
        while ended < leave and battery.power_mw():
            step = min(_STEP_MS, leave - ended)
            battery.draw(step)
            ended += step
        before = self._energy_uj[socket]
        self._energy_uj[socket] = after = before + battery.drawn_uj
        self._free_from[socket] = max(leave, ended) + _REST_MS
        wh = after // UJ_PER_WH - before // UJ_PER_WH
        return Told(
            ev.Charge(
                at=ended,
                mono=self.mono(ended),
                device="charger",
                unit=socket + 1,
                start=at,
                wh=wh,
                peak_mw=plan.peak_mw,
            ),
            Act("charge", at, ended, "charger", socket + 1, wh),
        )

    def draw(self, at: int, ml: int) -> Told | None:
        """Fill a cup or a bottle."""
        at = max(at, self._tap_free)
        ended = at + ml * 1_000 // _ML_PER_S
        if ended >= self._profile.end or self._profile.dark("water", at, ended):
            return None
        self._tap_free = ended + 12_000
        amount = self._flow.ml(self._flow.flow(ml * 1_000))
        return Told(
            ev.Draw(
                at=ended,
                mono=self.mono(ended),
                device="water",
                unit=1,
                start=at,
                ml=amount,
                temp_mc=self._rng.randrange(89_000, 96_500, 100),
            ),
            Act("draw", at, ended, "water", 1, amount),
        )

    def take_umbrella(self, at: int) -> tuple[Told, str] | None:
        """Take one from the rack, if there is one. The told event, and the tag in hand."""
        at = self._rack_turn(at)
        if not self.hooks or not self._rack_works(at):
            return None
        slot = min(self.hooks)
        tag = self.hooks.pop(slot)
        event = ev.UmbrellaTaken(at=at, mono=self.mono(at), device="rack", unit=slot, tag=tag)
        return Told(event, Act("umbrella_taken", at, at, "rack", slot, tag=tag)), tag

    def return_umbrella(self, at: int, tag: str | None = None) -> Told | None:
        """Hang an umbrella on an empty hook: one brought back, or a new one of the keeper's."""
        at = self._rack_turn(at)
        empty = [slot for slot in range(1, 9) if slot not in self.hooks]
        if not empty or not self._rack_works(at):
            return None
        slot = self._rng.choice(empty)
        if tag is None:
            self._tags += 1
            tag = tag_of(self._profile.station, _OLD_TAGS + self._tags)
        self.hooks[slot] = tag
        event = ev.UmbrellaReturned(at=at, mono=self.mono(at), device="rack", unit=slot, tag=tag)
        return Told(event, Act("umbrella_returned", at, at, "rack", slot, tag=tag))

    def check_in(self, visit: Visit) -> Told | None:
        """By code, by button, not at all, or with something the gate refuses."""
        at = visit.at
        by_code = visit.check_in == "code" and self._new_here(visit.rider, at)
        if by_code and not self._profile.dark("scanner", at, at + 1):
            return self._code(visit)
        if visit.check_in in ("code", "tap") and not self._profile.dark("gpio", at, at + 1):
            event = ev.Visit(at=at, mono=self.mono(at), by="tap")
            return Told(event, Act("visit", at, at, "gpio", by="tap"))
        if visit.check_in in _REASONS and not self._profile.dark("scanner", at, at + 1):
            scan = scan_hash(f"{self._profile.seed}:{at}")
            reason = _REASONS[visit.check_in]
            return Told(ev.Refused(at=at, mono=self.mono(at), reason=reason, scan=scan), None)
        return None

    def _code(self, visit: Visit) -> Told:
        at = visit.at
        amber = self._rng.random() < 0.03
        shown = at // 1_000 - (300 if amber else 0)
        shown += (self._profile.number - shown) % _STATION_SLOTS - _STATION_SLOTS
        token = self._phones[visit.rider].token(shown)
        scan = scan_hash(to_digits(token))
        self._last_visit[visit.rider] = at
        event = ev.Visit(
            at=at,
            mono=self.mono(at),
            by="code",
            scan=scan,
            token=token,
            clock="amber" if amber else "green",
        )
        act = Act("visit", at - 600, at, "scanner", by="code", scan=scan, confirmed=1)
        return Told(event, act)

    def _new_here(self, rider: int, at: int) -> bool:
        if not self._phones:
            return False
        return at - self._last_visit.get(rider, 0) > _DEBOUNCE_MS

    def _rack_turn(self, at: int) -> int:
        at = max(at, self._rack_free)
        self._rack_free = at + 20_000
        return at

    def _rack_works(self, at: int) -> bool:
        return at < self._profile.end and self._profile.dark("rack", at, at + 1) is None


_REASONS: Final[dict[str, ev.RefusalReason]] = {
    "label": "malformed",
    "stale": "clock",
    "screenshot": "replayed",
}
