"""Waveshare relay board: sockets kept on, lights flashed by the board's own clock."""

import asyncio
from collections.abc import Callable

from station_agent.bus.errors import BusError, RestingError
from station_agent.bus.modbus import ModbusBus
from station_agent.drivers.condition import ConditionTracker
from station_agent.drivers.modbus_io.codec import (
    CHANNELS,
    FLASH_MAX_TENTHS,
    OFF,
    ON,
    coil,
    flash_address,
)
from station_agent.drivers.modbus_io.config import RelayConfig
from station_agent.observations import Emit, Reading


class RelayDriver:
    """Reports `relay` (0/1) of every channel each round; `unit` is the channel, from 1.

    Socket channels are switched on at start and again whenever the board lost them (it wakes
    up with all relays off), except those that `set` switched off since.
    """

    def __init__(self, *, config: RelayConfig, bus: ModbusBus, clock: Callable[[], int]) -> None:
        self._config = config
        self._bus = bus
        self._clock = clock
        self._kept_on = set(config.sockets)

    @property
    def id(self) -> str:
        """The configured device id."""
        return self._config.id

    async def run(self, emit: Emit) -> None:
        """Poll until cancelled."""
        tracker = ConditionTracker(device=self.id, emit=emit, clock=self._clock)
        while True:
            try:
                relays = await self._read()
                for channel in sorted(self._kept_on):
                    if not relays[channel - 1]:
                        await self._write(channel, on=True)
                        relays = await self._read()
            except RestingError:
                pass
            except BusError as error:
                tracker.fail(error.condition, error.detail)
            else:
                mono = self._clock()
                for channel, on in enumerate(relays, start=1):
                    emit(Reading(self.id, channel, "relay", int(on), mono))
                tracker.ok()
            await asyncio.sleep(self._config.poll_s)

    async def set(self, channel: int, *, on: bool) -> bool:
        """Switch a relay and read it back.

        Returns:
            Whether the board now shows the relay as asked.

        Raises:
            ValueError: no such channel.
        """
        if channel in self._config.sockets:
            (self._kept_on.add if on else self._kept_on.discard)(channel)
        try:
            await self._write(channel, on=on)
            return (await self._read(urgent=True))[channel - 1] is on
        except BusError:
            return False

    async def flash(self, channel: int, tenths: int) -> bool:
        """Close a relay for `tenths` × 100 ms; the board opens it even if the agent dies.

        Returns:
            Whether the board confirmed.

        Raises:
            ValueError: no such channel, or not 1 to 32767 tenths.
        """
        if not 1 <= tenths <= FLASH_MAX_TENTHS:
            raise ValueError(f"{tenths} tenths, 1 to {FLASH_MAX_TENTHS} are possible")
        try:
            await self._bus.write_coil_word(
                self._config.address,
                flash_address(channel),
                tenths,
                timeout_s=self._config.timeout_s,
                urgent=True,
            )
        except BusError:
            return False
        return True

    async def _write(self, channel: int, *, on: bool) -> None:
        await self._bus.write_coil_word(
            self._config.address,
            coil(channel),
            ON if on else OFF,
            timeout_s=self._config.timeout_s,
            urgent=True,
        )

    async def _read(self, *, urgent: bool = False) -> list[bool]:
        return await self._bus.read_coils(
            self._config.address, CHANNELS, timeout_s=self._config.timeout_s, urgent=urgent
        )
