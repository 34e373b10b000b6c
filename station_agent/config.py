"""Settings of one station's agent, read from one TOML file."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from protocol.errors import SettingsError
from protocol.ids import Id
from protocol.settings import parse_toml
from station_agent.drivers.gpio_lines.config import GpioConfig
from station_agent.drivers.lockboard.config import LockboardConfig
from station_agent.drivers.modbus_io.config import RelayConfig
from station_agent.drivers.modbus_meter.config import MeterConfig
from station_agent.drivers.scanner.config import ScannerConfig
from station_agent.drivers.temperature.config import TemperatureConfig
from station_agent.drivers.uhf.config import UhfConfig

Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class StationConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who this station is and where it keeps its state (outbox, sessions, gate)."""

    id: Id
    state_dir: str


class MqttConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The broker. The username is the station id."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65_535)] = 1883
    password_file: str
    ca_file: str | None = None
    keepalive_s: Annotated[int, Meta(ge=5, le=1_200)] = 30


class BusConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Modbus line: a serial device, or `host:port` with RTU or MBAP framing."""

    id: Id
    port: str | None = None
    tcp: str | None = None
    framing: Literal["rtu", "mbap"] = "rtu"
    baud: int = 9600


class SessionConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Thresholds of the session machines.

    Charging: power above `charge_on_mw` for `charge_on_s` starts, below it for
    `charge_off_s` ends. Draws: a pause of `draw_gap_s` ends one.
    """

    charge_on_mw: Annotated[int, Meta(ge=500, le=100_000)] = 5_000
    charge_on_s: Seconds = 30.0
    charge_off_s: Seconds = 120.0
    draw_gap_s: Seconds = 5.0
    draw_min_ml: Annotated[int, Meta(ge=0, le=1_000)] = 20
    umbrella_debounce_s: Annotated[float, Meta(ge=0, le=60)] = 0.5


class GateConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times of the credential check."""

    green_s: Annotated[int, Meta(ge=30, le=600)] = 120
    amber_s: Annotated[int, Meta(ge=60, le=3_600)] = 900
    silent_s: Annotated[float, Meta(ge=0, le=60)] = 5.0
    revisit_s: Annotated[float, Meta(ge=1, le=86_400)] = 1_800.0


class OutboxConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds of the outbox. Samples go first when `max_mib` is reached."""

    max_mib: Annotated[int, Meta(ge=8, le=8_192)] = 256
    coverage_s: Annotated[float, Meta(ge=1, le=3_600)] = 300.0
    sample_s: Annotated[float, Meta(ge=0.5, le=3_600)] = 30.0
    batch_wait_s: Annotated[float, Meta(ge=0.01, le=60)] = 0.5


DeviceConfig = (
    MeterConfig
    | TemperatureConfig
    | RelayConfig
    | LockboardConfig
    | UhfConfig
    | ScannerConfig
    | GpioConfig
)


class AgentConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. `keys` maps a key number to the server's Ed25519 public key in hex."""

    station: StationConfig
    mqtt: MqttConfig
    keys: dict[
        Annotated[str, Meta(pattern=r"^(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])$")],
        Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")],
    ]
    bus: list[BusConfig] = []
    device: list[DeviceConfig] = []
    sessions: SessionConfig = SessionConfig()
    gate: GateConfig = GateConfig()
    outbox: OutboxConfig = OutboxConfig()


def load(path: Path) -> AgentConfig:
    """Read and check a settings file.

    Raises:
        SettingsError: file, key, value and what is allowed.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("settings_file", f"{path}: cannot be read: {error}") from error
    config = parse_toml(text, AgentConfig, file=str(path))
    _check_references(config, str(path))
    return config


def _check_references(config: AgentConfig, file: str) -> None:
    buses = {bus.id for bus in config.bus}
    for bus in config.bus:
        if (bus.port is None) == (bus.tcp is None):
            raise SettingsError("settings_value", f"{file}: bus {bus.id}: give port or tcp, one")
    seen: set[str] = set()
    for device in config.device:
        if device.id in seen:
            raise SettingsError("settings_value", f"{file}: device.id = {device.id!r}: used twice")
        seen.add(device.id)
        wanted = getattr(device, "bus", None)
        if wanted is not None and wanted not in buses:
            known = ", ".join(sorted(buses)) or "none declared"
            raise SettingsError(
                "settings_value",
                f"{file}: device {device.id}: bus = {wanted!r}: not a declared bus ({known})",
            )
