"""What the Modbus boards share: addresses, exception replies, register blocks."""

import struct
from typing import Final

from firmware_sim.wire.faults import Injector
from firmware_sim.wire.rtu import BROADCAST, Adu

ILLEGAL_FUNCTION: Final = 1
ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3


class Refusal(Exception):  # noqa: N818  a normal answer of the protocol, no failure of ours
    """The board answers with a Modbus exception."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def two_words(pdu: bytes) -> tuple[int, int]:
    """The two 16-bit fields of a plain request (address and count, or address and value)."""
    if len(pdu) != 5:
        raise Refusal(ILLEGAL_VALUE)
    first, second = struct.unpack_from(">HH", pdu, 1)
    return first, second


def registers(pdu: bytes, first: int, values: tuple[int, ...]) -> bytes:
    """Reply to a register read from a block of 16-bit `values` that begins at address `first`."""
    start, count = two_words(pdu)
    if not 1 <= count <= 125:
        raise Refusal(ILLEGAL_VALUE)
    if not first <= start <= start + count <= first + len(values):
        raise Refusal(ILLEGAL_ADDRESS)
    wanted = values[start - first : start - first + count]
    return struct.pack(f">BB{count}H", pdu[0], 2 * count, *wanted)


class ModbusBoard:
    """A slave with one address; `powered` False makes it vanish from the line."""

    general: int | None = None
    """Address that every board of the kind answers to, whatever its own."""

    def __init__(self, *, address: int) -> None:
        self.address = address
        self.powered = True
        self.faults = Injector()

    def accepts(self, address: int) -> bool:
        """Own, broadcast or general address, while there is power."""
        return self.powered and address in {self.address, BROADCAST, self.general}

    def serve(self, request: Adu) -> Adu | None:
        """Carry out a request; broadcasts are carried out in silence."""
        try:
            pdu = self.execute(request.pdu)
        except Refusal as refusal:
            pdu = bytes((request.pdu[0] | 0x80, refusal.code))
        return None if request.address == BROADCAST else Adu(request.address, pdu)

    def execute(self, pdu: bytes) -> bytes:
        """Reply PDU to a request PDU.

        Raises:
            Refusal: the exception to answer with.
        """
        raise NotImplementedError
