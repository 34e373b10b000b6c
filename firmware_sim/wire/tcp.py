"""Devices behind a TCP port: serial bytes as they are (RTU over TCP, device servers) or MBAP."""

import asyncio
import struct
from typing import Final, Literal

from firmware_sim.wire.faults import CLEAN
from firmware_sim.wire.line import Device, Receive, Send, Transmitter
from firmware_sim.wire.rtu import Adu, Bus

Framing = Literal["rtu", "mbap"]
_HEADER: Final = struct.Struct(">HHHB")


class MbapBus:
    """A bus behind a gateway that speaks Modbus TCP. Unknown units stay silent, as on the line."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def connect(self, send: Send) -> Receive:
        """Wire the gateway to one connection."""
        buffer = bytearray()

        def receive(data: bytes) -> None:
            buffer.extend(data)
            while len(buffer) >= _HEADER.size:
                transaction, protocol, length, unit = _HEADER.unpack_from(buffer)
                if protocol != 0 or not 2 <= length <= 254:
                    # The stream has lost its boundaries: MBAP has no way back within a connection.
                    buffer.clear()
                    return
                if len(buffer) < 6 + length:
                    return
                pdu = bytes(buffer[_HEADER.size : 6 + length])
                del buffer[: 6 + length]
                for answer in self._bus.answer(Adu(unit, pdu)):
                    adu = answer.adu
                    head = _HEADER.pack(transaction, 0, len(adu.pdu) + 1, adu.address)
                    send(head + adu.pdu, answer.faults)

        return receive

    def disconnect(self, send: Send) -> None:
        """Nothing is kept between connections."""


class TcpPort:
    """Serves one device to any number of connections."""

    def __init__(
        self, device: Device, *, host: str = "127.0.0.1", port: int = 0, baud: int | None = None
    ) -> None:
        self._device = device
        self._host = host
        self._port = port
        self._baud = baud
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], tuple[asyncio.StreamWriter, Transmitter]] = {}

    @property
    def port(self) -> int:
        """The port listened on (the free one found when 0 was asked for)."""
        return self._port

    async def plug(self) -> None:
        """Listen.

        Raises:
            OSError: address or port cannot be used.
        """
        self._server = await asyncio.start_server(self._serve, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        """Close the port and every connection."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        connections = list(self._open)
        for writer, _ in self._open.values():
            # Aborted, because a client that does not read would keep a closing one open.
            writer.transport.abort()
        await asyncio.gather(*connections)
        await server.wait_closed()

    def noise(self, data: bytes) -> None:
        """Disturbance: bytes nobody asked for, on every connection."""
        for _, transmitter in self._open.values():
            transmitter.send(data, CLEAN)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._server is None:
            # Accepted in the moment of unplugging.
            writer.transport.abort()
            return
        transmitter = Transmitter(writer.write, baud=self._baud)
        self._open[task] = writer, transmitter
        receive = self._device.connect(transmitter.send)
        try:
            while data := await reader.read(4096):
                transmitter.received(data)
                receive(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            del self._open[task]
            self._device.disconnect(transmitter.send)
            transmitter.cancel()
            writer.close()
