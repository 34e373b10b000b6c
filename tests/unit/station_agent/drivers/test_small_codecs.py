"""Temperatures of the R4DCB08 and addresses of the relay board."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.drivers.modbus_io.codec import coil, flash_address
from station_agent.drivers.temperature.codec import decode


@pytest.mark.parametrize(
    ("register", "mc"),
    [
        (0x0389, 90_500),  # the vendor's frame: 90.5 °C
        (0x0000, 0),
        (0xFFF6, -1_000),
        (550, 55_000),
        (1250, 125_000),
        (1251, None),
        (0x10000 - 550, -55_000),
        (0x10000 - 551, None),
        (0x8000, None),
    ],
)
def test_temperature_registers(register: int, mc: int | None) -> None:
    assert decode(register) == mc


@given(st.integers(0, 0xFFFF))
def test_no_temperature_lies_outside_the_probes_range(register: int) -> None:
    value = decode(register)

    assert value is None or -55_000 <= value <= 125_000


def test_channels_are_counted_from_one() -> None:
    assert [coil(channel) for channel in (1, 8)] == [0, 7]
    assert [flash_address(channel) for channel in (1, 2)] == [0x0200, 0x0201]


@pytest.mark.parametrize("channel", [-1, 0, 9])
def test_a_channel_the_board_lacks_is_refused(channel: int) -> None:
    with pytest.raises(ValueError, match="the board has 1 to 8"):
        flash_address(channel)
