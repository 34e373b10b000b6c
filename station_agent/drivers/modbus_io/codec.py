"""Waveshare Modbus RTU Relay 8CH: addresses and words of function 05. Pure."""

from typing import Final

CHANNELS: Final = 8
ON: Final = 0xFF00
OFF: Final = 0x0000
_FLASH_ON: Final = 0x0200
FLASH_MAX_TENTHS: Final = 0x7FFF


def coil(channel: int) -> int:
    """Coil of a channel printed on the board as 1 to 8.

    Raises:
        ValueError: no such channel.
    """
    if not 1 <= channel <= CHANNELS:
        raise ValueError(f"channel {channel}, the board has 1 to {CHANNELS}")
    return channel - 1


def flash_address(channel: int) -> int:
    """Where a number of 100 ms is written to close a relay for that long.

    Raises:
        ValueError: no such channel.
    """
    return _FLASH_ON + coil(channel)
