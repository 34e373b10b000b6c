"""PZEM-016 registers become integers, and nonsense is held back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.drivers.modbus_meter.codec import EnergyGate, MeterValues, decode, nonsense

VENDOR = (0x08D1, 0x006C, 0x0000, 0x00F4, 0x0000, 0x0026, 0x0000, 0x01F4, 0x0064, 0x0000)


def values(voltage_mv: int = 230_000, current_ma: int = 0, power_mw: int = 0) -> MeterValues:
    return MeterValues(voltage_mv, current_ma, power_mw, 0, 50_000, 1_000, alarm=False)


def test_the_vendors_worked_example() -> None:
    assert decode(VENDOR) == MeterValues(
        voltage_mv=225_700,
        current_ma=108,
        power_mw=24_400,
        energy_wh=38,
        frequency_mhz=50_000,
        power_factor_milli=1_000,
        alarm=False,
    )


def test_low_word_comes_first() -> None:
    read = decode((2300, 0x0001, 0x0001, 0x0002, 0x0001, 0x0003, 0x0001, 500, 100, 0xFFFF))

    assert (read.current_ma, read.power_mw, read.energy_wh) == (65_537, 6_553_800, 65_539)
    assert read.alarm


@pytest.mark.parametrize("count", [0, 9, 11])
def test_another_number_of_registers_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="10 expected"):
        decode([0] * count)


@given(st.lists(st.integers(0, 0xFFFF), min_size=10, max_size=10))
def test_any_registers_decode_to_numbers_not_below_zero(registers: list[int]) -> None:
    assert all(value >= 0 for value in decode(registers))


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (values(voltage_mv=449_900), None),
        (values(voltage_mv=450_000), "450 V"),
        (values(current_ma=149_999), None),
        (values(current_ma=150_000), "150 A"),
        (values(power_mw=15_999_900), None),
        (values(power_mw=16_000_000), "16 kW"),
    ],
)
def test_limits_of_belief(read: MeterValues, reason: str | None) -> None:
    assert nonsense(read) == reason


def test_the_counter_may_creep() -> None:
    gate = EnergyGate()

    assert [gate.passes(wh) for wh in (5, 5, 6, 1_005)] == [True, True, True, True]


def test_a_lone_jump_of_a_kilowatt_hour_is_held_back() -> None:
    gate = EnergyGate()
    gate.passes(100)

    assert not gate.passes(1_100)
    assert gate.passes(101)
    assert not gate.passes(1_101)


def test_a_jump_that_a_second_read_confirms_passes() -> None:
    gate = EnergyGate()
    gate.passes(100)

    assert not gate.passes(5_000)
    assert gate.passes(5_001)
    assert gate.passes(5_002)
    assert gate.resets == 0


def test_two_different_jumps_do_not_confirm_each_other() -> None:
    gate = EnergyGate()
    gate.passes(100)

    assert [gate.passes(wh) for wh in (5_000, 90_000, 4_000)] == [False, False, False]


def test_a_counter_that_began_anew_passes_once_confirmed() -> None:
    gate = EnergyGate()
    gate.passes(9_999_990)

    assert not gate.passes(3)
    assert gate.passes(3)
    assert gate.resets == 1
    assert gate.passes(4)


@given(st.integers(0, 10_000_000), st.lists(st.integers(0, 999), max_size=50))
def test_a_plausible_counter_is_never_held_back(start: int, steps: list[int]) -> None:
    gate = EnergyGate()
    total = start
    for step in steps:
        total += step
        assert gate.passes(total)
    assert gate.resets == 0
