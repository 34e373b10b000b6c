"""Notices when a station is put into operation: every line has been asked for the first time."""

import asyncio
from collections.abc import Iterable

from firmware_sim.wire.line import Device, Receive, Send


class Attention:
    """Collects the first request of each line."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._unasked = set(lines)
        self._all = asyncio.Event()

    def asked(self, line: str) -> None:
        """Something was received on `line`."""
        self._unasked.discard(line)
        if not self._unasked:
            self._all.set()

    async def wait(self) -> None:
        """Until every line was asked."""
        await self._all.wait()


class Noticed:
    """A device whose line tells `attention` of what it receives."""

    def __init__(self, device: Device, line: str, attention: Attention) -> None:
        self._device = device
        self._line = line
        self._attention = attention

    def connect(self, send: Send) -> Receive:
        """Wire the device, and listen in."""
        receive = self._device.connect(send)

        def noticed(data: bytes) -> None:
            self._attention.asked(self._line)
            receive(data)

        return noticed

    def disconnect(self, send: Send) -> None:
        """Forget a line."""
        self._device.disconnect(send)
