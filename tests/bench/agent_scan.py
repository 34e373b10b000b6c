"""From the scanned code to the green light: `python -m tests.bench.agent_scan`.

Three spans, each over codes of riders the gate has not seen:
the decision alone (decimal, two signatures, clock, memory); from the last byte on a real
pseudo-terminal to the decision, through the scanner's driver; and from the last byte to the light
on the relay board, through a real agent process, its outbox on disk and a real Modbus line.
"""

import asyncio
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from firmware_sim.boards.gm65 import Gm65
from firmware_sim.wire.pty import Pty
from station_agent.clock import SystemClock
from station_agent.config import GateConfig
from station_agent.drivers.scanner.config import ScannerConfig
from station_agent.drivers.scanner.driver import ScannerDriver
from station_agent.gate.decide import Accepted, Decider, Decision, Times
from station_agent.observations import CodeScanned, ConditionChanged, Observation
from station_agent.sessions.moment import Stamp
from tests.support.ports import free_port
from tests.unit.station_agent.gate.riders import KID, SERVER, Phone, public
from tests.wire.agent.running import running

DECISIONS: Final = 2_000
THROUGH_PORT: Final = 500
THROUGH_AGENT: Final = 60
_EXP_H: Final = 4_102_444_800 // 3_600 - 1


def codes(count: int, *, first: int = 0) -> list[str]:
    """Fresh codes of different riders."""
    now = time.time_ns() // 1_000_000
    return [Phone(number=first + n, exp_h=_EXP_H).code(now) for n in range(count)]


def decider() -> Decider:
    """The gate's rule with the test's key."""
    return Decider(keys={KID: public(SERVER)}, times=Times.of(GateConfig()))


def check(decision: Decision) -> None:
    """A bench of refusals would measure something else."""
    if not isinstance(decision, Accepted):
        raise AssertionError("a good code was refused")  # noqa: TRY004  a wrong outcome, not a type


def wire_s(text: str) -> float:
    """How long a scanner speaks at 9600 baud, 8N1: 1.04 ms a digit, and the final CR."""
    return 10 * (len(text) + 1) / 9_600


def decide_alone() -> list[float]:
    """Seconds of each pure decision."""
    rule, clock, took = decider(), SystemClock(), list[float]()
    for text in codes(DECISIONS):
        now = Stamp(clock.wall_ms(), clock.mono_ms())
        began = time.perf_counter()
        decision = rule.decide(text, now, synced=True)
        took.append(time.perf_counter() - began)
        check(decision)
    return took


async def through_port(folder: Path) -> list[float]:
    """Seconds from the last byte written to the pseudo-terminal to the decision."""
    scanner, rule, clock, took = Gm65(), decider(), SystemClock(), list[float]()
    port = Pty(scanner, link=folder / "scan0")
    port.plug()
    ready, decided = asyncio.Event(), asyncio.Event()

    def emit(seen: Observation) -> None:
        if isinstance(seen, ConditionChanged) and seen.condition == "ok":
            ready.set()
        if isinstance(seen, CodeScanned):
            now = Stamp(clock.wall_ms(), clock.mono_ms())
            check(rule.decide(seen.text, now, synced=True))
            decided.set()

    driver = ScannerDriver(
        config=ScannerConfig(id="scanner", port=str(folder / "scan0")), clock=clock.mono_ms
    )
    task = asyncio.create_task(driver.run(emit))
    await ready.wait()
    for text in codes(THROUGH_PORT):
        decided.clear()
        while not scanner.scan(text):
            await asyncio.sleep(0.01)
        began = time.perf_counter()
        await decided.wait()
        took.append(time.perf_counter() - began)
    task.cancel()
    await asyncio.wait([task])
    port.unplug()
    return took


async def through_agent(folder: Path) -> list[float]:
    """Seconds from the last byte to the green light, the visit on the disk in between.

    The simulated scanner speaks at 9600 baud like the real one; its 0.45 s are taken off.
    """
    took = list[float]()
    async with running(folder, stock={}, port=free_port()) as here:
        await here.log_says("started")
        for text in codes(THROUGH_AGENT, first=10_000):
            while not here.station.lights.dark:
                await asyncio.sleep(0.02)
            light = asyncio.create_task(here.station.lights.next(30))
            await asyncio.sleep(0)
            while not here.station.show(text):
                await asyncio.sleep(0.02)
            began = time.perf_counter()
            if await light != "green":
                raise AssertionError("a good code had no green light")
            took.append(time.perf_counter() - began - wire_s(text))
    return took


def line(name: str, seconds: Sequence[float]) -> str:
    """Median and 99th percentile in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return (
        f"{name:<44} p50 {1e3 * cuts[49]:7.2f} ms   p99 {1e3 * cuts[98]:7.2f} ms   n {len(seconds)}"
    )


def main() -> None:
    """Print the three spans."""
    gc.disable()
    print(line("decision alone", decide_alone()), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        print(line("last byte on the port → decision", asyncio.run(through_port(Path(folder)))))
    with tempfile.TemporaryDirectory() as folder:
        print(
            line(
                "last byte → light, agent and disk between",
                asyncio.run(through_agent(Path(folder))),
            )
        )
    print(f"load of the machine meanwhile: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
