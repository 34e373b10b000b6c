"""PZEM-016 energy meters: one read a meter a round."""

import asyncio
from collections.abc import Callable

from station_agent.bus.errors import BusError, RestingError
from station_agent.bus.modbus import ModbusBus
from station_agent.drivers.condition import ConditionTracker
from station_agent.drivers.modbus_meter.codec import (
    COUNT,
    FIRST,
    EnergyGate,
    MeterValues,
    decode,
    nonsense,
)
from station_agent.drivers.modbus_meter.config import MeterConfig
from station_agent.observations import Emit, Reading


class MeterDriver:
    """Reads every meter in turn and reports `voltage_mv`, `current_ma`, `power_mw`, `energy_wh`.

    `unit` is the socket, from 1, in the order of the configured addresses.
    """

    def __init__(self, *, config: MeterConfig, bus: ModbusBus, clock: Callable[[], int]) -> None:
        self._config = config
        self._bus = bus
        self._clock = clock
        self._gates = [EnergyGate() for _ in config.addresses]

    @property
    def id(self) -> str:
        """The configured device id."""
        return self._config.id

    @property
    def resets(self) -> int:
        """Counters seen to begin anew."""
        return sum(gate.resets for gate in self._gates)

    async def run(self, emit: Emit) -> None:
        """Poll until cancelled."""
        tracker = ConditionTracker(
            device=self.id,
            emit=emit,
            clock=self._clock,
            units=len(self._config.addresses),
            label="meter",
        )
        while True:
            for unit in range(1, len(self._config.addresses) + 1):
                try:
                    await self._read(unit, emit, tracker)
                except RestingError:
                    continue
                except BusError as error:
                    tracker.fail(error.condition, error.detail, unit)
            await asyncio.sleep(self._config.poll_s)

    async def _read(self, unit: int, emit: Emit, tracker: ConditionTracker) -> None:
        gate = self._gates[unit - 1]
        values = await self._values(unit)
        reason = nonsense(values)
        if reason is None and not gate.passes(values.energy_wh):
            values = await self._values(unit)
            reason = nonsense(values)
            if reason is None and not gate.passes(values.energy_wh):
                reason = f"counter at {values.energy_wh} Wh"
        if reason is not None:
            tracker.fail("implausible", reason, unit)
            return
        mono = self._clock()
        for cap, value in (
            ("voltage_mv", values.voltage_mv),
            ("current_ma", values.current_ma),
            ("power_mw", values.power_mw),
            ("energy_wh", values.energy_wh),
        ):
            emit(Reading(self.id, unit, cap, value, mono))
        tracker.ok(unit)

    async def _values(self, unit: int) -> MeterValues:
        address = self._config.addresses[unit - 1]
        registers = await self._bus.read_input(
            address, FIRST, COUNT, timeout_s=self._config.timeout_s
        )
        return decode(registers)
