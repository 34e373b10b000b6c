"""Runs one driver against simulated boards and waits for what it reports."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TypeVar

from station_agent.observations import ConditionChanged, Driver, Observation, Reading

_T = TypeVar("_T")
PATIENCE_S = 30.0
"""Far longer than anything takes: only a test that fails waits so long."""


def clock() -> int:
    """Monotonic ms."""
    return time.monotonic_ns() // 1_000_000


class Seen:
    """What drivers reported, in order; `until` waits for the next that fits."""

    def __init__(self) -> None:
        self.all: list[Observation] = []
        self._more = asyncio.Event()

    def __call__(self, observation: Observation) -> None:
        """Take an observation."""
        self.all.append(observation)
        self._more.set()

    async def until(self, fits: Callable[[Observation], bool]) -> Observation:
        """The first observation from now on that fits."""
        at = len(self.all)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                while at < len(self.all):
                    if fits(self.all[at]):
                        return self.all[at]
                    at += 1
                self._more.clear()
                await self._more.wait()

    async def reading(self, unit: int, cap: str, value: int | None = None) -> Reading:
        """The next reading of one capability of one unit (with a value, when given)."""
        found = await self.until(
            lambda o: (
                isinstance(o, Reading)
                and (o.unit, o.cap) == (unit, cap)
                and value in (None, o.value)
            )
        )
        assert isinstance(found, Reading)
        return found

    async def condition(self, device: str, condition: str) -> ConditionChanged:
        """A report of this condition, also one that came already if it is the latest."""
        for earlier in reversed(self.all):
            if isinstance(earlier, ConditionChanged) and earlier.device == device:
                if earlier.condition == condition:
                    return earlier
                break
        found = await self.until(
            lambda o: (
                isinstance(o, ConditionChanged) and (o.device, o.condition) == (device, condition)
            )
        )
        assert isinstance(found, ConditionChanged)
        return found

    def conditions(self, device: str) -> list[str]:
        """All conditions a device was reported in."""
        return [
            o.condition for o in self.all if isinstance(o, ConditionChanged) and o.device == device
        ]


@asynccontextmanager
async def running(*drivers: Driver) -> AsyncIterator[Seen]:
    """Drivers at work; a driver that stops by itself fails the test."""
    seen = Seen()
    tasks = [asyncio.create_task(driver.run(seen)) for driver in drivers]
    try:
        yield seen
        for task in tasks:
            assert not task.done(), task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait for something outside the drivers."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.005)


def play(scenario: Coroutine[object, object, _T]) -> _T:
    """Run one scenario in a loop of its own."""
    return asyncio.run(scenario)
