"""Opens serial devices, 8N1, for one owner each."""

from collections.abc import Callable

import serial

from station_agent.bus.stream import Opened, Opener


def open_serial(path: str, baud: int) -> Opened:
    """A non-blocking serial descriptor, locked against a second owner.

    Raises:
        OSError, termios.error: it is not there, or taken.
    """
    # pyserial takes care of raw mode, speed and flock; reading and writing are ours.
    handle = serial.Serial(path, baud, timeout=0, exclusive=True)
    return Opened(handle.fileno(), handle.close)


def serial_opener(path: str, baud: int, clock: Callable[[], int]) -> Opener:
    """Opens a serial device whenever it is there."""
    return Opener(open=lambda: open_serial(path, baud), clock=clock)
