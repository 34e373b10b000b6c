"""Modbus messages pymodbus lacks or reads too loosely."""

import struct

from pymodbus.pdu import ModbusPDU


class CoilWord(ModbusPDU):
    """Function 05 with any 16-bit value, as request and as reply.

    The standard knows FF00 and 0000 only; Waveshare's boards take a number of 100 ms at
    0x0200 + channel ("flash on").
    """

    function_code = 5
    rtu_frame_size = 8

    def __init__(
        self, dev_id: int = 0, transaction_id: int = 0, address: int = 0, word: int = 0
    ) -> None:
        super().__init__(dev_id=dev_id, transaction_id=transaction_id, address=address)
        self.word = word

    def encode(self) -> bytes:
        """Address and word, big-endian."""
        return struct.pack(">HH", self.address, self.word)

    def decode(self, data: bytes) -> None:
        """Address and word, big-endian."""
        self.address, self.word = struct.unpack(">HH", data[:4])
