"""A pseudo-terminal that stands for a serial port, reached by a symbolic link."""

import asyncio
import os
import tty
from pathlib import Path

from firmware_sim.wire.line import Device, Receive, Transmitter


class Pty:
    """A serial port whose far end is a simulated device.

    The slave side is held open, so that a reader may come and go without the master seeing EIO,
    and is in raw mode before the first byte. What a full buffer cannot take is lost, as on a
    UART, and counted in `lost_bytes`.
    """

    def __init__(
        self, device: Device, *, link: Path, baud: int | None = None, local_echo: bool = False
    ) -> None:
        self._device = device
        self._link = link
        self._baud = baud
        self._receive: Receive | None = None
        self._transmitter: Transmitter | None = None
        self._master = -1
        self._slave = -1
        self.local_echo = local_echo
        self.lost_bytes = 0

    @property
    def path(self) -> Path:
        """Where the port is to be opened."""
        return self._link

    @property
    def plugged(self) -> bool:
        """Whether the port exists."""
        return self._transmitter is not None

    def plug(self) -> None:
        """Create the terminal and its link; needs a running loop.

        Raises:
            OSError: the link's folder does not exist, or something else is in its place.
        """
        if self._transmitter is not None:
            return
        if self._link.exists() and not self._link.is_symlink():
            raise FileExistsError(f"{self._link}: exists and is no link of a simulated port")
        self._master, self._slave = os.openpty()
        try:
            tty.setraw(self._slave)
            os.set_blocking(self._master, False)
            fresh = self._link.with_name(f".{self._link.name}.{os.getpid()}")
            fresh.symlink_to(os.ttyname(self._slave))
            fresh.replace(self._link)
        except OSError:
            os.close(self._master)
            os.close(self._slave)
            raise
        self._transmitter = Transmitter(self._write, baud=self._baud)
        self._receive = self._device.connect(self._transmitter.send)
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def unplug(self) -> None:
        """Take the port away, as pulling the USB adapter does."""
        if self._transmitter is None:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        self._device.disconnect(self._transmitter.send)
        self._transmitter.cancel()
        self._transmitter = self._receive = None
        self._link.unlink(missing_ok=True)
        os.close(self._master)
        os.close(self._slave)

    def noise(self, data: bytes) -> None:
        """Disturbance on the idle line: bytes nobody asked for."""
        if self._transmitter is not None:
            self._transmitter.send(data)

    def _read(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except BlockingIOError:
            return
        if self._transmitter is None or self._receive is None:
            return
        self._transmitter.received(data, echo=self.local_echo)
        self._receive(data)

    def _write(self, data: bytes) -> None:
        try:
            sent = os.write(self._master, data)
        except BlockingIOError:
            sent = 0
        self.lost_bytes += len(data) - sent
