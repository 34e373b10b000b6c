"""GPIO events through a real FIFO: pulses counted, presses told once, restarts survived."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from firmware_sim.wire.gpio import GpioFifo
from station_agent.drivers.gpio_lines.config import FlowConfig, GpioConfig
from station_agent.drivers.gpio_lines.driver import GpioDriver
from station_agent.observations import ButtonPressed, Pulses
from tests.wire.drivers.running import Seen, clock, play, running

FLOW, TAP, UMBRELLA = 17, 22, 23


def driver(fifo: GpioFifo) -> GpioDriver:
    config = GpioConfig(
        id="gpio",
        path=str(fifo.path),
        water="water",
        flows=(FlowConfig(line=FLOW),),
        tap_line=TAP,
        umbrella_line=UMBRELLA,
    )
    return GpioDriver(config=config, clock=clock)


@asynccontextmanager
async def lines(folder: Path) -> AsyncIterator[tuple[GpioFifo, Seen]]:
    fifo = GpioFifo(folder / "gpio0")
    fifo.plug()
    try:
        async with running(driver(fifo)) as seen:
            await seen.condition("gpio", "ok")
            yield fifo, seen
    finally:
        fifo.unplug()


async def total(seen: Seen, count: int) -> Pulses:
    found = await seen.until(lambda o: isinstance(o, Pulses) and o.total >= count)
    assert isinstance(found, Pulses)
    return found


def test_every_pulse_of_a_litre_is_counted(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with lines(tmp_path) as (fifo, seen):
            fifo.pulse(FLOW, 450)
            found = await total(seen, 450)
            assert found[:4] == ("water", 1, FLOW, 450)

        totals = [o.total for o in seen.all if isinstance(o, Pulses)]
        assert totals == sorted(totals)

    play(scenario())


def test_pulses_while_the_agent_is_away_are_in_the_next_total(tmp_path: Path) -> None:
    async def scenario() -> None:
        fifo = GpioFifo(tmp_path / "gpio0")
        fifo.plug()
        async with running(driver(fifo)) as seen:
            await seen.condition("gpio", "ok")
            fifo.pulse(FLOW, 10)
            await total(seen, 10)
        fifo.pulse(FLOW, 5_000)  # more than the FIFO holds
        assert fifo.dropped > 0
        async with running(driver(fifo)) as seen:
            await total(seen, 1_000)
            fifo.pulse(FLOW)
            await total(seen, 5_011)
        fifo.unplug()

    play(scenario())


def test_each_button_is_told_once_a_press_however_it_bounces(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with lines(tmp_path) as (fifo, seen):
            fifo.press(TAP, bounces=7, held_ms=10)
            fifo.press(UMBRELLA, bounces=2, held_ms=10)
            await seen.until(lambda o: isinstance(o, ButtonPressed) and o.button == "umbrella")
            await asyncio.sleep(0.35)  # a press sooner than that is the same one
            fifo.press(TAP, held_ms=10)
            await seen.until(lambda o: isinstance(o, ButtonPressed) and o.button == "tap")

        presses = [(o.device, o.button) for o in seen.all if isinstance(o, ButtonPressed)]
        assert presses == [("gpio", "tap"), ("gpio", "umbrella"), ("gpio", "tap")]

    play(scenario())


def test_a_line_nobody_configured_is_passed_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with lines(tmp_path) as (fifo, seen):
            fifo.pulse(5, 3)
            fifo.pulse(FLOW, 2)
            await total(seen, 2)
            assert len([o for o in seen.all if isinstance(o, Pulses)]) == 1

    play(scenario())


def test_a_fifo_that_goes_and_comes_again_is_told_and_read_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with lines(tmp_path) as (fifo, seen):
            fifo.pulse(FLOW, 3)
            await total(seen, 3)
            fifo.unplug()
            await seen.condition("gpio", "unplugged")
            fifo.plug()
            await seen.condition("gpio", "ok")
            fifo.pulse(FLOW, 4)
            await total(seen, 7)

    play(scenario())


def test_a_path_that_is_no_gpiochip_is_told_and_waited_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        fifo = GpioFifo(tmp_path / "gpio0")
        fifo.path.write_text("no lines here")
        async with running(driver(fifo)) as seen:
            told = await seen.condition("gpio", "unplugged")
            assert "neither a gpiochip nor a FIFO" in told.detail
            fifo.path.unlink()
            fifo.plug()
            await seen.condition("gpio", "ok")
        fifo.unplug()

    play(scenario())
