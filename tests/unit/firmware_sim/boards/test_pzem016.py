"""The energy meter: the vendor's frames, its counter and its alarm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.boards.pzem016 import ENERGY_WRAP_WH, Pzem016
from firmware_sim.wire.rtu import Adu, Bus
from tests.wire.boards.lines import Wire, in_virtual_time

INPUTS = "01 04 00 00 00 0A 70 0D"


def words(meter: Pzem016) -> list[int]:
    reply = meter.serve(Adu(meter.address, bytes.fromhex("04 0000 000A")))
    assert reply is not None
    data = reply.pdu[2:]
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, 20, 2)]


@in_virtual_time
async def test_worked_example_of_the_register_table() -> None:
    meter = Pzem016(voltage_mv=225_700, energy_wh=38)
    meter.set_load(24_400)
    assert Wire(Bus([meter])).ask(INPUTS) == (
        "01 04 14 08 D1 00 6C 00 00 00 F4 00 00 00 26 00 00 01 F4 00 64 00 00 51 34"
    )


@pytest.mark.parametrize(
    ("address", "request_", "reply"),
    [
        (1, "01 42 80 11", "01 42 80 11"),
        (1, "F8 42 C2 41", "F8 42 C2 41"),
        (1, "F8 06 00 02 00 05 FC 60", "F8 06 00 02 00 05 FC 60"),
        (5, "05 06 00 01 08 98 DF E4", "05 06 00 01 08 98 DF E4"),
        (1, "01 03 00 01 00 02 95 CB", "01 03 04 08 98 00 01 E8 33"),
    ],
)
def test_vendor_commands(address: int, request_: str, reply: str) -> None:
    async def run() -> None:
        meter = Pzem016(address=address, threshold_w=2200)
        body = Adu(address, bytes.fromhex(reply)[1:-2]).rtu().hex(" ").upper()
        expected = body if request_.startswith("01 03") else reply
        assert Wire(Bus([meter])).ask(request_) == expected

    in_virtual_time(run)()


def test_a_new_address_by_the_general_one_holds() -> None:
    meter = Pzem016()
    meter.serve(Adu(0xF8, bytes.fromhex("06 0002 0005")))
    assert meter.accepts(5)
    assert not meter.accepts(1)


@pytest.mark.parametrize(
    ("pdu", "reply"),
    [
        ("04 000A 0001", "84 02"),
        ("04 0000 000B", "84 02"),
        ("04 0000 0000", "84 03"),
        ("03 0000 0001", "83 02"),
        ("06 0002 00F8", "86 03"),
        ("06 0003 0001", "86 02"),
        ("01 0000 0001", "81 01"),
        ("41 3721", "C1 01"),
    ],
)
def test_what_the_meter_refuses(pdu: str, reply: str) -> None:
    answer = Pzem016().serve(Adu(1, bytes.fromhex(pdu)))
    assert answer == Adu(1, bytes.fromhex(reply))


def test_calibration_is_refused_and_counted() -> None:
    meter = Pzem016()
    meter.serve(Adu(0xF8, bytes.fromhex("41 3721")))
    assert meter.calibrations_refused == 1


def test_reset_that_reports_an_error_has_reset_all_the_same() -> None:
    meter = Pzem016(energy_wh=77, reset_says_error=True)
    assert meter.serve(Adu(1, b"\x42")) == Adu(1, b"\xc2\x01")
    assert meter.energy_wh == 0


def test_energy_is_power_times_time() -> None:
    meter = Pzem016(energy_wh=10)
    meter.set_load(36_000)
    for _ in range(3600):
        meter.advance(1000)
    assert meter.energy_wh == 46
    assert words(meter)[5:7] == [46, 0]


@given(st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(0, 10_000_000)), max_size=8))
def test_energy_does_not_depend_on_how_time_is_cut(steps: list[tuple[int, int]]) -> None:
    whole, cut = Pzem016(), Pzem016()
    for mw, ms in steps:
        for meter in (whole, cut):
            meter.set_load(mw)
        whole.advance(ms)
        cut.advance(ms // 3)
        cut.advance(ms - ms // 3)
    assert whole.energy_wh == cut.energy_wh
    assert whole.energy_wh == sum(mw * ms for mw, ms in steps if mw >= 400) // 3_600_000_000


def test_the_counter_begins_anew_after_its_last_value() -> None:
    meter = Pzem016(energy_wh=ENERGY_WRAP_WH - 1)
    assert words(meter)[5:7] == [0x967F, 0x0098]
    meter.set_load(1_000_000)
    meter.advance(7200)
    assert meter.energy_wh == 1


def test_large_values_use_the_high_word_second() -> None:
    meter = Pzem016(voltage_mv=220_000)
    meter.set_load(15_400_000)
    voltage, current_low, current_high, power_low, power_high, *_ = words(meter)
    assert voltage == 2200
    assert (current_high << 16 | current_low) == 70_000
    assert (power_high << 16 | power_low) == 154_000


def test_below_the_starting_power_nothing_is_measured() -> None:
    meter = Pzem016()
    meter.set_load(399)
    meter.advance(10**9)
    assert words(meter) == [2300, 0, 0, 0, 0, 0, 0, 500, 0, 0]


def test_alarm_at_the_threshold() -> None:
    meter = Pzem016(threshold_w=2200)
    meter.set_load(2_199_999)
    assert words(meter)[9] == 0
    meter.set_load(2_200_000)
    assert words(meter)[9] == 0xFFFF


def test_a_meter_without_power_counts_nothing() -> None:
    meter = Pzem016()
    meter.set_load(1_000_000)
    meter.powered = False
    meter.advance(3_600_000)
    meter.powered = True
    assert meter.energy_wh == 0


def test_a_meter_exchanged_for_another_shows_its_counter() -> None:
    meter = Pzem016(energy_wh=900)
    meter.set_energy(3)
    assert words(meter)[5:7] == [3, 0]


def test_current_can_be_given() -> None:
    meter = Pzem016()
    meter.set_load(46_000, power_factor_pct=50)
    assert words(meter)[1] == 400
    meter.set_load(46_000, power_factor_pct=50, current_ma=123)
    assert words(meter)[1] == 123
