"""Which device stands for what at one station, read off its configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from station_agent.config import AgentConfig
from station_agent.drivers.gpio_lines.config import GpioConfig
from station_agent.drivers.lockboard.config import LockboardConfig
from station_agent.drivers.modbus_io.config import RelayConfig
from station_agent.drivers.modbus_meter.config import MeterConfig
from station_agent.drivers.scanner.config import ScannerConfig
from station_agent.drivers.temperature.config import TemperatureConfig
from station_agent.drivers.uhf.config import UhfConfig


class Tap(NamedTuple):
    """One flow meter."""

    water: str
    unit: int
    pulses_per_litre: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Device ids by their part in a station.

    Attributes:
        sockets: metered sockets as (charger, unit).
        switches: relay board and channel of each socket number.
        taps: flow meters.
        water_of: temperature board → the hot-water device its probes belong to.
        gpio_of: hot-water device → the GPIO device its flow meters are on.
        racks: lock boards.
        rack_of: tag reader → the rack it watches.
        listening: devices that speak only when somebody uses them.
    """

    sockets: tuple[tuple[str, int], ...]
    switches: Mapping[int, tuple[str, int]]
    taps: tuple[Tap, ...]
    water_of: Mapping[str, str]
    gpio_of: Mapping[str, str]
    racks: tuple[str, ...]
    rack_of: Mapping[str, str]
    listening: tuple[str, ...]

    @property
    def waters(self) -> tuple[str, ...]:
        """Hot-water devices: compositions of a flow meter and a probe."""
        return tuple(sorted({*self.gpio_of, *self.water_of.values()}))

    @property
    def covered(self) -> tuple[str, ...]:
        """Devices whose coverage is reported."""
        meters = sorted({device for device, _ in self.sockets})
        return (*meters, *self.waters, *self.racks, *self.listening)


def layout(config: AgentConfig) -> Layout:
    """The parts of a configured station."""
    devices = config.device
    gpios = [d for d in devices if isinstance(d, GpioConfig)]
    return Layout(
        sockets=tuple(
            (d.id, unit)
            for d in devices
            if isinstance(d, MeterConfig)
            for unit in range(1, len(d.addresses) + 1)
        ),
        switches={
            socket: (d.id, channel)
            for d in devices
            if isinstance(d, RelayConfig)
            for socket, channel in enumerate(d.sockets, start=1)
        },
        taps=tuple(Tap(d.water, f.unit, f.pulses_per_litre) for d in gpios for f in d.flows),
        water_of={d.id: d.water for d in devices if isinstance(d, TemperatureConfig)},
        gpio_of={d.water: d.id for d in gpios if d.flows},
        racks=tuple(d.id for d in devices if isinstance(d, LockboardConfig)),
        rack_of={d.id: d.rack for d in devices if isinstance(d, UhfConfig)},
        listening=tuple(d.id for d in devices if isinstance(d, ScannerConfig | GpioConfig)),
    )
