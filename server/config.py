"""Settings of the server's processes, read from one TOML file."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.errors import SettingsError
from protocol.settings import parse_toml

Port = Annotated[int, Meta(ge=1, le=65_535)]


class DatabaseConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sqlite:////absolute/path.sqlite` or `postgresql+psycopg://user:password@host/name`."""

    url: Annotated[str, Meta(pattern=r"^(sqlite:///|postgresql\+psycopg://)")]


class MqttConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The broker, as the ingest user. `client_id` names the persistent session."""

    host: str
    port: Port = 1883
    username: str = "ingest"
    password_file: str | None = None
    client_id: str = "ingest-1"
    ca_file: str | None = None


class TelemetryConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An Influx v2 write API (InfluxDB, VictoriaMetrics). Without it, a window in SQL."""

    url: Annotated[str, Meta(pattern=r"^https?://")]
    org: str = "qinlin"
    bucket: str = "telemetry"
    token_file: str | None = None


class KeysConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Folder of signing keys: `<kid>.key` (raw Ed25519 seed, mode 0600) and `<kid>.pub` (hex)."""

    folder: str


class WebConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pages and live stream. `live_url` is what browsers connect to for the stream."""

    host: str = "127.0.0.1"
    port: Port = 8080
    live_port: Port = 8081
    live_url: str = "http://127.0.0.1:8081"
    page_url: str = "http://127.0.0.1:8080"
    """Where browsers open the pages; only a page from there may read the stream."""
    secret_file: str
    """Holds the key that signs session cookies, at least 32 bytes."""
    secure_cookies: bool = True
    banner: str = ""
    """Shown on every page; the demonstration says 演示数据 here."""


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    database: DatabaseConfig
    mqtt: MqttConfig
    keys: KeysConfig
    web: WebConfig
    telemetry: TelemetryConfig | None = None


def load(path: Path) -> ServerConfig:
    """Read and check a settings file.

    Raises:
        SettingsError: file, key, value and what is allowed.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("settings_file", f"{path}: cannot be read: {error}") from error
    return parse_toml(text, ServerConfig, file=str(path))


def read_secret(path: str) -> str:
    """A password or token kept in a file of its own; surrounding white space is not part of it.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("settings_file", f"{path}: cannot be read: {error}") from error
