"""Opens edge events: lines of a gpiochip by ioctl, or a FIFO that carries the same structs."""

import fcntl
import os
import stat
import struct
from collections.abc import Sequence
from functools import partial
from typing import Final

from station_agent.bus.stream import Opened

_GET_LINE: Final = 0xC250B407
"""GPIO_V2_GET_LINE_IOCTL of linux/gpio.h: _IOWR(0xB4, 0x07, 592 bytes)."""
_ACTIVE_LOW, _INPUT, _RISING, _PULL_UP = 1 << 1, 1 << 2, 1 << 4, 1 << 8
_ATTRIBUTE_FLAGS: Final = 1
_EVENT_BUFFER: Final = 1024
_LINES_MAX: Final = 64
_ATTRIBUTES_MAX: Final = 10


def line_request(flows: Sequence[int], buttons: Sequence[int]) -> bytearray:
    """A `gpio_v2_line_request`: rising edges with pull-up on all lines.

    Flow meters have open collectors. Buttons close to ground, so their lines are active-low:
    the rising edge is the press.
    """
    offsets = [*flows, *buttons]
    if not 1 <= len(offsets) <= _LINES_MAX:
        raise ValueError("give 1 to 64 lines")
    flags = _INPUT | _RISING | _PULL_UP
    mask = sum(1 << i for i in range(len(flows), len(offsets)))
    attributes = [(_ATTRIBUTE_FLAGS, 0, flags | _ACTIVE_LOW, mask)] if buttons else []
    return bytearray(
        b"".join(
            (
                struct.pack(f"={_LINES_MAX}I", *offsets, *[0] * (_LINES_MAX - len(offsets))),
                struct.pack("=32s", b"qinlin-station"),
                struct.pack("=QI20x", flags, len(attributes)),
                *(struct.pack("=IIQQ", *attribute) for attribute in attributes),
                bytes(24 * (_ATTRIBUTES_MAX - len(attributes))),
                struct.pack("=II20xi", len(offsets), _EVENT_BUFFER, -1),
            )
        )
    )


def open_lines(path: str, flows: Sequence[int], buttons: Sequence[int]) -> Opened:
    """A non-blocking descriptor that delivers edge events.

    Raises:
        OSError: not there, not a gpiochip or FIFO, or lines taken by another program.
    """
    mode = os.stat(path).st_mode  # noqa: PTH116  one call next to os.open, which needs it too
    if stat.S_ISFIFO(mode):
        # Read and write: with a writer of our own, the other side may come and go.
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        return Opened(fd, partial(os.close, fd))
    if not stat.S_ISCHR(mode):
        raise OSError(f"{path}: neither a gpiochip nor a FIFO")
    chip = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        request = line_request(flows, buttons)
        fcntl.ioctl(chip, _GET_LINE, request)
    finally:
        os.close(chip)
    fd = struct.unpack_from("=i", request, len(request) - 4)[0]
    os.set_blocking(fd, False)
    return Opened(fd, partial(os.close, fd))


def is_replaced(fd: int, path: str) -> bool:
    """Whether a FIFO's path leads elsewhere now, which an open end of it cannot notice."""
    try:
        here, there = os.fstat(fd), os.stat(path)  # noqa: PTH116  compared with fstat
    except OSError:
        return True
    if not stat.S_ISFIFO(here.st_mode):
        return False
    return (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino)
