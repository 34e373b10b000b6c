"""What boards with a serial protocol of their own share: their lines, faults and idle timer."""

import asyncio

from firmware_sim.wire.faults import Injector
from firmware_sim.wire.line import Receive, Send

IDLE_S = 0.05
"""Silence after which half a command is forgotten."""


class SerialBoard:
    """A device that answers on every line it is wired to."""

    def __init__(self) -> None:
        self.faults = Injector()
        self._lines: list[Send] = []
        self._buffer = bytearray()
        self._idle: asyncio.TimerHandle | None = None

    def connect(self, send: Send) -> Receive:
        """Wire the board to a line."""
        self._lines.append(send)
        return self._receive

    def disconnect(self, send: Send) -> None:
        """Forget a line; half a command that came over it is forgotten too."""
        self._lines.remove(send)
        self._buffer.clear()

    def consume(self, buffer: bytearray) -> None:
        """Take whole commands off the front of `buffer`, and what cannot begin one.

        `buffer` keeps what may still become a command.
        """
        raise NotImplementedError

    def emit(self, frame: bytes) -> None:
        """Send a frame, with the faults that are due."""
        faults = self.faults.take()
        for send in self._lines:
            send(frame, faults)

    def _receive(self, data: bytes) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._buffer += data
        self.consume(self._buffer)
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(IDLE_S, self._silence)

    def _silence(self) -> None:
        """What is left is no command: look for one behind its first byte, and so on."""
        while self._buffer:
            del self._buffer[0]
            self.consume(self._buffer)
