"""Finds the one awaited reply in whatever a Modbus RTU line delivers. Sans-I/O."""

from typing import Final, NamedTuple

_EXCEPTION_BYTES: Final = 5


def crc16(data: bytes) -> int:
    """Modbus CRC: polynomial 0xA001 reflected, start 0xFFFF; sent low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


class Expected(NamedTuple):
    """What the reply must look like.

    `prefix` is every byte known before the reply comes: device, function and byte count of a
    read, or the whole echo of a write. `length` counts the CRC.
    """

    device: int
    function: int
    prefix: bytes
    length: int

    @classmethod
    def read(cls, device: int, function: int, data_bytes: int) -> "Expected":
        """The reply to a read that returns `data_bytes` bytes."""
        return cls(device, function, bytes((device, function, data_bytes)), data_bytes + 5)

    @classmethod
    def echo(cls, device: int, function: int, address: int, word: int) -> "Expected":
        """The reply to a write of one word, which repeats the request."""
        prefix = bytes((device, function)) + address.to_bytes(2, "big") + word.to_bytes(2, "big")
        return cls(device, function, prefix, 8)

    def find(self, data: bytes) -> bytes | None:
        """The reply (or a Modbus exception) inside `data`, CRC checked; None when absent.

        Noise, echoes of the request and frames of other devices around it are passed over,
        which pymodbus' own framer does not do: it drops all it holds at a wrong CRC.
        """
        at = data.find(self.device)
        while at >= 0:
            for head, length in (
                (self.prefix, self.length),
                (bytes((self.device, self.function | 0x80)), _EXCEPTION_BYTES),
            ):
                frame = data[at : at + length]
                if len(frame) == length and frame.startswith(head) and _crc_holds(frame):
                    return frame
            at = data.find(self.device, at + 1)
        return None


def _crc_holds(frame: bytes) -> bool:
    return crc16(frame[:-2]) == int.from_bytes(frame[-2:], "little")
