"""The four checksums of the simulated parts."""

from binascii import crc_hqx
from functools import reduce
from operator import xor as _xor
from typing import Final


def _reflected_entry(value: int, polynomial: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ polynomial if value & 1 else value >> 1
    return value


_MODBUS: Final = tuple(_reflected_entry(byte, 0xA001) for byte in range(256))


def modbus(data: bytes) -> bytes:
    """CRC-16 of Modbus over serial line: two bytes, low byte first, as they go on the wire."""
    register = 0xFFFF
    for byte in data:
        register = register >> 8 ^ _MODBUS[(register ^ byte) & 0xFF]
    return register.to_bytes(2, "little")


def ccitt(data: bytes, *, start: int = 0) -> bytes:
    """CRC-16 with polynomial 0x1021, high byte first.

    `start` 0 is XMODEM (GM65); 0xFFFF, inverted by the caller, is the EPC Gen2 tag's own check.
    """
    return crc_hqx(data, start).to_bytes(2, "big")


def xor(data: bytes) -> int:
    """Block check character: exclusive or of all bytes."""
    return reduce(_xor, data, 0)


def sum8(data: bytes) -> int:
    """Low byte of the sum."""
    return sum(data) & 0xFF
