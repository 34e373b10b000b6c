"""Meters, relay and thermometer on one real line: what each reports and does to the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from firmware_sim.boards.pzem016 import Pzem016
from firmware_sim.boards.r4dcb08 import R4dcb08
from firmware_sim.boards.waveshare_relay import WaveshareRelay
from firmware_sim.wire.faults import Faults
from firmware_sim.wire.pty import Pty
from firmware_sim.wire.rtu import Bus
from firmware_sim.wire.tcp import Framing, MbapBus, TcpPort
from station_agent.bus.modbus import ModbusBus
from station_agent.drivers.modbus_io.config import RelayConfig
from station_agent.drivers.modbus_io.driver import RelayDriver
from station_agent.drivers.modbus_meter.config import MeterConfig
from station_agent.drivers.modbus_meter.driver import MeterDriver
from station_agent.drivers.temperature.config import TemperatureConfig
from station_agent.drivers.temperature.driver import TemperatureDriver
from tests.wire.drivers.running import Seen, clock, eventually, play, running

POLL_S = 0.05


@dataclass
class Line:
    """The boards of a station's Modbus line and the drivers on its other end."""

    meters: list[Pzem016]
    relay: WaveshareRelay
    thermo: R4dcb08
    pty: Pty
    bus: ModbusBus
    seen: Seen = field(init=False)
    relay_driver: RelayDriver = field(init=False)
    meter_driver: MeterDriver = field(init=False)


def drivers(bus: ModbusBus) -> tuple[MeterDriver, RelayDriver, TemperatureDriver]:
    return (
        MeterDriver(
            config=MeterConfig(id="charger", bus="bus0", addresses=(1, 2, 3, 4), poll_s=POLL_S),
            bus=bus,
            clock=clock,
        ),
        RelayDriver(
            config=RelayConfig(
                id="relay", bus="bus0", address=10, sockets=(1, 2, 3, 4), poll_s=POLL_S
            ),
            bus=bus,
            clock=clock,
        ),
        TemperatureDriver(
            config=TemperatureConfig(
                id="thermo", bus="bus0", address=20, water="water", poll_s=POLL_S
            ),
            bus=bus,
            clock=clock,
        ),
    )


def boards() -> tuple[list[Pzem016], WaveshareRelay, R4dcb08]:
    meters = [Pzem016(address=a, energy_wh=1000 * a) for a in (1, 2, 3, 4)]
    relay, thermo = WaveshareRelay(address=10), R4dcb08(address=20)
    thermo.set_temperature(1, 90_500)
    return meters, relay, thermo


@asynccontextmanager
async def line(folder: Path, *, quiet_s: float = 0.25) -> AsyncIterator[Line]:
    meters, relay, thermo = boards()
    pty = Pty(Bus([*meters, relay, thermo]), link=folder / "bus0")
    pty.plug()
    bus = ModbusBus(
        id="bus0",
        port=str(pty.path),
        clock=clock,
        quiet_s=quiet_s,
        rest_max_ms=2_000,
        reconnect_max_ms=200,
    )  # fmt: skip  one line for the line, one for its patience
    made = Line(meters, relay, thermo, pty, bus)
    all_drivers = drivers(bus)
    made.meter_driver, made.relay_driver, _ = all_drivers
    try:
        async with running(*all_drivers) as made.seen:
            yield made
    finally:
        bus.close()
        pty.unplug()


