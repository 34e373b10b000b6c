"""Batteries that charge, a boiler that heats, a flow meter that counts. Pure integer physics."""

from dataclasses import dataclass
from typing import Final

PULSES_PER_LITRE: Final = 450
"""YF-S201: F[Hz] = 7.5 x Q[L/min]."""
UJ_PER_WH: Final = 3_600_000_000
_MODEL_STEP_MS: Final = 5_000


@dataclass(kw_only=True)
class Battery:
    """A charger with its battery: constant power, then tapering, then off.

    The power is constant for the first 80 % of the energy wanted and falls in proportion to
    what is still missing after that; below `cut_off_mw` the charger switches off for good.

    Attributes:
        peak_mw: power of the constant phase.
        wanted_wh: energy until full.
        cut_off_mw: a charger's end current; above the threshold of any sensible station.
        drawn_uj: energy taken so far, µJ.
    """

    peak_mw: int
    wanted_wh: int
    cut_off_mw: int = 8_000
    drawn_uj: int = 0
    full: bool = False

    def power_mw(self) -> int:
        """What it draws now, given a live socket."""
        if self.full:
            return 0
        wanted = self.wanted_wh * UJ_PER_WH
        missing = max(0, wanted - self.drawn_uj)
        taper = wanted // 5
        power = self.peak_mw if missing >= taper else self.peak_mw * missing // taper
        if power < self.cut_off_mw:
            self.full = True
            return 0
        return power

    def draw(self, ms: int) -> None:
        """Take energy at the present power for `ms`."""
        self.drawn_uj += self.power_mw() * ms


@dataclass(kw_only=True)
class Boiler:
    """Water kept between two temperatures by a heater with hysteresis.

    Temperatures in m°C, volume in ml, heater and losses in mW at the given temperatures.
    """

    volume_ml: int = 12_000
    temp_mc: int = 93_000
    low_mc: int = 90_000
    high_mc: int = 96_000
    fresh_mc: int = 15_000
    heater_mw: int = 2_000_000
    loss_uw_per_mc: int = 1_200
    heating: bool = False
    _rest_uj: int = 0

    def advance(self, ms: int) -> None:
        """Let `ms` pass, in steps small against the time the water takes to heat."""
        while ms > 0:
            step = min(ms, _MODEL_STEP_MS)
            self._step(step)
            ms -= step

    def _step(self, ms: int) -> None:
        if self.temp_mc <= self.low_mc:
            self.heating = True
        elif self.temp_mc >= self.high_mc:
            self.heating = False
        lost_mw = (self.temp_mc - 20_000) * self.loss_uw_per_mc // 1_000
        net_mw = (self.heater_mw if self.heating else 0) - lost_mw
        # 4.186 J heat one gram by one kelvin: µJ / (ml x 4186) is m°C; the rest is kept.
        step_mc, self._rest_uj = divmod(net_mw * ms + self._rest_uj, self.volume_ml * 4_186)
        self.temp_mc = min(100_000, self.temp_mc + step_mc)

    def replace(self, ml: int) -> None:
        """`ml` of hot water go out, as much fresh water comes in."""
        ml = min(ml, self.volume_ml)
        mixed = self.temp_mc * (self.volume_ml - ml) + self.fresh_mc * ml
        self.temp_mc = mixed // self.volume_ml


class FlowMeter:
    """A turbine: so many pulses a litre, no part of a pulse ever lost or invented."""

    def __init__(self, *, pulses_per_litre: int = PULSES_PER_LITRE) -> None:
        self._per_litre = pulses_per_litre
        self._volume_ul = 0
        self.pulses = 0

    def flow(self, ul: int) -> int:
        """Let `ul` microlitres through; the pulses this makes."""
        self._volume_ul += ul
        total = self._volume_ul * self._per_litre // 1_000_000
        made, self.pulses = total - self.pulses, total
        return made

    def ml(self, pulses: int) -> int:
        """The volume a count of pulses stands for, ml rounded half up."""
        return (pulses * 2_000 + self._per_litre) // (2 * self._per_litre)
