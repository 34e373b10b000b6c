"""Edges of GPIO lines as the kernel reports them, written into a FIFO in place of a gpiochip."""

import asyncio
import os
import stat
import struct
import time
from pathlib import Path
from typing import Final

EVENT: Final = struct.Struct("=QIIII24x")
"""`struct gpio_v2_line_event` of <linux/gpio.h>: timestamp_ns, id, offset, seqno, line_seqno."""
RISING: Final = 1
FALLING: Final = 2
_ATOMIC: Final = 4096 // EVENT.size
"""Events in one write that a FIFO takes whole or not at all (PIPE_BUF)."""


class GpioFifo:
    """Lines of one request. `line_seqno` counts every edge of a line, read or not.

    The FIFO is open for reading and writing here, so a reader may restart without loss. Edges
    that find it full are dropped, but counted: the gap in the sequence tells of them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1
        self._seqno = 0
        self._line_seqno: dict[int, int] = {}
        self.dropped = 0

    @property
    def path(self) -> Path:
        """Where the events are to be read."""
        return self._path

    def plug(self) -> None:
        """Create the FIFO, or take over one that is there.

        Raises:
            OSError: the folder does not exist, or something else is in the FIFO's place.
        """
        try:
            os.mkfifo(self._path, 0o600)
        except FileExistsError:
            if not stat.S_ISFIFO(self._path.stat().st_mode):
                raise
        self._fd = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def unplug(self) -> None:
        """Remove the FIFO; a reader sees its end."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self._path.unlink(missing_ok=True)

    def count(self, line: int) -> int:
        """Edges of a line so far (its last `line_seqno`)."""
        return self._line_seqno.get(line, 0)

    def pulse(self, line: int, n: int = 1) -> None:
        """`n` rising edges of a flow meter."""
        for done in range(0, n, _ATOMIC):
            self._emit([self._event(line, RISING) for _ in range(min(_ATOMIC, n - done))])

    def press(self, line: int, *, held_ms: float = 120, bounces: int = 0) -> None:
        """A button goes down (rising, with `bounces` more pairs of edges) and up (falling)."""
        edges = [RISING, *([FALLING, RISING] * bounces)]
        self._emit([self._event(line, edge) for edge in edges])
        asyncio.get_running_loop().call_later(held_ms / 1000, self._release, line)

    def _release(self, line: int) -> None:
        self._emit([self._event(line, FALLING)])

    def _event(self, line: int, edge: int) -> bytes:
        self._seqno = (self._seqno + 1) & 0xFFFFFFFF
        self._line_seqno[line] = (self.count(line) + 1) & 0xFFFFFFFF
        return EVENT.pack(time.monotonic_ns(), edge, line, self._seqno, self._line_seqno[line])

    def _emit(self, events: list[bytes]) -> None:
        if self._fd < 0:
            return
        try:
            os.write(self._fd, b"".join(events))
        except BlockingIOError:
            if len(events) == 1:
                self.dropped += 1
            else:
                for event in events:
                    self._emit([event])
