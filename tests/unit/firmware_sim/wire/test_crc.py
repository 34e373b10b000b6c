"""Checksums against the vendors' printed values."""

import pytest

from firmware_sim.wire import crc


def test_modbus_check_value() -> None:
    assert crc.modbus(b"123456789") == bytes.fromhex("37 4B")
    assert crc.modbus(bytes.fromhex("01 04 00 00 00 0A")) == bytes.fromhex("70 0D")


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("07 01 00 2A 02", "D8 0F"),
        ("08 01 00 02 01", "02 DA"),
        ("08 01 00 00 D5", "EF 41"),
        ("09 01 00 00 00", "DE C8"),
        ("00 01 00", "33 31"),
    ],
)
def test_scanner_check_matches_vendor_frames(body: str, check: str) -> None:
    assert crc.ccitt(bytes.fromhex(body)) == bytes.fromhex(check)


def test_ccitt_with_preset_is_the_tag_check() -> None:
    words = bytes.fromhex("3400 30751FEB705C5904E3D50D70")
    inverted = bytes(byte ^ 0xFF for byte in crc.ccitt(words, start=0xFFFF))
    assert inverted == bytes.fromhex("3A76")


def test_xor_and_sum() -> None:
    assert crc.xor(bytes.fromhex("8A 01 01 11")) == 0x9B
    assert crc.xor(b"") == 0
    assert crc.sum8(bytes.fromhex("00 B6 00 02 07 D0")) == 0x8F
