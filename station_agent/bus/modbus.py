"""One owner per Modbus line: transactions one after another, with deadline, rest and quiet."""

import asyncio
import contextlib
import termios
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
)

from station_agent.bus.backoff import BackOff
from station_agent.bus.errors import BusError, PortGoneError, RestingError
from station_agent.bus.pdu import CoilWord
from station_agent.bus.rtu import Expected

_LIBRARY_TIMEOUT_S: Final = 30.0
"""pymodbus' own timeout never fires first: the deadline of each transaction is ours."""
_CONNECT_S: Final = 3.0


@dataclass
class BusCounters:
    """What happened on a line since the agent started."""

    requests: int = 0
    timeouts: int = 0
    garbled: int = 0
    connects: int = 0


class ModbusBus:
    """A serial or TCP Modbus line, shared by the drivers of its devices.

    A device that does not answer costs one deadline plus `quiet_s` a try, is asked once only
    (no retry) while it fails, and after three failures rests 1, 2, 4 … `rest_max_ms`, so it
    cannot starve the others. After a timeout the line stays quiet for `quiet_s`: an RTU reply
    carries no transaction id, and a late one would be taken for the next answer.

    Args:
        id: configured name.
        port: serial device, or None.
        tcp: `host:port`, or None.
        framing: `rtu` or `mbap`; serial lines are always `rtu`.
        baud: of a serial line, 8N1.
        clock: monotonic ms.
        quiet_s: at least the slowest device's worst latency beyond its timeout.
        rest_max_ms: longest rest of a device that does not answer.
        reconnect_max_ms: longest pause between attempts to open the port.
    """

    def __init__(
        self,
        *,
        id: str,  # noqa: A002  the word of the settings file
        clock: Callable[[], int],
        port: str | None = None,
        tcp: str | None = None,
        framing: Literal["rtu", "mbap"] = "rtu",
        baud: int = 9600,
        quiet_s: float = 0.25,
        rest_max_ms: int = 10_000,
        reconnect_max_ms: int = 5_000,
    ) -> None:
        if (port is None) == (tcp is None):
            raise ValueError("give port or tcp, one")
        self.id = id
        self.counters = BusCounters()
        self._clock = clock
        self._port = port
        self._tcp = tcp
        self._mbap = tcp is not None and framing == "mbap"
        self._baud = baud
        self._quiet_s = quiet_s
        self._rest_max_ms = rest_max_ms
        self._client: AsyncModbusSerialClient | AsyncModbusTcpClient | None = None
        self._lock = asyncio.Lock()
        self._reopen = BackOff(first_ms=100, max_ms=reconnect_max_ms)
        self._devices: dict[int, BackOff] = {}
        self._expected: Expected | None = None
        self._heard = 0

    async def read_input(
        self, device: int, address: int, count: int, *, timeout_s: float
    ) -> list[int]:
        """`count` input registers (function 04), 0 to 65535 each.

        Raises:
            BusError: no answer, a wrong answer, or no port.
        """
        request = ReadInputRegistersRequest(address=address, count=count, dev_id=device)
        reply = await self._transact(request, Expected.read(device, 4, 2 * count), timeout_s)
        return _registers(reply, count)

    async def read_holding(
        self, device: int, address: int, count: int, *, timeout_s: float
    ) -> list[int]:
        """`count` holding registers (function 03), 0 to 65535 each.

        Raises:
            BusError: no answer, a wrong answer, or no port.
        """
        request = ReadHoldingRegistersRequest(address=address, count=count, dev_id=device)
        reply = await self._transact(request, Expected.read(device, 3, 2 * count), timeout_s)
        return _registers(reply, count)

    async def read_coils(
        self, device: int, count: int, *, timeout_s: float, urgent: bool = False
    ) -> list[bool]:
        """The first `count` coils (function 01). `urgent` asks even a resting device.

        Raises:
            BusError: no answer, a wrong answer, or no port.
        """
        request = ReadCoilsRequest(address=0, count=count, dev_id=device)
        expected = Expected.read(device, 1, (count + 7) // 8)
        reply = await self._transact(request, expected, timeout_s, urgent=urgent)
        if len(reply.bits) < count:
            raise BusError("garbled", f"{len(reply.bits)} coils instead of {count}")
        return list(reply.bits[:count])

    async def write_coil_word(
        self, device: int, address: int, word: int, *, timeout_s: float, urgent: bool = False
    ) -> None:
        """Write one word to a coil (function 05); the board must repeat it.

        Raises:
            BusError: no answer, a wrong answer, or no port.
        """
        request = CoilWord(dev_id=device, address=address, word=word)
        expected = Expected.echo(device, 5, address, word)
        reply = await self._transact(request, expected, timeout_s, urgent=urgent)
        if not isinstance(reply, CoilWord) or (reply.address, reply.word) != (address, word):
            raise BusError("garbled", "the board repeats another command")

    def close(self) -> None:
        """Release the port; the next transaction opens it again."""
        if self._client is not None:
            with contextlib.suppress(OSError, termios.error):
                self._client.close()
            self._client = None

    async def _transact(
        self,
        request: ModbusPDU,
        expected: Expected,
        timeout_s: float,
        *,
        urgent: bool = False,
    ) -> ModbusPDU:
        device = self._devices.setdefault(
            expected.device, BackOff(first_ms=1_000, max_ms=self._rest_max_ms, free=3)
        )
        if device.rests(self._clock()) and not urgent:
            raise RestingError
        async with self._lock:
            tries = 2 if device.failures == 0 or urgent else 1
            while True:
                tries -= 1
                client = await self._connected()
                try:
                    reply = await self._once(client, request, expected, timeout_s)
                except PortGoneError:
                    self._lose()
                    raise
                except BusError:
                    await asyncio.sleep(self._quiet_s)
                    if tries:
                        continue
                    device.failed(self._clock())
                    raise
                device.succeeded()
                return reply

    async def _once(
        self,
        client: AsyncModbusSerialClient | AsyncModbusTcpClient,
        request: ModbusPDU,
        expected: Expected,
        timeout_s: float,
    ) -> ModbusPDU:
        self.counters.requests += 1
        self._expected, self._heard = expected, 0
        try:
            async with asyncio.timeout(timeout_s):
                reply: ModbusPDU = await client.execute(False, request)  # noqa: FBT003  its signature
        except TimeoutError as error:
            if not client.connected:
                raise PortGoneError("the port vanished") from error
            if self._heard:
                self.counters.garbled += 1
                raise BusError("garbled", f"{self._heard} bytes, no valid reply") from error
            self.counters.timeouts += 1
            raise BusError("mute", "no answer") from error
        except (ModbusException, OSError, termios.error) as error:
            raise PortGoneError(_short(error)) from error
        finally:
            self._expected = None
        _heed_cancellation()
        if reply.isError():
            raise BusError("garbled", f"the device answers with exception {reply.exception_code}")
        if reply.function_code != expected.function:
            self.counters.garbled += 1
            raise BusError("garbled", f"function {reply.function_code} in the reply")
        return reply

    async def _connected(self) -> AsyncModbusSerialClient | AsyncModbusTcpClient:
        if self._client is not None and self._client.connected:
            return self._client
        self.close()
        if self._reopen.rests(self._clock()):
            raise PortGoneError("not there")
        client = self._make_client()
        try:
            async with asyncio.timeout(_CONNECT_S):
                connected = await client.connect()
        except (TimeoutError, ModbusException, OSError, termios.error) as error:
            self._lose()
            raise PortGoneError(_short(error)) from error
        if (task := asyncio.current_task()) is not None and task.cancelling():
            client.close()
        _heed_cancellation()
        if not connected:
            client.close()
            self._lose()
            raise PortGoneError("cannot be opened")
        # A serial client announces itself in the next turn of the loop.
        await asyncio.sleep(0)
        self._client = client
        self._reopen.succeeded()
        self.counters.connects += 1
        return client

    def _lose(self) -> None:
        self.close()
        self._reopen.failed(self._clock())

    def _make_client(self) -> AsyncModbusSerialClient | AsyncModbusTcpClient:
        client: AsyncModbusSerialClient | AsyncModbusTcpClient
        if self._port is not None:
            client = AsyncModbusSerialClient(
                self._port,
                baudrate=self._baud,
                timeout=_LIBRARY_TIMEOUT_S,
                retries=0,
                reconnect_delay=0,
                trace_packet=self._trace,
            )
        else:
            host, _, port = (self._tcp or "").rpartition(":")
            client = AsyncModbusTcpClient(
                host.strip("[]"),
                port=int(port),
                framer=FramerType.SOCKET if self._mbap else FramerType.RTU,
                timeout=_LIBRARY_TIMEOUT_S,
                retries=0,
                reconnect_delay=0,
                trace_packet=self._trace,
            )
        client.register(CoilWord)
        return client

    def _trace(self, sending: bool, data: bytes) -> bytes:  # noqa: FBT001  pymodbus' signature
        """The library's hook on the byte stream: lets through only the awaited reply."""
        if sending:
            return data
        self._heard = len(data)
        if self._mbap:
            return data
        return (self._expected.find(data) if self._expected else None) or b""


def _heed_cancellation() -> None:
    """Repeat a cancellation that pymodbus swallowed.

    Before Python 3.12, `asyncio.wait_for` returns the result and forgets the cancellation when
    both come in the same turn of the loop: the driver's task would never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _registers(reply: ModbusPDU, count: int) -> list[int]:
    if len(reply.registers) != count:
        raise BusError("garbled", f"{len(reply.registers)} registers instead of {count}")
    return list(reply.registers)


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:120]
