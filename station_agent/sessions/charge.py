"""Charging at one socket: from meter readings to one fact a session, no watt-hour missed.

idle → rising (load seen) → charging (load held) → falling (load gone) → idle + fact

Energy is a difference of the meter's own counter, which goes on counting while nobody reads it.
"""

from typing import Final, Literal

import msgspec

from protocol.events import Charge
from station_agent.observations import Reading
from station_agent.sessions.moment import Moment, Stamp, moment, of_other_boot

LONGEST_MS: Final = 12 * 3_600_000
"""A longer session is kept and marked suspect: left out of medians (indicator 16)."""
WRAP_WH: Final = 10_000_000
"""A PZEM shows 0 to 9,999.99 kWh."""
_NEAR_WRAP_WH: Final = 100_000
SWAP_WH: Final = 50_000
"""More than a day of a 10 A socket: a jump beyond it is another meter, not a session."""
_MOST_WH: Final = 999_999
_MOST_MW: Final = 99_999_999

Phase = Literal["idle", "rising", "charging", "falling"]


class ChargeState(msgspec.Struct):
    """What must outlive the process. Changes with phases, not with readings."""

    phase: Phase = "idle"
    base_wh: int | None = None
    """Counter at the last reading below the threshold; None before the first."""
    carry_wh: int = 0
    """Counted in this session before the counter began anew."""
    began: Moment | None = None
    below: Moment | None = None
    peak_mw: int = 0
    unseen: bool = False
    """The load came while nobody watched: even if it goes soon, its energy was somebody's."""
    suspect: bool = False


class ChargeMachine:
    """One socket. Feed it `energy_wh` and `power_mw` readings; a round shares one `mono`."""

    def __init__(self, *, device: str, unit: int, on_mw: int, on_ms: int, off_ms: int) -> None:
        self.key = f"charge/{device}/{unit}"
        self._device = device
        self._unit = unit
        self._on_mw = on_mw
        self._on_ms = on_ms
        self._off_ms = off_ms
        self._state = ChargeState()
        self._energy: tuple[int, int] | None = None
        self._power: tuple[int, int] | None = None
        self._last_wh: int | None = None
        self._last_seen: Moment | None = None

    @property
    def charging(self) -> bool:
        """A load has held long enough to be a session, and has not ended."""
        return self._state.phase in ("charging", "falling")

    def restore(self, data: bytes, *, same_boot: bool, alive: Moment | None) -> None:
        """Go on from a kept state.

        Args:
            data: as `dump` gave it.
            same_boot: whether kept `mono` values still mean anything.
            alive: when the agent last said that it was running.

        Raises:
            msgspec.DecodeError: not a state of this version.
        """
        state = msgspec.json.decode(data, type=ChargeState)
        if not same_boot:
            state.began, state.below = of_other_boot(state.began), of_other_boot(state.below)
            alive = of_other_boot(alive)
        self._state = state
        self._last_seen = alive

    def dump(self) -> bytes:
        """The state to keep."""
        return msgspec.json.encode(self._state)

    def observe(self, reading: Reading, stamp: Stamp) -> list[Charge]:
        """Take a reading; a fact when it shows that a session is over."""
        if reading.cap == "energy_wh":
            self._energy = (reading.mono, reading.value)
        elif reading.cap == "power_mw":
            self._power = (reading.mono, reading.value)
        else:
            return []
        if self._energy is None or self._power is None or self._energy[0] != self._power[0]:
            return []
        facts = self._round(self._energy[1], self._power[1], stamp)
        self._last_wh = self._energy[1]
        self._last_seen = moment(stamp)
        return facts

    def _round(self, wh: int, mw: int, now: Stamp) -> list[Charge]:
        gap = 0 if self._last_seen is None else self._last_seen.elapsed(now)
        blind = self._last_wh is None or gap > self._on_ms
        self._follow_counter(wh)
        state = self._state
        above = mw > self._on_mw
        facts: list[Charge] = []
        if state.phase == "idle" and above:
            # A load that came while nobody watched: its energy counts, its beginning is not known.
            state.unseen = blind and self._jumped(wh)
            state.suspect = state.unseen and gap > self._off_ms
            state.phase, state.began = "rising", moment(now)
            state.base_wh = wh if state.base_wh is None else state.base_wh
        if state.phase in ("idle", "rising") and not above:
            if (blind or state.unseen) and self._jumped(wh):
                facts = self._unseen_session(wh, now)
            self._rest(wh)
            return facts
        if state.phase == "rising":
            began = state.began or moment(now)
            state.phase = "charging" if began.elapsed(now) >= self._on_ms else "rising"
        if above:
            state.peak_mw = max(state.peak_mw, min(mw, _MOST_MW))
        if state.phase in ("charging", "falling"):
            facts += self._running(wh, now, above=above, unsure=gap > self._off_ms)
        return facts

    def _running(self, wh: int, now: Stamp, *, above: bool, unsure: bool) -> list[Charge]:
        state = self._state
        if above:
            state.phase, state.below = "charging", None
            return []
        if state.phase == "charging":
            state.phase, state.below = "falling", moment(now)
            # It ended at some time nobody watched: the energy is right, the length is not.
            state.suspect |= unsure
        if state.below is None or state.below.elapsed(now) < self._off_ms:
            return []
        ended = Stamp(state.below.wall(now), now.mono - state.below.elapsed(now))
        fact = self._fact(wh, ended, started=state.began or state.below)
        self._rest(wh)
        return [fact]

    def _rest(self, wh: int) -> None:
        self._state = ChargeState(base_wh=wh)

    def _jumped(self, wh: int) -> bool:
        base = self._state.base_wh
        return base is not None and 0 < wh - base + self._state.carry_wh <= SWAP_WH

    def _unseen_session(self, wh: int, now: Stamp) -> list[Charge]:
        """Energy went out while nobody watched, and no load is there any more."""
        self._state.suspect = True
        started = self._state.began or self._last_seen or moment(now)
        return [self._fact(wh, now, started=started)]

    def _fact(self, wh: int, ended: Stamp, *, started: Moment) -> Charge:
        state = self._state
        used = state.carry_wh + wh - (wh if state.base_wh is None else state.base_wh)
        long = started.elapsed(ended) > LONGEST_MS
        return Charge(
            at=ended.at,
            mono=max(0, ended.mono),
            device=self._device,
            unit=self._unit,
            start=started.wall(ended),
            wh=max(0, min(used, _MOST_WH)),
            peak_mw=state.peak_mw or None,
            suspect=state.suspect or long or not 0 <= used <= _MOST_WH,
        )

    def _follow_counter(self, wh: int) -> None:
        """A smaller counter began anew: what it shows now was used since."""
        state = self._state
        if state.base_wh is None:
            return
        last = self._last_wh
        if last is None:
            if wh < state.base_wh:
                # Reset while nobody watched: what was lost with it cannot be known.
                running = state.phase in ("charging", "falling")
                state.base_wh = 0 if running else wh
                state.suspect |= running
            elif state.phase in ("idle", "rising") and wh - state.base_wh > SWAP_WH:
                state.base_wh = wh
        elif wh < last:
            state.carry_wh += last - state.base_wh
            if last >= WRAP_WH - _NEAR_WRAP_WH and wh < _NEAR_WRAP_WH:
                state.carry_wh += WRAP_WH - last
            state.base_wh = 0
