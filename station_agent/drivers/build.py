"""Makes the buses and drivers of a station from its settings."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from station_agent.bus.modbus import ModbusBus
from station_agent.config import AgentConfig, DeviceConfig
from station_agent.drivers.gpio_lines.config import GpioConfig
from station_agent.drivers.gpio_lines.driver import GpioDriver
from station_agent.drivers.lockboard.config import LockboardConfig
from station_agent.drivers.lockboard.driver import LockboardDriver
from station_agent.drivers.modbus_io.config import RelayConfig
from station_agent.drivers.modbus_io.driver import RelayDriver
from station_agent.drivers.modbus_meter.config import MeterConfig
from station_agent.drivers.modbus_meter.driver import MeterDriver
from station_agent.drivers.scanner.config import ScannerConfig
from station_agent.drivers.scanner.driver import ScannerDriver
from station_agent.drivers.temperature.config import TemperatureConfig
from station_agent.drivers.temperature.driver import TemperatureDriver
from station_agent.drivers.uhf.driver import UhfDriver
from station_agent.observations import Driver


@dataclass(frozen=True)
class Hardware:
    """Everything attached to a station, by id.

    `relays` and `racks` are the drivers that also take orders.
    """

    buses: dict[str, ModbusBus] = field(default_factory=dict)
    drivers: dict[str, Driver] = field(default_factory=dict)

    @property
    def relays(self) -> dict[str, RelayDriver]:
        """Relay boards: `set(channel, on=…)`, `flash(channel, tenths)`."""
        return {k: d for k, d in self.drivers.items() if isinstance(d, RelayDriver)}

    @property
    def racks(self) -> dict[str, LockboardDriver]:
        """Umbrella racks: `unlock(slot)`."""
        return {k: d for k, d in self.drivers.items() if isinstance(d, LockboardDriver)}

    def close(self) -> None:
        """Release the buses, after the drivers' tasks have ended."""
        for bus in self.buses.values():
            bus.close()


def build(config: AgentConfig, clock: Callable[[], int]) -> Hardware:
    """Buses and drivers; nothing is opened before the drivers run.

    Args:
        config: checked settings (`station_agent.config.load`).
        clock: monotonic ms.
    """
    # Every lost frame would be a line of log; drivers report a condition instead.
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    buses = {
        bus.id: ModbusBus(
            id=bus.id,
            clock=clock,
            port=bus.port,
            tcp=bus.tcp,
            framing=bus.framing,
            baud=bus.baud,
        )
        for bus in config.bus
    }
    drivers = {device.id: _driver(device, buses, clock) for device in config.device}
    return Hardware(buses, drivers)


def _driver(device: DeviceConfig, buses: dict[str, ModbusBus], clock: Callable[[], int]) -> Driver:
    driver: Driver
    match device:
        case MeterConfig():
            driver = MeterDriver(config=device, bus=buses[device.bus], clock=clock)
        case TemperatureConfig():
            driver = TemperatureDriver(config=device, bus=buses[device.bus], clock=clock)
        case RelayConfig():
            driver = RelayDriver(config=device, bus=buses[device.bus], clock=clock)
        case LockboardConfig():
            driver = LockboardDriver(config=device, clock=clock)
        case ScannerConfig():
            driver = ScannerDriver(config=device, clock=clock)
        case GpioConfig():
            driver = GpioDriver(config=device, clock=clock)
        case _:
            driver = UhfDriver(config=device, clock=clock)
    return driver
