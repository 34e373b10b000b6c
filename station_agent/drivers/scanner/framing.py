"""GM65 commands, and the scanner's stream split into command replies and texts. Sans-I/O.

Command `7E 00 | type | len | address16 | data | CRC16`; reply `02 00 | type | len | data |
CRC16` (heartbeat: `03 00 …`). CRC is CCITT 0x1021 from 0, over what follows the two header
bytes, high byte first. Scanned texts come unframed between them.
"""

import binascii
from typing import Final, NamedTuple

READ, WRITE, HEARTBEAT = 0x07, 0x08, 0x0A
TEXT_MAX: Final = 512
_REPLY_HEADS: Final = frozenset((0x02, 0x03))
_REPLY_DATA_MAX: Final = 64
_ENDS: Final = b"\r\n"


class Reply(NamedTuple):
    """A checked reply to a command; `alive` for a heartbeat's."""

    alive: bool
    data: bytes


class Text(NamedTuple):
    """One scanned code."""

    text: str


class Zone(NamedTuple):
    """One setting: the bits of `mask` at `address` shall be `value`."""

    address: int
    mask: int
    value: int


SETTINGS: Final = (
    Zone(0x0000, 0x03, 0x03),  # mode: read whatever is shown, no trigger
    Zone(0x0060, 0x60, 0x00),  # tail: CR
    Zone(0x0003, 0x03, 0x02),  # set-up codes off: nobody reconfigures it by showing a code
)


def _sealed(body: bytes) -> bytes:
    return b"\x7e\x00" + body + binascii.crc_hqx(body, 0).to_bytes(2, "big")


def read_zone(address: int) -> bytes:
    """Read one byte of the settings."""
    return _sealed(bytes((READ, 1)) + address.to_bytes(2, "big") + b"\x01")


def write_zone(address: int, value: int) -> bytes:
    """Write one byte of the settings, in RAM only: the flash wears."""
    return _sealed(bytes((WRITE, 1)) + address.to_bytes(2, "big") + bytes((value,)))


def heartbeat() -> bytes:
    """Ask for a sign of life."""
    return _sealed(bytes((HEARTBEAT, 1, 0, 0, 0)))


class ScannerFramer:
    """Bytes to replies and texts. `oversized` counts texts thrown away for their length."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._text = bytearray()
        self.oversized = 0

    @property
    def pending(self) -> bool:
        """Whether a text or reply has begun and not ended."""
        return bool(self._buffer or self._text)

    def feed(self, data: bytes) -> list[Reply | Text]:
        """Take bytes as they come; returns what they complete."""
        self._buffer += data
        return self._items(complete=False)

    def idle(self) -> list[Reply | Text]:
        """The line is silent: what was begun is a whole text."""
        items = self._items(complete=True)
        self._end_text(items)
        return items

    def _items(self, *, complete: bool) -> list[Reply | Text]:
        items: list[Reply | Text] = []
        buffer = self._buffer
        at = 0
        while at < len(buffer):
            byte = buffer[at]
            if byte in _REPLY_HEADS:
                size = self._reply_size(at)
                if size is not None and at + size > len(buffer) and not complete:
                    break
                reply = self._reply(at, size)
                if reply is not None and size is not None:
                    items.append(reply)
                    at += size
                    continue
            elif byte in _ENDS:
                self._end_text(items)
            elif len(self._text) <= TEXT_MAX:
                self._text.append(byte)
            at += 1
        del buffer[:at]
        return items

    def _reply_size(self, at: int) -> int | None:
        """Bytes of the reply that begins here, at least 2; None when none can begin here."""
        buffer = self._buffer
        if len(buffer) > at + 1 and buffer[at + 1] != 0x00:
            return None
        if len(buffer) < at + 4:
            return 4
        length = buffer[at + 3]
        return 6 + length if length <= _REPLY_DATA_MAX else None

    def _reply(self, at: int, size: int | None) -> Reply | None:
        if size is None or size < 6 or at + size > len(self._buffer):
            return None
        raw = bytes(self._buffer[at : at + size])
        if binascii.crc_hqx(raw[2:-2], 0) != int.from_bytes(raw[-2:], "big"):
            return None
        return Reply(raw[0] == 0x03, raw[4:-2])

    def _end_text(self, items: list[Reply | Text]) -> None:
        raw = bytes(self._text)
        self._text.clear()
        if len(raw) > TEXT_MAX:
            self.oversized += 1
            return
        text = "".join(c for c in raw.decode("utf-8", "replace") if c.isprintable()).strip()
        if text:
            items.append(Text(text))
