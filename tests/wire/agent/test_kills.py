"""An agent killed in the middle of things, beside devices that go on."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from firmware_sim.world.physics import Battery
from firmware_sim.world.station import Station
from protocol.credential import scan_hash
from protocol.events import Charge, Device, Draw, State, UmbrellaReturned, UmbrellaTaken, Visit
from tests.support.ports import free_port
from tests.unit.station_agent.gate.riders import Phone
from tests.wire.agent.running import Running, running

A, B, C = (f"E2000000000000000000000{n}" for n in range(1, 4))


def phone(number: int = 1) -> Phone:
    return Phone(number=number, exp_h=4_102_444_800 // 3_600 - 1)


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def port_is(unit: int, value: int) -> Callable[[State], bool]:
    return lambda s: (s.cap, s.unit, s.value) == ("port_state", unit, value)


def test_a_charge_survives_kills_as_one_fact_with_every_watt_hour(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, stock={}, port=free_port()) as here:
            await here.until(State, port_is(2, 1))
            before = here.station.plug(2, Battery(peak_mw=90_000, wanted_wh=10_000))
            await here.until(State, port_is(2, 2))
            here.pass_(600)
            for _ in range(2):
                await here.kill()
                here.pass_(1_800)
                await here.start()
                here.pass_(60)
            after = here.station.unplug(2)
            await here.until(Charge)
            [fact] = here.events(Charge)
            assert (fact.device, fact.unit, fact.wh) == ("charger", 2, after - before)
            assert fact.wh == 108
            assert fact.peak_mw == 90_000

    asyncio.run(story())


def test_a_charge_that_ended_while_the_agent_was_dead_is_one_fact(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, stock={}, port=free_port()) as here:
            await here.until(State, port_is(1, 1))
            before = here.station.plug(1, Battery(peak_mw=60_000, wanted_wh=10_000))
            await here.until(State, port_is(1, 2))
            await here.kill()
            here.pass_(3_600)
            after = here.station.unplug(1)
            await here.start()
            await here.until(Charge)
            assert [(f.unit, f.wh) for f in here.events(Charge)] == [(1, after - before)]
            assert after - before == 60

    asyncio.run(story())


def pour(station: Station, ml: int) -> int:
    return station.pour(1_000 * ml)


async def poured(here: Running, kills: int) -> int:
    """Half a litre, with as many kills in it; the pulses made."""
    pulses = pour(here.station, 100)
    await here.until(State, lambda s: (s.cap, s.value) == ("flowing", 1))
    for _ in range(kills):
        await here.kill()
        pulses += pour(here.station, 100)
        await here.start()
    return pulses + pour(here.station, 100)


def test_a_draw_survives_a_kill_with_every_pulse(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, stock={}, port=free_port()) as here:
            pulses = await poured(here, kills=1)
            await here.until(Draw)
            assert sum(draw.ml for draw in here.events(Draw)) == round(pulses / 0.45)
            assert len(here.events(Draw)) == 1
            assert pulses == 135

    asyncio.run(story())


def test_a_green_light_is_a_fact_even_when_the_agent_dies_under_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, stock={}, port=free_port()) as here:
            await here.until(State, port_is(1, 1))
            scans = []
            for number in range(1, 4):
                text = phone(number).code(wall_ms())
                light = asyncio.create_task(here.station.lights.next(30))
                await asyncio.sleep(0)
                while not here.station.show(text):
                    await asyncio.sleep(0.05)
                assert await light == "green"
                await here.kill()
                scans.append(scan_hash(text))
                await here.start()
                await here.log_says("started")
                while not here.station.lights.dark:
                    await asyncio.sleep(0.05)
            assert [visit.scan for visit in here.events(Visit)] == scans

    asyncio.run(story())


def test_umbrellas_are_followed_through_a_kill(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, stock={1: A, 3: B}, port=free_port()) as here:
            await here.until(State, lambda s: (s.cap, s.unit, s.value) == ("slot_state", 3, 1))
            await here.until(Device, lambda d: (d.device, d.condition) == ("tags", "ok"))
            here.station.press("umbrella")
            tag = await pulled(here, 1)
            taken = await here.until(UmbrellaTaken)
            assert (taken.unit, taken.tag, taken.while_off) == (1, tag, False)
            await here.kill()
            here.station.insert(6, C)
            await here.start()
            returned = await here.until(UmbrellaReturned)
            assert (returned.unit, returned.tag, returned.while_off) == (6, C, True)
            assert len(here.events(UmbrellaTaken)) == len(here.events(UmbrellaReturned)) == 1

    asyncio.run(story())


async def pulled(here: Running, slot: int) -> str:
    async with asyncio.timeout(30):
        while (tag := here.station.pull(slot)) is None:
            await asyncio.sleep(0.05)
    return tag


def test_sigterm_ends_the_agent_in_order_and_in_time(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, stock={}, port=free_port()) as here:
            await here.until(State, port_is(1, 1))
            code, seconds = await here.stop()
            assert code == 0
            assert seconds < 20, "two seconds are promised; a busy test machine gets more"
            assert "stopped" in here.log()

    asyncio.run(story())
