"""A proxy that stands in the line between an MQTT client and its broker and does it harm.

It knows where packets begin and end, so that faults fall between them: a packet can be held
back, doubled, or be the moment at which something else happens. The link can be cut.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Literal

PUBLISH: Final = 3
PUBACK: Final = 4

Direction = Literal["to_broker", "to_client"]
Rule = Callable[[Direction, bytes], list[bytes]]
"""Packet in, packets out."""


def kind(packet: bytes) -> int:
    """Control packet type (MQTT 3.1.1, 2.2.1)."""
    return packet[0] >> 4


def topic(packet: bytes) -> str:
    """Topic of a PUBLISH packet."""
    at = 1
    while packet[at] & 0x80:
        at += 1
    size = int.from_bytes(packet[at + 1 : at + 3], "big")
    return packet[at + 3 : at + 3 + size].decode()


def pass_on(_direction: Direction, packet: bytes) -> list[bytes]:
    """No harm."""
    return [packet]


def double_batches(direction: Direction, packet: bytes) -> list[bytes]:
    """Every batch is delivered twice, the second time marked as a duplicate."""
    if direction == "to_client" and kind(packet) == PUBLISH and topic(packet).endswith("up/batch"):
        return [packet, bytes((packet[0] | 0x08,)) + packet[1:]]
    return [packet]


class Proxy:
    """One listening port in front of one broker port."""

    host: Final = "127.0.0.1"

    def __init__(self, *, broker_port: int, rule: Rule = pass_on) -> None:
        self.rule = rule
        self.port = 0
        self._broker_port = broker_port
        self._links: set[asyncio.Task[None]] = set()
        self._down = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        """Listen on a free port."""
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, self.host, 0), self._loop
        ).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._down = True
        asyncio.run_coroutine_threadsafe(self._drop(), self._loop).result(10)

    def restore(self) -> None:
        """Let connections through again."""
        self._down = False

    def close(self) -> None:
        """Stop for good."""
        self._down = True
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        await self._drop()
        await self._server.wait_closed()

    async def _drop(self) -> None:
        links = list(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        try:
            if not self._down:
                await self._link(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # either end went away, or the link was cut
        finally:
            self._links.discard(task)
            writer.close()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(self.host, self._broker_port)
        try:
            ways = [
                asyncio.ensure_future(self._copy("to_broker", reader, up_writer)),
                asyncio.ensure_future(self._copy("to_client", up_reader, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            up_writer.close()

    async def _copy(
        self, direction: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            packet = await _read_packet(reader)
            for out in self.rule(direction, packet):
                writer.write(out)
            await writer.drain()


async def _read_packet(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(2)
    while head[-1] & 0x80:
        head += await reader.readexactly(1)
    size = sum((byte & 0x7F) << 7 * i for i, byte in enumerate(head[1:]))
    return head + await reader.readexactly(size)


@contextmanager
def proxy(*, broker_port: int, rule: Rule = pass_on) -> Iterator[Proxy]:
    """A running proxy."""
    made = Proxy(broker_port=broker_port, rule=rule)
    made.start()
    try:
        yield made
    finally:
        with contextlib.suppress(TimeoutError):
            made.close()
