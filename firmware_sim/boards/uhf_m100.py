"""UHF tag reader of the YRM100 / M100 / R200 family, in both of its dialects."""

import asyncio
from typing import Final, Literal, NamedTuple

from firmware_sim.boards.serial import SerialBoard
from firmware_sim.wire import crc

Dialect = Literal["BB", "AA"]
_ENDS: Final = {"BB": (0xBB, 0x7E), "AA": (0xAA, 0xDD)}
VERSIONS: Final = (b"M100 26dBm V1.0", b"V2.3.3", b"MagicRF")
"""Hardware, software, manufacturer: parameter 00, 01, 02 of command 03."""
SENSITIVITY_DBM: Final = -80
_NOMINAL_POWER: Final = 2000
_LONGEST: Final = 64

_RESPONSE, _NOTIFICATION = 0x01, 0x02
_ERROR: Final = 0xFF
NO_TAG: Final = 0x15
BAD_COMMAND: Final = 0x17


class Tag(NamedTuple):
    """A tag in the field: signal at 20 dBm transmit power, and its check when it is given."""

    rssi: int
    check: bytes


class UhfM100(SerialBoard):
    """A reader and the tags before its antenna.

    Every inventory round reports each tag strong enough. More transmit power than 20 dBm
    raises every signal by the difference, less lowers it. A command in the other dialect is
    noise. `round_ms` is the time of one round of a multiple inventory.
    """

    def __init__(self, *, dialect: Dialect = "BB", round_ms: float = 30) -> None:
        super().__init__()
        self.dialect = dialect
        self.round_ms = round_ms
        self.power = _NOMINAL_POWER
        self.region = 1
        self._tags: dict[str, Tag] = {}
        self._rounds: asyncio.TimerHandle | None = None

    @property
    def tags(self) -> dict[str, int]:
        """EPC (upper-case hex) to RSSI in dBm at 20 dBm transmit power."""
        return {epc: tag.rssi for epc, tag in self._tags.items()}

    def place(self, epc: str, rssi: int, *, check: bytes | None = None) -> None:
        """Bring a tag into the field, or change its signal (dBm).

        `epc` is hex of whole 16-bit words; `check` overrides the tag's CRC.

        Raises:
            ValueError: no such EPC or signal.
        """
        raw = bytes.fromhex(epc)
        if not raw or len(raw) % 2 or len(raw) > 62 or not -128 <= rssi <= 127:
            raise ValueError(f"no tag: {epc!r} at {rssi} dBm")
        self._tags[raw.hex().upper()] = Tag(rssi, check or _tag_check(_pc(raw) + raw))

    def remove(self, epc: str) -> None:
        """Take a tag out of the field; nothing happens when it is not there."""
        self._tags.pop(epc.upper(), None)

    def consume(self, buffer: bytearray) -> None:
        """Commands: head, type 00, command, length (2), parameters, sum, end."""
        head, end = _ENDS[self.dialect]
        while buffer:
            if buffer[0] != head or (len(buffer) > 1 and buffer[1] != 0):
                del buffer[0]
                continue
            if len(buffer) < 5:
                return
            length = int.from_bytes(buffer[3:5], "big")
            if length > _LONGEST:
                del buffer[0]
                continue
            if len(buffer) < length + 7:
                return
            body, check, last = (
                bytes(buffer[1 : length + 5]),
                buffer[length + 5],
                buffer[length + 6],
            )
            if last != end or crc.sum8(body) != check:
                del buffer[0]
                continue
            del buffer[: length + 7]
            self._command(body[1], body[4:])

    def _command(self, code: int, params: bytes) -> None:
        match [code, *params]:
            case [0x03, which] if which < len(VERSIONS):
                self._respond(code, bytes((which,)) + VERSIONS[which])
            case [0x22]:
                self._inventory()
            case [0x27, 0x22, high, low]:
                self._start(high << 8 | low)
            case [0x28]:
                self._stop()
                self._respond(code, b"\x00")
            case [0xB6, high, low]:
                self.power = high << 8 | low
                self._respond(code, b"\x00")
            case [0xB7]:
                self._respond(code, self.power.to_bytes(2, "big"))
            case [0x07, region]:
                self.region = region
                self._respond(code, b"\x00")
            case [0x08]:
                self._respond(code, bytes((self.region,)))
            case _:
                self._respond(_ERROR, bytes((BAD_COMMAND,)))

    def _start(self, rounds: int) -> None:
        self._stop()
        loop = asyncio.get_running_loop()

        def one(left: int) -> None:
            self._inventory()
            self._rounds = (
                loop.call_later(self.round_ms / 1000, one, left - 1) if left > 1 else None
            )

        if rounds:
            self._rounds = loop.call_later(self.round_ms / 1000, one, rounds)

    def _stop(self) -> None:
        if self._rounds is not None:
            self._rounds.cancel()
            self._rounds = None

    def _inventory(self) -> None:
        gain = (self.power - _NOMINAL_POWER) // 100
        seen = False
        for epc, tag in self._tags.items():
            rssi = min(tag.rssi + gain, 127)
            if rssi < SENSITIVITY_DBM:
                continue
            seen = True
            raw = bytes.fromhex(epc)
            params = rssi.to_bytes(1, "big", signed=True) + _pc(raw) + raw + tag.check
            self._frame(_NOTIFICATION, 0x22, params)
        if not seen:
            self._respond(_ERROR, bytes((NO_TAG,)))

    def _respond(self, code: int, params: bytes) -> None:
        self._frame(_RESPONSE, code, params)

    def _frame(self, kind: int, code: int, params: bytes) -> None:
        head, end = _ENDS[self.dialect]
        body = bytes((kind, code)) + len(params).to_bytes(2, "big") + params
        self.emit(bytes((head,)) + body + bytes((crc.sum8(body), end)))


def _pc(epc: bytes) -> bytes:
    """Protocol control word: length in words in bits 15-11, user memory present in bit 10."""
    return (len(epc) // 2 << 11 | 0x0400).to_bytes(2, "big")


def _tag_check(data: bytes) -> bytes:
    """CRC-16 of EPC Gen2 over PC and EPC: preset 0xFFFF, result inverted."""
    return bytes(byte ^ 0xFF for byte in crc.ccitt(data, start=0xFFFF))