def test_every_device_of_the_line_is_read(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with line(tmp_path) as here:
            here.meters[2].set_load(24_400, current_ma=108)
            assert (await here.seen.reading(3, "power_mw", 24_400)).device == "charger"
            assert (await here.seen.reading(3, "current_ma")).value == 108
            assert (await here.seen.reading(3, "voltage_mv")).value == 230_000
            for unit in (1, 2, 3, 4):
                assert (await here.seen.reading(unit, "energy_wh")).value == 1000 * unit
            temperature = await here.seen.reading(1, "temp_mc")
            assert (temperature.device, temperature.value) == ("thermo", 90_500)
            for device in ("charger", "relay", "thermo"):
                await here.seen.condition(device, "ok")
                assert here.seen.conditions(device) == ["ok"]

    play(scenario())


def test_sockets_are_switched_on_and_again_after_the_board_lost_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with line(tmp_path) as here:
            await eventually(lambda: all(here.relay.is_on(c) for c in (1, 2, 3, 4)))
            assert not any(here.relay.is_on(c) for c in (5, 6, 7, 8))
            here.relay.set_channel(2, on=False)
            await eventually(lambda: here.relay.is_on(2))

            assert await here.relay_driver.set(2, on=False)
            await here.seen.reading(2, "relay", 0)
            await here.seen.reading(2, "relay", 0)
            assert not here.relay.is_on(2)
            assert await here.relay_driver.set(2, on=True)
            await here.seen.reading(2, "relay", 1)

    play(scenario())


def test_the_green_light_flashes_and_goes_out_by_itself(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with line(tmp_path) as here:
            moves: list[tuple[int, bool]] = []
            await eventually(lambda: here.relay.is_on(4))
            here.relay.on_change(lambda channel, on: moves.append((channel, on)))

            assert await here.relay_driver.flash(7, 1)

            await eventually(lambda: moves == [(7, True), (7, False)])
            with pytest.raises(ValueError, match="tenths"):
                await here.relay_driver.flash(7, 0)

    play(scenario())


def test_a_dead_meter_and_its_return_are_told_while_the_others_flow(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with line(tmp_path, quiet_s=0.05) as here:
            await here.seen.condition("charger", "ok")
            here.meters[2].powered = False
            told = await here.seen.condition("charger", "mute")
            assert told.detail == "meter 3: no answer"

            for unit in (1, 2, 4):
                await here.seen.reading(unit, "energy_wh", 1000 * unit)
            # Resting, the dead meter is asked ever less: the others are read in between.
            requests, timeouts = here.bus.counters.requests, here.bus.counters.timeouts
            for _ in range(10):
                await here.seen.reading(1, "energy_wh")
            assert here.bus.counters.timeouts - timeouts <= 3
            assert here.bus.counters.requests - requests >= 30

            here.meters[2].powered = True
            await here.seen.condition("charger", "ok")
            assert here.seen.conditions("charger") == ["ok", "mute", "ok"]

    play(scenario())


def test_a_babbling_device_does_not_keep_the_others_from_being_read(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with line(tmp_path, quiet_s=0.05) as here:
            await here.seen.condition("thermo", "ok")

            async def babble() -> None:
                while True:
                    # What pymodbus' own framer would take for beginnings of frames, and wait.
                    here.pty.noise(b"\x01\x04\xff\x14\x03\x01\x04")
                    await asyncio.sleep(0.002)

            noise = asyncio.create_task(babble())
            for unit in (1, 2, 3, 4):
                await here.seen.reading(unit, "energy_wh", 1000 * unit)
            await here.seen.reading(1, "temp_mc", 90_500)
            await here.seen.reading(4, "relay", 1)
            noise.cancel()
            await asyncio.gather(noise, return_exceptions=True)
            assert here.seen.conditions("thermo") == ["ok"]

    play(scenario())


def test_flipped_bits_are_counted_and_told_as_garbled(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with line(tmp_path, quiet_s=0.05) as here:
            await here.seen.condition("thermo", "ok")
            assert here.bus.counters.garbled == 0

            here.thermo.faults.once(Faults(flip_byte=-1))
            await eventually(lambda: here.bus.counters.garbled == 1)
            await here.seen.reading(1, "temp_mc", 90_500)
            assert here.seen.conditions("thermo") == ["ok"]

            here.thermo.faults.always = Faults(flip_byte=3)
            told = await here.seen.condition("thermo", "garbled")
            assert "no valid reply" in told.detail

            here.thermo.faults.clear()
            await here.seen.condition("thermo", "ok")

    play(scenario())


@pytest.mark.parametrize(
    "faults",
    [
        Faults(drip_ms=1),
        Faults(duplicate=True),
        Faults(noise=b"\x00\xff\x01\x04\x14"),
        Faults(delay_ms=60),
    ],
    ids=["dripped", "twice", "behind noise", "slow"],
)
def test_replies_that_come_oddly_are_still_read(tmp_path: Path, faults: Faults) -> None:
    async def scenario() -> None:
        async with line(tmp_path) as here:
            for meter in here.meters:
                meter.faults.always = faults
            for unit in (1, 2, 3, 4):
                await here.seen.reading(unit, "energy_wh", 1000 * unit)
            await here.seen.condition("charger", "ok")
            assert here.bus.counters.timeouts == 0

    play(scenario())


def test_another_devices_reply_is_not_taken(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with line(tmp_path, quiet_s=0.05) as here:
            await here.seen.condition("charger", "ok")
            here.meters[0].set_energy(1_500)
            here.meters[0].faults.always = Faults(wrong_id=2)
            told = await here.seen.condition("charger", "garbled")
            assert told.detail.startswith("meter 1:")
            await here.seen.reading(2, "energy_wh")

        energies = [o for o in here.seen.all if getattr(o, "cap", "") == "energy_wh"]
        assert {o.value for o in energies if getattr(o, "unit", 0) == 2} == {2_000}  # type: ignore[union-attr]  # readings, by the line above

    play(scenario())


def test_pulling_the_adapter_is_told_and_plugging_it_in_resumes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with line(tmp_path) as here:
            await here.seen.condition("charger", "ok")
            here.pty.unplug()
            for device in ("charger", "relay", "thermo"):
                await here.seen.condition(device, "unplugged")
            assert not await here.relay_driver.flash(7, 1)

            here.pty.plug()
            for device in ("charger", "relay", "thermo"):
                await here.seen.condition(device, "ok")
            await here.seen.reading(1, "energy_wh", 1_000)
            assert here.bus.counters.connects == 2

    play(scenario())


def test_impossible_values_are_held_back_and_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with line(tmp_path) as here:
            await here.seen.condition("charger", "ok")
            here.meters[0].voltage_mv = 460_000
            told = await here.seen.condition("charger", "implausible")
            assert told.detail == "meter 1: 460 V"
            here.meters[0].voltage_mv = 230_000
            await here.seen.condition("charger", "ok")

            here.meters[3].set_energy(7)
            await here.seen.reading(4, "energy_wh", 7)
            assert here.meter_driver.resets == 1

            here.thermo.set_temperature(1, None)
            told = await here.seen.condition("thermo", "implausible")
            assert told.detail == "no probe connected"

        voltages = {o.value for o in here.seen.all if getattr(o, "cap", "") == "voltage_mv"}  # type: ignore[union-attr]  # readings, by the filter
        assert voltages == {230_000}

    play(scenario())


@pytest.mark.parametrize("framing", ["rtu", "mbap"])
def test_the_same_devices_behind_a_gateway(framing: Framing) -> None:
    async def scenario() -> None:
        meters, relay, thermo = boards()
        wired = Bus([*meters, relay, thermo])
        port = TcpPort(MbapBus(wired) if framing == "mbap" else wired)
        await port.plug()
        bus = ModbusBus(
            id="bus0",
            tcp=f"127.0.0.1:{port.port}",
            framing=framing,
            clock=clock,
            quiet_s=0.05,
            reconnect_max_ms=200,
        )
        all_drivers = drivers(bus)
        try:
            async with running(*all_drivers) as seen:
                for unit in (1, 2, 3, 4):
                    await seen.reading(unit, "energy_wh", 1000 * unit)
                await seen.reading(1, "temp_mc", 90_500)
                await seen.reading(1, "relay", 1)
                assert await all_drivers[1].flash(8, 1)

                await port.unplug()
                await seen.condition("charger", "unplugged")
                await port.plug()
                await seen.condition("charger", "ok")
        finally:
            bus.close()
            await port.unplug()

    play(scenario())
