"""The settings of a whole station, as tests of several parts use them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from station_agent.config import AgentConfig, load

KEY_7: Final = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
"""Public half of the Ed25519 key whose secret bytes are 0 to 31."""


def settings(folder: Path, *, port: int = 1883, extra: Mapping[str, str] | None = None) -> str:
    """agent.toml of a station with every device; `extra` replaces whole sections by name."""
    sections = {
        "station": f'id = "yz-001"\nstate_dir = "{folder}/state"',
        "mqtt": f'host = "127.0.0.1"\nport = {port}\npassword_file = "{folder}/password"',
        "keys": f'7 = "{KEY_7}"',
        "sessions": "",
        "gate": "",
        "outbox": "",
    } | dict(extra or {})
    return (
        "\n".join(f"[{name}]\n{body}" for name, body in sections.items())
        + f"""
[[bus]]
id = "bus0"
port = "{folder}/bus0"
[[device]]
family = "pzem016"
id = "charger"
bus = "bus0"
addresses = [1, 2, 3, 4]
poll_s = 0.1
[[device]]
family = "waveshare_relay"
id = "relay"
bus = "bus0"
address = 10
sockets = [1, 2, 3, 4]
green = 7
red = 8
poll_s = 1.0
[[device]]
family = "r4dcb08"
id = "thermo"
bus = "bus0"
address = 20
water = "water"
[[device]]
family = "gpio"
id = "gpio"
path = "{folder}/gpio0"
water = "water"
flows = [{{ line = 17 }}]
tap_line = 22
umbrella_line = 23
[[device]]
family = "8a"
id = "rack"
port = "{folder}/lock0"
slots = 8
[[device]]
family = "uhf_m100"
id = "tags"
port = "{folder}/uhf0"
rack = "rack"
[[device]]
family = "gm65"
id = "scanner"
port = "{folder}/scan0"
"""
    )


def write_settings(
    folder: Path, *, port: int = 1883, extra: Mapping[str, str] | None = None
) -> Path:
    """Settings and a password in a folder; the path of agent.toml."""
    (folder / "password").write_text("nobody-knows\n", "utf-8")
    path = folder / "agent.toml"
    path.write_text(settings(folder, port=port, extra=extra), "utf-8")
    return path


def config(folder: Path, *, extra: Mapping[str, str] | None = None) -> AgentConfig:
    """The same, loaded."""
    return load(write_settings(folder, extra=extra))
