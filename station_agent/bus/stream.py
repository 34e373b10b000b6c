"""A descriptor of one driver: opened again and again, read without threads."""

import asyncio
import os
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from station_agent.bus.backoff import BackOff
from station_agent.bus.errors import PortGoneError

_CHUNK: Final = 4096
_BUFFER_MAX: Final = 65_536
"""A driver busy elsewhere loses the oldest bytes of a babbling device, never memory."""


class Opened(NamedTuple):
    """A non-blocking descriptor and how to give it back."""

    fd: int
    close: Callable[[], None]


class ByteStream:
    """One open descriptor. Made by `Opener.opened`."""

    def __init__(self, opened: Opened) -> None:
        self._fd = opened.fd
        self._close = opened.close
        self._buffer = bytearray()
        self._arrived = asyncio.Event()
        self._gone = ""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._readable)

    @property
    def fd(self) -> int:
        """The descriptor, for looking at what it refers to."""
        return self._fd

    async def read(self, timeout_s: float) -> bytes:
        """What has arrived: at once when there is something, else within `timeout_s`.

        Returns:
            At least one byte, or nothing when the time is over.

        Raises:
            PortGoneError: the port vanished.
        """
        if not self._buffer and not self._gone:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
            except TimeoutError:
                return b""
        if self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()
            return data
        raise PortGoneError(self._gone)

    def drain(self) -> int:
        """Throw away what has arrived and nobody asked for; returns how many bytes."""
        count = len(self._buffer)
        self._buffer.clear()
        return count

    def write(self, data: bytes) -> None:
        """Send a short frame.

        Raises:
            PortGoneError: the port vanished, or does not take bytes any more.
        """
        if self._gone:
            raise PortGoneError(self._gone)
        try:
            written = os.write(self._fd, data)
        except OSError as error:
            raise PortGoneError(f"write: {error.strerror}") from error
        if written != len(data):
            raise PortGoneError("the port takes no more bytes")

    def close(self) -> None:
        """Give the descriptor back; once."""
        self._loop.remove_reader(self._fd)
        self._gone = self._gone or "closed"
        self._arrived.set()
        self._close()

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            data, self._gone = b"", f"read: {error.strerror}"
        if not data:
            # A hang-up stays readable for ever; listening on would spin.
            self._gone = self._gone or "hung up"
            self._loop.remove_reader(self._fd)
        self._buffer += data
        if len(self._buffer) > _BUFFER_MAX:
            del self._buffer[:-_BUFFER_MAX]
        self._arrived.set()


class Opener:
    """Opens one path for as long as it takes.

    Args:
        open: gives a descriptor, or raises OSError or termios.error.
        clock: monotonic ms.
        reopen_max_ms: longest pause between two attempts.
    """

    def __init__(
        self,
        *,
        open: Callable[[], Opened],  # noqa: A002  it does what the built-in does
        clock: Callable[[], int],
        reopen_max_ms: int = 5_000,
    ) -> None:
        self._open = open
        self._clock = clock
        self._backoff = BackOff(first_ms=100, max_ms=reopen_max_ms)

    @asynccontextmanager
    async def opened(self, missing: Callable[[str], None]) -> AsyncIterator[ByteStream]:
        """Wait until the port can be opened; closed on leaving.

        Args:
            missing: told the reason of each failed attempt.

        Raises:
            PortGoneError: the port vanished in use; leaving takes the rest that is due.
        """
        while True:
            try:
                handle = self._open()
            except (OSError, termios.error) as error:
                missing(str(error)[:160])
                await asyncio.sleep(self._backoff.failed(self._clock()) / 1000)
                continue
            break
        stream = ByteStream(handle)
        try:
            yield stream
        except PortGoneError as error:
            missing(error.detail)
            # A port that opens and dies at once is not hammered: only `works` ends the rests.
            rest = self._backoff.failed(self._clock())
        else:
            return
        finally:
            stream.close()
        await asyncio.sleep(rest / 1000)

    def works(self) -> None:
        """What is behind the port answers: the next failure starts with short rests."""
        self._backoff.succeeded()
