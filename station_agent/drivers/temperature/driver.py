"""R4DCB08: up to eight DS18B20 probes behind one Modbus address."""

import asyncio
from collections.abc import Callable

from station_agent.bus.errors import BusError, RestingError
from station_agent.bus.modbus import ModbusBus
from station_agent.drivers.condition import ConditionTracker
from station_agent.drivers.temperature.codec import FIRST, decode
from station_agent.drivers.temperature.config import TemperatureConfig
from station_agent.observations import Emit, Reading


class TemperatureDriver:
    """Reports `temp_mc` of each configured probe; `unit` is the tap its boiler feeds."""

    def __init__(
        self, *, config: TemperatureConfig, bus: ModbusBus, clock: Callable[[], int]
    ) -> None:
        self._config = config
        self._bus = bus
        self._clock = clock

    @property
    def id(self) -> str:
        """The configured device id."""
        return self._config.id

    async def run(self, emit: Emit) -> None:
        """Poll until cancelled."""
        config = self._config
        tracker = ConditionTracker(
            device=self.id, emit=emit, clock=self._clock, units=len(config.taps), label="probe"
        )
        while True:
            try:
                registers = await self._bus.read_holding(
                    config.address, FIRST, len(config.taps), timeout_s=config.timeout_s
                )
            except RestingError:
                pass
            except BusError as error:
                for probe in range(1, len(config.taps) + 1):
                    tracker.fail(error.condition, error.detail, probe)
            else:
                self._report(registers, emit, tracker)
            await asyncio.sleep(config.poll_s)

    def _report(self, registers: list[int], emit: Emit, tracker: ConditionTracker) -> None:
        mono = self._clock()
        for probe, (tap, register) in enumerate(
            zip(self._config.taps, registers, strict=True), start=1
        ):
            value = decode(register)
            if value is None:
                tracker.fail("implausible", "no probe connected", probe)
                continue
            emit(Reading(self.id, tap, "temp_mc", value, mono))
            tracker.ok(probe)
