"""Draws of hot water at one tap: from flow pulses to one fact a draw, no pulse missed.

The kernel numbers the edges of a line, so a total tells of pulses that came while nobody read.
"""

from typing import Final

import msgspec

from protocol.events import Draw, State
from station_agent.observations import Pulses, Reading
from station_agent.sessions.moment import Moment, Stamp, moment, of_other_boot

LONGEST_MS: Final = 3_600_000
"""An hour of flow is a leak or a stuck sensor: kept, marked suspect."""
FRESH_MS: Final = 10_000
"""A temperature this old still describes the water that begins to flow."""
HOLD_MS: Final = 60_000
"""A draw cut off by the end of the process stays open so long: the next pulse's number tells
how many the process had read but could not keep."""
_MOST_ML: Final = 9_999_999


def millilitres(pulses: int, per_litre: int) -> int:
    """Volume of `pulses` at `per_litre`, in ml, rounded half up."""
    return (2_000 * pulses + per_litre) // (2 * per_litre)


class DrawState(msgspec.Struct):
    """What must outlive the process."""

    total: int | None = None
    """The line's number at the last pulse counted; None before the first."""
    pulses: int = 0
    """Of the open draw; 0 when none is open."""
    began: Moment | None = None
    last: Moment | None = None
    temp_mc: int | None = None


class DrawMachine:
    """One tap. Feed it its `Pulses` and the `temp_mc` readings of its probe."""

    def __init__(
        self, *, device: str, unit: int, pulses_per_litre: int, gap_ms: int, min_ml: int
    ) -> None:
        self.key = f"draw/{device}/{unit}"
        self._device = device
        self._unit = unit
        self._per_litre = pulses_per_litre
        self._gap_ms = gap_ms
        self._min_ml = min_ml
        self._state = DrawState()
        self._temperature: tuple[int, int] | None = None
        self._restored = False
        self._awake: Stamp | None = None

    @property
    def flowing(self) -> bool:
        """Whether a draw is open."""
        return self._state.pulses > 0

    @property
    def litres_ml(self) -> int:
        """Everything the line has counted, in ml."""
        return millilitres(self._state.total or 0, self._per_litre)

    def restore(self, data: bytes, *, same_boot: bool) -> None:
        """Go on from a kept state; after a reboot the line counts from nothing again.

        Raises:
            msgspec.DecodeError: not a state of this version.
        """
        state = msgspec.json.decode(data, type=DrawState)
        if not same_boot:
            state.began, state.last = of_other_boot(state.began), of_other_boot(state.last)
            state.total = 0
        self._state = state
        self._restored = self.flowing

    def dump(self) -> bytes:
        """The state to keep."""
        return msgspec.json.encode(self._state)

    def warm(self, reading: Reading) -> None:
        """Take a temperature of the water, m°C."""
        self._temperature = (reading.mono, reading.value)
        if self.flowing:
            self._warmest(reading.value)

    def observe(self, seen: Pulses, stamp: Stamp) -> list[Draw | State]:
        """Count pulses; a fact when they belong to a new draw and the one before was open."""
        total = self._state.total or 0
        new = seen.total - total if seen.total >= total else seen.total
        if new <= 0:
            return []
        events: list[Draw | State] = []
        if self.flowing and self._rested(stamp) > self._gap_ms:
            # Pulses the interrupted process read but could not keep came before this one.
            first = seen.total if seen.first is None else seen.first
            missed = max(0, min(new, first - 1 - total)) if self._restored else 0
            self._state.pulses += missed
            new -= missed
            events += self._end(stamp)
        self._restored = False
        self._state.total = seen.total
        if not self.flowing:
            events.append(self._flow(1, stamp))
            self._state.began = moment(stamp)
            if self._temperature and abs(stamp.mono - self._temperature[0]) <= FRESH_MS:
                self._warmest(self._temperature[1])
        self._state.pulses += new
        self._state.last = moment(stamp)
        return events

    def tick(self, now: Stamp) -> list[Draw | State]:
        """End a draw whose pause is longer than the gap.

        A draw that a restart found open waits for the next pulse, up to `HOLD_MS`.
        """
        self._awake = self._awake or now
        if not self.flowing or self._rested(now) <= self._gap_ms:
            return []
        if self._restored and now.mono - self._awake.mono <= HOLD_MS:
            return []
        return self._end(now)

    def _rested(self, now: Stamp) -> int:
        return self._state.last.elapsed(now) if self._state.last else 0

    def _warmest(self, value: int) -> None:
        known = self._state.temp_mc
        self._state.temp_mc = value if known is None else max(known, value)

    def _flow(self, value: int, stamp: Stamp) -> State:
        return State(
            at=stamp.at,
            mono=max(0, stamp.mono),
            device=self._device,
            unit=self._unit,
            cap="flowing",
            value=value,
        )

    def _end(self, now: Stamp) -> list[Draw | State]:
        state = self._state
        last, began = state.last or moment(now), state.began or state.last or moment(now)
        ended = Stamp(last.wall(now), now.mono - last.elapsed(now))
        ml = millilitres(state.pulses, self._per_litre)
        events: list[Draw | State] = []
        if ml >= self._min_ml:
            events.append(
                Draw(
                    at=ended.at,
                    mono=max(0, ended.mono),
                    device=self._device,
                    unit=self._unit,
                    start=began.wall(ended),
                    ml=min(ml, _MOST_ML),
                    temp_mc=state.temp_mc,
                    suspect=began.elapsed(ended) > LONGEST_MS or ml > _MOST_ML,
                )
            )
        events.append(self._flow(0, ended))
        self._state = DrawState(total=state.total)
        self._restored = False
        return events
