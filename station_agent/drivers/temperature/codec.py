"""R4DCB08 registers to m°C. Pure."""

from typing import Final

FIRST: Final = 0x0000
_LOWEST, _HIGHEST = -55_000, 125_000


def decode(register: int) -> int | None:
    """A channel's register (int16, 0.1 °C) in m°C; None when no probe is connected.

    The board shows a missing probe as a value a DS18B20 cannot have (0x8000).
    """
    signed = register - 0x1_0000 if register & 0x8000 else register
    value = signed * 100
    return value if _LOWEST <= value <= _HIGHEST else None
