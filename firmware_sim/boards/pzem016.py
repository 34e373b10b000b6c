"""PZEM-016 energy meter (RS-485), after the PZEM-004T v3.0 / 014 / 016 register table."""

from typing import Final

from firmware_sim.boards.modbus import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    ModbusBoard,
    Refusal,
    registers,
    two_words,
)

ENERGY_WRAP_WH: Final = 10_000_000
"""The display ends at 9999.99 kWh; the counter begins anew after it."""
STARTING_POWER_MW: Final = 400
_UJ_PER_WH: Final = 3_600_000_000
_THRESHOLD: Final = 0x0001
_ADDRESS: Final = 0x0002


class Pzem016(ModbusBoard):
    """One meter. It knows no time of its own: `advance` moves its energy counter.

    `reset_says_error` is the variant that answers 0x42 with "illegal function" and resets all
    the same.
    """

    general = 0xF8

    def __init__(
        self,
        *,
        address: int = 1,
        energy_wh: int = 0,
        voltage_mv: int = 230_000,
        frequency_mhz: int = 50_000,
        threshold_w: int = 23_000,
        reset_says_error: bool = False,
    ) -> None:
        super().__init__(address=address)
        self.voltage_mv = voltage_mv
        self.frequency_mhz = frequency_mhz
        self.threshold_w = threshold_w
        self.reset_says_error = reset_says_error
        self.calibrations_refused = 0
        self._energy_uj = energy_wh * _UJ_PER_WH
        self._load_mw = 0
        self._current_ma = 0
        self._power_factor_pct = 0

    @property
    def energy_wh(self) -> int:
        """The energy counter, Wh."""
        return self._energy_uj // _UJ_PER_WH

    @property
    def load_mw(self) -> int:
        """What the socket draws now, mW."""
        return self._load_mw

    @property
    def alarm(self) -> bool:
        """Whether the power has reached the threshold."""
        return self._load_mw >= self.threshold_w * 1000

    def set_load(
        self, mw: int, *, power_factor_pct: int = 100, current_ma: int | None = None
    ) -> None:
        """Draw `mw` milliwatts from now on; below the starting power the meter sees nothing.

        The current follows from power, voltage and power factor unless `current_ma` is given.
        """
        if mw < STARTING_POWER_MW:
            self._load_mw = self._current_ma = self._power_factor_pct = 0
            return
        self._load_mw = mw
        self._power_factor_pct = power_factor_pct
        if current_ma is None:
            current_ma = round(mw * 100_000 / (self.voltage_mv * power_factor_pct))
        self._current_ma = current_ma

    def advance(self, ms: int) -> None:
        """Let `ms` milliseconds pass under the present load (mW x ms = µJ)."""
        if self.powered:
            self._energy_uj += self._load_mw * ms
            self._energy_uj %= ENERGY_WRAP_WH * _UJ_PER_WH

    def set_energy(self, wh: int) -> None:
        """Put the counter at `wh`, as a meter exchanged for another has it."""
        self._energy_uj = wh % ENERGY_WRAP_WH * _UJ_PER_WH

    def execute(self, pdu: bytes) -> bytes:
        """Read inputs and settings, write settings, reset; calibration is refused."""
        match pdu[0]:
            case 0x03:
                return registers(pdu, _THRESHOLD, (self.threshold_w, self.address))
            case 0x04:
                return registers(pdu, 0, self._inputs())
            case 0x06:
                self._write(*two_words(pdu))
                return pdu
            case 0x42 if len(pdu) == 1:
                self._energy_uj = 0
                if self.reset_says_error:
                    raise Refusal(ILLEGAL_FUNCTION)
                return pdu
            case 0x41:
                self.calibrations_refused += 1
        raise Refusal(ILLEGAL_FUNCTION)

    def _inputs(self) -> tuple[int, ...]:
        power = self._load_mw // 100
        energy = self.energy_wh
        return (
            self.voltage_mv // 100,
            *_low_first(self._current_ma),
            *_low_first(power),
            *_low_first(energy),
            self.frequency_mhz // 100,
            self._power_factor_pct,
            0xFFFF if self.alarm else 0,
        )

    def _write(self, register: int, value: int) -> None:
        if register == _THRESHOLD:
            self.threshold_w = value
        elif register == _ADDRESS:
            if not 1 <= value <= 247:
                raise Refusal(ILLEGAL_VALUE)
            self.address = value
        else:
            raise Refusal(ILLEGAL_ADDRESS)


def _low_first(value: int) -> tuple[int, int]:
    return value & 0xFFFF, value >> 16
