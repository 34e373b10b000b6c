"""PZEM-016 registers to integers, and what of them is believable. Pure."""

from collections.abc import Sequence
from typing import Final, NamedTuple

FIRST: Final = 0x0000
COUNT: Final = 10
_MV_LIMIT: Final = 450_000
_MA_LIMIT: Final = 150_000
_MW_LIMIT: Final = 16_000_000
_JUMP_WH: Final = 1_000


class MeterValues(NamedTuple):
    """One read of one meter: mV, mA, mW, Wh (cumulative), mHz, 1/1000, alarm."""

    voltage_mv: int
    current_ma: int
    power_mw: int
    energy_wh: int
    frequency_mhz: int
    power_factor_milli: int
    alarm: bool


def decode(registers: Sequence[int]) -> MeterValues:
    """The ten input registers from 0x0000; 32-bit values have their low word first.

    Raises:
        ValueError: not ten registers.
    """
    if len(registers) != COUNT:
        raise ValueError(f"{len(registers)} registers, {COUNT} expected")
    r = registers
    return MeterValues(
        voltage_mv=r[0] * 100,
        current_ma=r[1] | r[2] << 16,
        power_mw=(r[3] | r[4] << 16) * 100,
        energy_wh=r[5] | r[6] << 16,
        frequency_mhz=r[7] * 100,
        power_factor_milli=r[8] * 10,
        alarm=r[9] == 0xFFFF,
    )


def nonsense(values: MeterValues) -> str | None:
    """Why the values cannot be true, or None."""
    if values.voltage_mv >= _MV_LIMIT:
        return f"{values.voltage_mv // 1000} V"
    if values.current_ma >= _MA_LIMIT:
        return f"{values.current_ma // 1000} A"
    if values.power_mw >= _MW_LIMIT:
        return f"{values.power_mw // 1_000_000} kW"
    return None


class EnergyGate:
    """Holds back a counter value that jumps ≥ 1 kWh or falls, until a second read agrees.

    A fall that is confirmed is a new counter: `resets` counts them and the lower value passes.
    """

    def __init__(self) -> None:
        self._last: int | None = None
        self._held: int | None = None
        self.resets = 0

    def passes(self, energy_wh: int) -> bool:
        """Whether this value may be reported; False asks for a re-read."""
        last, held = self._last, self._held
        if last is not None and not 0 <= energy_wh - last < _JUMP_WH:
            confirmed = held is not None and 0 <= energy_wh - held < _JUMP_WH
            if not confirmed:
                self._held = energy_wh
                return False
            if energy_wh < last:
                self.resets += 1
        self._last, self._held = energy_wh, None
        return True
