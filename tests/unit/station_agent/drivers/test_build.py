"""A station's settings become the drivers of its devices."""

import asyncio
from pathlib import Path

from station_agent.config import load
from station_agent.drivers.build import Hardware, build
from station_agent.drivers.gpio_lines.driver import GpioDriver
from station_agent.drivers.lockboard.driver import LockboardDriver
from station_agent.drivers.modbus_io.driver import RelayDriver
from station_agent.drivers.modbus_meter.driver import MeterDriver
from station_agent.drivers.scanner.driver import ScannerDriver
from station_agent.drivers.temperature.driver import TemperatureDriver
from station_agent.drivers.uhf.driver import UhfDriver

SETTINGS = """
keys = {}
bus = [{ id = "bus0", port = "bus0" }, { id = "bus1", tcp = "127.0.0.1:502", framing = "mbap" }]

[station]
id = "yz-001"
state_dir = "state"

[mqtt]
host = "127.0.0.1"
password_file = "password"

[[device]]
family = "pzem016"
id = "charger"
bus = "bus0"
addresses = [1, 2, 3, 4]

[[device]]
family = "waveshare_relay"
id = "relay"
bus = "bus0"
address = 10
sockets = [1, 2, 3, 4]
green = 7
red = 8

[[device]]
family = "r4dcb08"
id = "thermo"
bus = "bus1"
address = 20
water = "water"

[[device]]
family = "gpio"
id = "gpio"
path = "gpio0"
water = "water"
flows = [{ line = 17 }]
tap_line = 22
umbrella_line = 23

[[device]]
family = "8a"
id = "rack"
port = "lock0"
slots = 8

[[device]]
family = "uhf_m100"
id = "tags"
port = "uhf0"
rack = "rack"

[[device]]
family = "gm65"
id = "scanner"
port = "scan0"
"""


def test_every_family_of_the_settings_gets_its_driver(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(SETTINGS)

    async def make() -> Hardware:
        return build(load(file), lambda: 0)

    hardware = asyncio.run(make())

    assert {id: type(driver) for id, driver in hardware.drivers.items()} == {  # noqa: A001  ids
        "charger": MeterDriver,
        "relay": RelayDriver,
        "thermo": TemperatureDriver,
        "gpio": GpioDriver,
        "rack": LockboardDriver,
        "tags": UhfDriver,
        "scanner": ScannerDriver,
    }
    assert all(driver.id == id for id, driver in hardware.drivers.items())  # noqa: A001  ids
    assert list(hardware.buses) == ["bus0", "bus1"]
    assert list(hardware.relays) == ["relay"]
    assert list(hardware.racks) == ["rack"]
    hardware.close()
