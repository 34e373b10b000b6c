"""GM65-type QR scanner (Grow GM65-S, Waveshare Barcode Scanner) on its serial port."""

import asyncio
from typing import Final, Literal

from firmware_sim.boards.serial import SerialBoard
from firmware_sim.wire import crc

Mode = Literal["button", "command", "continuous", "sensor"]
_MODES: Final[tuple[Mode, ...]] = ("button", "command", "continuous", "sensor")
_TAILS: Final = (b"\r", b"\r\n", b"\t", b"")
_HEAD: Final = b"\x7e\x00"
_NO_CHECK: Final = b"\xab\xcd"
_READ, _WRITE, _SAVE, _HEARTBEAT = 0x07, 0x08, 0x09, 0x0A
_ACK: Final = bytes.fromhex("02 00 00 01 00 33 31")
_ALIVE: Final = bytes.fromhex("03 00 00 01 00 33 31")

MODE: Final = 0x0000
TRIGGER: Final = 0x0002
SETUP_CODES: Final = 0x0003
READ_TIME: Final = 0x0006
TAIL: Final = 0x0060
FACTORY: Final = 0x00D9
_FACTORY_REGISTERS: Final = {MODE: 0xD4, READ_TIME: 50, 0x2A: 0x39, 0x2B: 0x01, TAIL: 0x60}
_SETUP_OFF: Final = 0x02


class Gm65(SerialBoard):
    """A scanner as people know it: `scan` shows it a code.

    Registers are bytes; a save command keeps them over `power_cycle`. `mode` is what the scanner
    was set to before it came here. A code in front of the lens is read at once in continuous and
    sensor mode, within the read time after a trigger in command mode.
    """

    def __init__(self, *, mode: Mode = "continuous") -> None:
        super().__init__()
        self._registers = {**_FACTORY_REGISTERS, MODE: 0xD4 | _MODES.index(mode)}
        self._flash = dict(self._registers)
        self._window: asyncio.TimerHandle | None = None
        self._merged: bytes | None = None
        self.split_at: int | None = None
        self.split_ms: float = 5.0

    @property
    def mode(self) -> Mode:
        """Reading mode, bits 1-0 of register 0."""
        return _MODES[self.register(MODE) & 3]

    @property
    def reading(self) -> bool:
        """Whether a code shown now is read."""
        return self.mode in {"continuous", "sensor"} or self._window is not None

    def register(self, address: int) -> int:
        """Value of a register; those never written are 0."""
        return self._registers.get(address, 0)

    def scan(self, text: str) -> bool:
        """Show a code; False when the scanner is not reading.

        With `split_at` set, the payload comes in two parts, `split_ms` apart.
        """
        if not self.reading:
            return False
        self._close_window()
        payload = self._payload(text)
        if self.split_at is None:
            self.emit(payload)
            return True
        self.emit(payload[: self.split_at])
        asyncio.get_running_loop().call_later(
            self.split_ms / 1000, self.emit, payload[self.split_at :]
        )
        return True

    def scan_at_next_ack(self, text: str) -> None:
        """Show a code such that its payload leaves together with the next acknowledgement."""
        self._merged = self._payload(text)

    def show_setup_code(self, address: int, value: int) -> bool:
        """Show a code that sets a register; False when set-up codes are switched off."""
        if self.register(SETUP_CODES) & 0x03 == _SETUP_OFF:
            return False
        self._registers[address] = value & 0xFF
        return True

    def power_cycle(self) -> None:
        """Start again with the registers last saved."""
        self._close_window()
        self._registers = dict(self._flash)

    def consume(self, buffer: bytearray) -> None:
        """Commands: 7E 00, type, data length, register (2), data, check (2)."""
        while buffer:
            if not _HEAD.startswith(buffer[:2]):
                del buffer[0]
                continue
            if len(buffer) < 4:
                return
            length = buffer[3]
            if not _READ <= buffer[2] <= _HEARTBEAT or length == 0:
                del buffer[0]
                continue
            if len(buffer) < length + 8:
                return
            body = bytes(buffer[2 : length + 6])
            check = bytes(buffer[length + 6 : length + 8])
            if check not in {_NO_CHECK, crc.ccitt(body)}:
                del buffer[0]
                continue
            del buffer[: length + 8]
            self._command(body[0], int.from_bytes(body[2:4], "big"), body[4:])

    def _command(self, kind: int, address: int, data: bytes) -> None:
        match kind:
            case 0x07:
                values = bytes(self.register(address + i) for i in range(data[0]))
                body = bytes((0x00, len(values))) + values
                self.emit(b"\x02\x00" + body + crc.ccitt(body))
            case 0x08:
                self._acknowledge()
                self._write(address, data)
            case 0x09:
                self._flash = dict(self._registers)
                self._acknowledge()
            case 0x0A:
                self.emit(_ALIVE)

    def _acknowledge(self) -> None:
        merged, self._merged = self._merged, None
        self.emit(_ACK + (merged or b""))

    def _write(self, address: int, data: bytes) -> None:
        if address == FACTORY and data[0] == 0x50:
            self._registers = dict(_FACTORY_REGISTERS)
            return
        for i, value in enumerate(data):
            self._registers[address + i & 0xFFFF] = value
        if self.register(TRIGGER) & 1:
            self._registers[TRIGGER] &= ~1
            self._open_window()

    def _open_window(self) -> None:
        self._close_window()
        tenths = self.register(READ_TIME)
        loop = asyncio.get_running_loop()
        # 0 is "endless": a day stands for it.
        self._window = loop.call_later(tenths / 10 or 86_400, self._close_window)

    def _close_window(self) -> None:
        if self._window is not None:
            self._window.cancel()
            self._window = None

    def _payload(self, text: str) -> bytes:
        return text.encode() + _TAILS[self.register(TAIL) >> 5 & 3]
