"""Modbus RTU from the slaves' side: a request framer and a bus of slaves."""

import asyncio
from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

from firmware_sim.wire import crc
from firmware_sim.wire.faults import Faults, Injector
from firmware_sim.wire.line import Receive, Send

BROADCAST: Final = 0
LONGEST: Final = 256
"""Largest RTU frame (Modbus over serial line, 2.5.1)."""

_FIXED: Final = {
    **dict.fromkeys(range(0x01, 0x07), 8),
    **dict.fromkeys((0x07, 0x0B, 0x0C, 0x11, 0x42), 4),
    0x08: 8,
    0x16: 10,
    0x18: 6,
    0x41: 6,
}
"""Request length by function code; 0x41 and 0x42 are the PZEM's calibration and reset."""
_COUNT_AT: Final = {0x0F: 6, 0x10: 6, 0x14: 2, 0x15: 2, 0x17: 10}
"""Where the byte count stands in requests of variable length."""


class Adu(NamedTuple):
    """Address and protocol data unit (function code, then data), without transport framing."""

    address: int
    pdu: bytes

    def rtu(self) -> bytes:
        """The frame on a serial line."""
        body = bytes((self.address,)) + self.pdu
        return body + crc.modbus(body)


def request_length(head: bytes | bytearray) -> int | None:
    """Length of the request that begins with `head`; None while that cannot be said yet.

    0 means that no request begins like this: unknown function code, or longer than a frame may be.
    """
    if len(head) < 2:
        return None
    if head[1] in _FIXED:
        return _FIXED[head[1]]
    at = _COUNT_AT.get(head[1])
    if at is None:
        return 0
    if len(head) <= at:
        return None
    length = at + 1 + head[at] + 2
    return length if length <= LONGEST else 0


class Framer:
    """Finds requests in a byte stream and finds them again after any disturbance."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Adu]:
        """Take bytes as they come; returns the requests they complete."""
        self._buffer += data
        return self._extract(final=False)

    def silence(self) -> list[Adu]:
        """The line was idle: what cannot be a request is dropped, byte by byte."""
        return self._extract(final=True)

    def _extract(self, *, final: bool) -> list[Adu]:
        found: list[Adu] = []
        buffer = self._buffer
        while buffer:
            length = request_length(buffer[:11])
            waiting = length is None or len(buffer) < length
            if waiting and not final:
                break
            if length == 0:
                # A function code of no known length: only the whole chunk can be the request.
                length = min(len(buffer), LONGEST)
            frame = bytes(buffer[: length or 0])
            if len(frame) >= 4 and crc.modbus(frame[:-2]) == frame[-2:]:
                found.append(Adu(frame[0], frame[1:-2]))
                del buffer[:length]
            else:
                del buffer[0]
        return found


class Slave(Protocol):
    """A device on a bus."""

    @property
    def faults(self) -> Injector:
        """What its answers suffer."""

    def accepts(self, address: int) -> bool:
        """Whether a request to `address` concerns this device (own, broadcast or general)."""

    def serve(self, request: Adu) -> Adu | None:
        """Carry out a request; None when the device stays silent."""


class Answer(NamedTuple):
    """What comes back from a bus."""

    adu: Adu
    faults: Faults


class Bus:
    """Slaves on one line. A request nobody accepts is met with silence."""

    def __init__(self, slaves: Iterable[Slave] = (), *, silence_ms: float = 50) -> None:
        self._slaves = list(slaves)
        self._silence_s = silence_ms / 1000
        self._ports: dict[Send, _Port] = {}

    def add(self, slave: Slave) -> None:
        """Wire one more slave."""
        self._slaves.append(slave)

    def remove(self, slave: Slave) -> None:
        """Take a slave off the line."""
        self._slaves.remove(slave)

    def answer(self, request: Adu) -> list[Answer]:
        """Let every slave concerned carry out a request; what each says at the same time."""
        answers: list[Answer] = []
        for slave in [s for s in self._slaves if s.accepts(request.address)]:
            adu = slave.serve(request)
            if adu is None:
                continue
            faults = slave.faults.take()
            if faults.wrong_id is not None:
                adu = Adu(faults.wrong_id, adu.pdu)
            answers.append(Answer(adu, faults))
        return answers

    def connect(self, send: Send) -> Receive:
        """Wire the bus to a line that carries RTU frames."""
        port = self._ports[send] = _Port(self, send, self._silence_s)
        return port.receive

    def disconnect(self, send: Send) -> None:
        """Forget a line."""
        self._ports.pop(send).close()


class _Port:
    def __init__(self, bus: Bus, send: Send, silence_s: float) -> None:
        self._bus = bus
        self._send = send
        self._silence_s = silence_s
        self._framer = Framer()
        self._idle: asyncio.TimerHandle | None = None

    def receive(self, data: bytes) -> None:
        self.close()
        self._answer(self._framer.feed(data))
        self._idle = asyncio.get_running_loop().call_later(self._silence_s, self._silent)

    def close(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _silent(self) -> None:
        self._idle = None
        self._answer(self._framer.silence())

    def _answer(self, requests: list[Adu]) -> None:
        for request in requests:
            answers = self._bus.answer(request)
            if len(answers) == 1:
                self._send(answers[0].adu.rtu(), answers[0].faults)
            elif answers:
                self._send(collide([answer.adu.rtu() for answer in answers]))


def collide(frames: list[bytes]) -> bytes:
    """What is left of frames sent at the same time: dominant zeros win, the check never fits."""
    longest = max(map(len, frames))
    padded = [frame.ljust(longest, b"\xff") for frame in frames]
    mixed = bytearray(longest)
    for i, column in enumerate(zip(*padded, strict=True)):
        mixed[i] = column[0]
        for byte in column[1:]:
            mixed[i] &= byte
    if crc.modbus(bytes(mixed[:-2])) == mixed[-2:]:
        mixed[-1] ^= 1
    return bytes(mixed)
