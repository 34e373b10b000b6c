"""A line to a board for tests: in process, or a real serial port."""

import asyncio
import functools
import os
import selectors
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ParamSpec, Self

from firmware_sim.wire.faults import CLEAN, Faults, plan
from firmware_sim.wire.line import Device

P = ParamSpec("P")
PATIENCE_S = 20


def on_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an asynchronous test on a loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


class _Hurry(selectors.DefaultSelector):
    """Skips every wait, and tells how long it would have been."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.waited += max(timeout or 0.0, 0.0)
        return super().select(0)


class _VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still while it works and jumps while it waits."""

    def __init__(self) -> None:
        self._hurry = _Hurry()
        super().__init__(self._hurry)

    def time(self) -> float:
        return self._hurry.waited


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an asynchronous test in which a second passes at once; it may not do I/O."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now_ms() -> float:
    """Time of the running loop, to a microsecond."""
    return round(asyncio.get_running_loop().time() * 1000, 3)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, patiently."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.002)


class Wire:
    """A line within the process: keeps every frame the device sends, without their delays."""

    def __init__(self, device: Device) -> None:
        self.frames: list[bytes] = []
        self.receive = device.connect(self._send)

    def _send(self, frame: bytes, faults: Faults = CLEAN) -> None:
        data = b"".join(chunk.data for chunk in plan(frame, faults))
        if data:
            self.frames.append(data)

    def ask(self, request: str) -> str:
        """What the device says at once to a request; both in hex, as vendors print them."""
        self.frames.clear()
        self.receive(bytes.fromhex(request))
        return " | ".join(frame.hex(" ").upper() for frame in self.frames)


class Port:
    """The reader's end of a serial port."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        self._fd = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def write(self, frame: str) -> None:
        """Send a request given in hex."""
        os.write(self._fd, bytes.fromhex(frame))

    async def read(self, count: int) -> str:
        """Exactly `count` bytes, in hex, however late they come."""
        data = b""
        async with asyncio.timeout(PATIENCE_S):
            while len(data) < count:
                try:
                    data += os.read(self._fd, count - len(data))
                except BlockingIOError:
                    await asyncio.sleep(0.001)
        return data.hex(" ").upper()

    async def ask(self, request: str, count: int) -> str:
        """Send a request and read a reply of `count` bytes."""
        self.write(request)
        return await self.read(count)
