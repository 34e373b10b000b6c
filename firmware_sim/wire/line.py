"""What a line and a device agree on, and the transmitter that puts answers on the wire in time."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from firmware_sim.wire.faults import CLEAN, Faults, plan

Receive = Callable[[bytes], None]


class Send(Protocol):
    """Puts one frame on the line, with the faults it shall suffer."""

    def __call__(self, frame: bytes, faults: Faults = CLEAN) -> None:
        """Send `frame`; never blocks and never raises."""


class Device(Protocol):
    """Anything with a serial connector."""

    def connect(self, send: Send) -> Receive:
        """Wire the device to a line; the result takes the bytes that arrive on it."""

    def disconnect(self, send: Send) -> None:
        """Forget a line wired before."""


class Transmitter:
    """Sends frames through `write`, with faults and, when `baud` is given, at wire speed.

    A character is 10 bits (8N1). The line is half duplex: bytes received take their time too.
    """

    def __init__(self, write: Callable[[bytes], None], *, baud: int | None = None) -> None:
        self._write = write
        self._second_per_byte = 10 / baud if baud else 0.0
        self._loop = asyncio.get_running_loop()
        self._free_at = 0.0
        self._pending: set[asyncio.TimerHandle] = set()

    def received(self, data: bytes, *, echo: bool = False) -> None:
        """Note that `data` came in: the line was busy for its duration. An adapter may echo it."""
        end = self._occupy(len(data))
        if echo and self._second_per_byte:
            self._later(end, self._write, data)
        elif echo:
            self._write(data)

    def send(self, frame: bytes, faults: Faults = CLEAN) -> None:
        """Put a frame on the line."""
        due = 0.0
        for chunk in plan(frame, faults):
            due += chunk.after_ms / 1000
            if due:
                self._later(self._loop.time() + due, self._transmit, chunk.data)
            else:
                self._transmit(chunk.data)

    def cancel(self) -> None:
        """Drop what has not been sent."""
        for handle in self._pending:
            handle.cancel()
        self._pending.clear()

    def _occupy(self, count: int) -> float:
        self._free_at = max(self._loop.time(), self._free_at) + count * self._second_per_byte
        return self._free_at

    def _transmit(self, data: bytes) -> None:
        if self._second_per_byte:
            self._later(self._occupy(len(data)), self._write, data)
        else:
            self._write(data)

    def _later(self, at: float, action: Callable[[bytes], None], data: bytes) -> None:
        def due() -> None:
            self._pending.discard(handle)
            action(data)

        handle = self._loop.call_at(at, due)
        self._pending.add(handle)
