"""Waveshare Modbus RTU Relay 8CH, protocol V2 (firmware since September 2021)."""

import asyncio
import struct
from collections.abc import Callable
from typing import Final

from firmware_sim.boards.modbus import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    ModbusBoard,
    Refusal,
    registers,
    two_words,
)
from firmware_sim.wire.rtu import BROADCAST, Adu

CHANNELS: Final = 8
VERSION: Final = 200
"""V2.00, as register 0x8000 gives it."""
_ON, _OFF, _TOGGLE = 0xFF00, 0x0000, 0x5500
_ALL: Final = 0x00FF
_TOGGLE_ALL: Final = 0x01FF
_FLASH_ON: Final = 0x0200
_FLASH_OFF: Final = 0x0400
_LONGEST_FLASH: Final = 0x7FFF
_SERIAL: Final = 0x2000
_ADDRESS: Final = 0x4000
_VERSION: Final = 0x8000

OnChange = Callable[[int, bool], object]


class WaveshareRelay(ModbusBoard):
    """Eight relays. Channels are numbered from 1, as printed; coils from 0.

    A flash is timed by the board itself and survives a dead master.
    """

    def __init__(self, *, address: int = 1) -> None:
        super().__init__(address=address)
        self._on = [False] * CHANNELS
        self._flashes: dict[int, asyncio.TimerHandle] = {}
        self._listeners: list[OnChange] = []

    def on_change(self, callback: OnChange) -> None:
        """Call `callback(channel, on)` whenever a contact moves."""
        self._listeners.append(callback)

    def is_on(self, channel: int) -> bool:
        """State of a channel, 1 to 8."""
        return self._on[channel - 1]

    def set_channel(self, channel: int, *, on: bool) -> None:
        """Move a contact by hand (the state a board keeps over power loss)."""
        self._set(channel - 1, on=on)

    def serve(self, request: Adu) -> Adu | None:
        """As every board, and the address read that the vendor sends to address 0."""
        if request.address == BROADCAST and request.pdu == struct.pack(">BHH", 3, _ADDRESS, 1):
            return Adu(self.address, self.execute(request.pdu))
        return super().serve(request)

    def execute(self, pdu: bytes) -> bytes:
        """Coils and the three settings; the plain relay board has no inputs."""
        match pdu[0]:
            case 0x01:
                return self._read(pdu)
            case 0x03:
                return self._read_setting(pdu)
            case 0x05:
                self._write(*two_words(pdu))
                return pdu
            case 0x06:
                self._write_setting(*two_words(pdu))
                return pdu
            case 0x0F:
                return self._write_many(pdu)
        raise Refusal(ILLEGAL_FUNCTION)

    def _read(self, pdu: bytes) -> bytes:
        start, count = two_words(pdu)
        if not 1 <= count <= CHANNELS:
            raise Refusal(ILLEGAL_VALUE)
        if start + count > CHANNELS:
            raise Refusal(ILLEGAL_ADDRESS)
        bits = sum(on << i for i, on in enumerate(self._on[start : start + count]))
        return bytes((0x01, 1, bits))

    def _write(self, coil: int, value: int) -> None:
        if coil < CHANNELS:
            self._apply((coil,), value)
        elif coil == _ALL:
            self._apply(range(CHANNELS), value)
        elif coil == _TOGGLE_ALL:
            self._apply(range(CHANNELS), _TOGGLE)
        elif _FLASH_ON <= coil < _FLASH_ON + CHANNELS:
            self._flash(coil - _FLASH_ON, value, on=True)
        elif _FLASH_OFF <= coil < _FLASH_OFF + CHANNELS:
            self._flash(coil - _FLASH_OFF, value, on=False)
        else:
            raise Refusal(ILLEGAL_ADDRESS)

    def _apply(self, coils: range | tuple[int, ...], value: int) -> None:
        if value not in {_ON, _OFF, _TOGGLE}:
            raise Refusal(ILLEGAL_VALUE)
        for coil in coils:
            self._set(coil, on=not self._on[coil] if value == _TOGGLE else value == _ON)

    def _flash(self, coil: int, tenths: int, *, on: bool) -> None:
        if not 1 <= tenths <= _LONGEST_FLASH:
            raise Refusal(ILLEGAL_VALUE)
        self._set(coil, on=on)
        self._flashes[coil] = asyncio.get_running_loop().call_later(
            tenths / 10, lambda: self._set(coil, on=not on)
        )

    def _write_many(self, pdu: bytes) -> bytes:
        if len(pdu) < 7:
            raise Refusal(ILLEGAL_VALUE)
        start, count, size = struct.unpack_from(">HHB", pdu, 1)
        if not 1 <= count <= CHANNELS or size != 1 or len(pdu) != 7:
            raise Refusal(ILLEGAL_VALUE)
        if start + count > CHANNELS:
            raise Refusal(ILLEGAL_ADDRESS)
        for i in range(count):
            self._set(start + i, on=bool(pdu[6] >> i & 1))
        return pdu[:5]

    def _read_setting(self, pdu: bytes) -> bytes:
        start, _ = two_words(pdu)
        value = {_ADDRESS: self.address, _VERSION: VERSION}.get(start)
        if value is None:
            raise Refusal(ILLEGAL_ADDRESS)
        return registers(pdu, start, (value,))

    def _write_setting(self, register: int, value: int) -> None:
        if register == _ADDRESS:
            if not 1 <= value <= 255:
                raise Refusal(ILLEGAL_VALUE)
            self.address = value
        elif register != _SERIAL:
            raise Refusal(ILLEGAL_ADDRESS)

    def _set(self, coil: int, *, on: bool) -> None:
        flash = self._flashes.pop(coil, None)
        if flash is not None:
            flash.cancel()
        if self._on[coil] != on:
            self._on[coil] = on
            for listener in self._listeners:
                listener(coil + 1, on)
