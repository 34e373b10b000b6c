"""Batteries, boiler and flow meter keep energy, heat and every pulse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.world.physics import UJ_PER_WH, Battery, Boiler, FlowMeter


def test_a_battery_charges_at_constant_power_then_tapers_then_switches_off() -> None:
    battery = Battery(peak_mw=100_000, wanted_wh=50)
    powers = []
    while battery.power_mw():
        powers.append(battery.power_mw())
        battery.draw(10_000)
    constant = [power for power in powers if power == 100_000]
    taper = powers[len(constant) :]
    assert len(constant) * 10_000 * 100_000 == pytest.approx(40 * UJ_PER_WH, rel=0.01)
    assert taper == sorted(taper, reverse=True)
    assert taper[-1] >= battery.cut_off_mw
    assert 45 * UJ_PER_WH < battery.drawn_uj <= 50 * UJ_PER_WH
    battery.draw(10_000)
    assert battery.power_mw() == 0


def test_a_full_battery_never_starts_again() -> None:
    battery = Battery(peak_mw=20_000, wanted_wh=1)
    battery.draw(3_600_000)
    assert battery.power_mw() == 0
    drawn = battery.drawn_uj
    battery.draw(3_600_000)
    assert battery.drawn_uj == drawn


@given(st.lists(st.integers(1, 500_000), min_size=1, max_size=60))
def test_no_pulse_is_lost_or_invented_however_water_comes(parts: list[int]) -> None:
    meter = FlowMeter()
    made = sum(meter.flow(ul) for ul in parts)
    assert made == meter.pulses == sum(parts) * 450 // 1_000_000


@pytest.mark.parametrize(("pulses", "ml"), [(0, 0), (1, 2), (9, 20), (225, 500), (226, 502)])
def test_volume_is_pulses_by_450_rounded_half_up(pulses: int, ml: int) -> None:
    assert FlowMeter().ml(pulses) == ml


def test_the_boiler_heats_between_its_limits_and_cools_when_tapped() -> None:
    boiler = Boiler(temp_mc=89_000)
    boiler.advance(1_000)
    assert boiler.heating
    boiler.advance(3_600_000)
    assert 89_900 <= boiler.temp_mc <= 96_500
    before = boiler.temp_mc
    boiler.replace(1_000)
    assert boiler.temp_mc == (before * 11_000 + 15_000 * 1_000) // 12_000


@given(st.integers(1, 200))
def test_cooling_does_not_depend_on_how_finely_time_is_cut(step: int) -> None:
    fine, coarse = Boiler(temp_mc=95_000), Boiler(temp_mc=95_000)
    for _ in range(50):
        fine.advance(step)
    coarse.advance(50 * step)
    assert abs(fine.temp_mc - coarse.temp_mc) <= 1
