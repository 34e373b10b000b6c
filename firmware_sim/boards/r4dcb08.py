"""R4DCB08: eight DS18B20 probes to RS-485."""

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

CHANNELS: Final = 8
MISSING: Final = 0x8000
"""What a channel without a probe reads: far outside -55…125 °C."""
_CORRECTIONS: Final = 0x0008
_ADDRESS: Final = 0x00FE
_BAUD: Final = 0x00FF
_BAUD_9600: Final = 3


class R4dcb08(ModbusBoard):
    """Channels are numbered from 1, as printed; no probe is connected at first."""

    def __init__(self, *, address: int = 1) -> None:
        super().__init__(address=address)
        self._probes: list[int | None] = [None] * CHANNELS
        self._corrections = [0] * CHANNELS
        self._baud = _BAUD_9600

    def set_temperature(self, channel: int, mc: int | None) -> None:
        """Probe of `channel` is at `mc` thousandths of a degree Celsius; None unplugs it."""
        self._probes[channel - 1] = mc

    def execute(self, pdu: bytes) -> bytes:
        """Read temperatures, corrections and settings; write corrections and settings."""
        match pdu[0]:
            case 0x03:
                start, _ = two_words(pdu)
                if start >= _ADDRESS:
                    return registers(pdu, _ADDRESS, (self.address, self._baud))
                corrections = (value & 0xFFFF for value in self._corrections)
                return registers(pdu, 0, (*self._temperatures(), *corrections))
            case 0x06:
                self._write(*two_words(pdu))
                return pdu
        raise Refusal(ILLEGAL_FUNCTION)

    def _temperatures(self) -> tuple[int, ...]:
        return tuple(
            MISSING if mc is None else (_tenths(mc) + correction) & 0xFFFF
            for mc, correction in zip(self._probes, self._corrections, strict=True)
        )

    def _write(self, register: int, value: int) -> None:
        if _CORRECTIONS <= register < _CORRECTIONS + CHANNELS:
            self._corrections[register - _CORRECTIONS] = value - (value >> 15 << 16)
        elif register == _ADDRESS:
            if not 1 <= value <= 254:
                raise Refusal(ILLEGAL_VALUE)
            self.address = value
        elif register == _BAUD:
            if not 0 <= value <= 4:
                raise Refusal(ILLEGAL_VALUE)
            self._baud = value
        else:
            raise Refusal(ILLEGAL_ADDRESS)


def _tenths(mc: int) -> int:
    """Nearest tenth of a degree, halves away from zero."""
    size = (abs(mc) + 50) // 100
    return size if mc >= 0 else -size
