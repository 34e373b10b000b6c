"""Frames of M100-type UHF readers, in both dialects. Sans-I/O.

HDR | type | cmd | PL16 | params | CHK | END, CHK = low byte of the sum from type to the last
parameter. BB…7E (YRM100, M100) and AA…DD (R200) carry the same bodies.
"""

from typing import Final, Literal, NamedTuple

Dialect = Literal["bb", "aa"]
_ENDS: Final = {0xBB: 0x7E, 0xAA: 0xDD}
_NAMES: Final[dict[int, Dialect]] = {0xBB: "bb", 0xAA: "aa"}
_HEADERS: Final[dict[Dialect, int]] = {"bb": 0xBB, "aa": 0xAA}
_AROUND: Final = 7
_PARAMS_MAX: Final = 128
"""No reply we ask for is longer (62 bytes of EPC and 5 around it), so a false header cannot
swallow much of what follows."""

COMMAND: Final = 0x00
RESPONSE: Final = 0x01
NOTICE: Final = 0x02
VERSION: Final = 0x03
SINGLE: Final = 0x22
MULTI: Final = 0x27
STOP: Final = 0x28
FAILED: Final = 0xFF
HARDWARE: Final = b"\x00"
"""Parameter of `VERSION`: the hardware's."""
_NO_TAG: Final = b"\x15"


class Frame(NamedTuple):
    """A checked frame."""

    dialect: Dialect
    type: int
    command: int
    params: bytes


class Tag(NamedTuple):
    """One sighting: EPC in upper-case hex, RSSI in dBm."""

    epc: str
    rssi: int


def build(dialect: Dialect, command: int, params: bytes = b"") -> bytes:
    """A command frame."""
    header = _HEADERS[dialect]
    body = bytes((COMMAND, command)) + len(params).to_bytes(2, "big") + params
    return bytes((header,)) + body + bytes((sum(body) & 0xFF, _ENDS[header]))


def multi_inventory(dialect: Dialect, rounds: int) -> bytes:
    """Ask for `rounds` inventory rounds; their notifications carry the command of one."""
    return build(dialect, MULTI, bytes((SINGLE,)) + rounds.to_bytes(2, "big"))


def tag_in(frame: Frame) -> Tag | None:
    """The tag of a notification, or None when the frame is none.

    The EPC's length stands in bits 15 to 11 of the PC word, in words.
    """
    if frame.type != NOTICE or frame.command != SINGLE or len(frame.params) < 5:
        return None
    raw = frame.params[0]
    length = (frame.params[1] >> 3) * 2
    if length == 0 or len(frame.params) < 3 + length + 2:
        return None
    return Tag(frame.params[3 : 3 + length].hex().upper(), raw - 256 if raw > 127 else raw)


def says_no_tag(frame: Frame) -> bool:
    """Whether a round ended without any tag."""
    return frame.type == RESPONSE and frame.command == FAILED and frame.params[:1] == _NO_TAG


class UhfFramer:
    """Bytes to frames. `skipped` counts bytes that belong to none."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.skipped = 0

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes as they come; returns the frames they complete."""
        self._buffer += data
        return self._frames(complete=False)

    def idle(self) -> list[Frame]:
        """The line is silent: an incomplete frame was none, and what follows is looked at."""
        return self._frames(complete=True)

    def _frames(self, *, complete: bool) -> list[Frame]:
        found: list[Frame] = []
        buffer = self._buffer
        at = 0
        while at < len(buffer):
            size = self._size(at)
            if size is not None and at + size > len(buffer) and not complete:
                break
            frame = self._frame(at, size) if size is not None else None
            if frame is None or size is None:
                self.skipped += 1
                at += 1
            else:
                found.append(frame)
                at += size
        del buffer[:at]
        return found

    def _size(self, at: int) -> int | None:
        """Bytes of the frame that begins here, at least 7; None when none can begin here."""
        buffer = self._buffer
        if buffer[at] not in _ENDS:
            return None
        if len(buffer) < at + 5:
            return _AROUND
        params = int.from_bytes(buffer[at + 3 : at + 5], "big")
        return _AROUND + params if params <= _PARAMS_MAX else None

    def _frame(self, at: int, size: int) -> Frame | None:
        raw = bytes(self._buffer[at : at + size])
        if len(raw) < size or raw[-1] != _ENDS[raw[0]] or sum(raw[1:-2]) & 0xFF != raw[-2]:
            return None
        return Frame(_NAMES[raw[0]], raw[1], raw[2], raw[5:-2])
