"""Settings files of the server and of a station, as texts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from firmware_sim.demo.layout import Layout


class Ports(NamedTuple):
    """TCP ports of the demonstration, all on the loopback interface."""

    web: int
    live: int
    mqtt: int

    @property
    def page_url(self) -> str:
        """Where browsers open the pages."""
        return f"http://127.0.0.1:{self.web}"

    @property
    def live_url(self) -> str:
        """Where pages open the live stream."""
        return f"http://127.0.0.1:{self.live}"


def server(layout: Layout, ports: Ports) -> str:
    """`server.toml`. Cookies are not bound to HTTPS: the pages are served on this machine only."""
    return f"""\
[database]
url = {_quoted(layout.database_url)}

[mqtt]
host = "127.0.0.1"
port = {ports.mqtt}
username = "ingest"
password_file = {_quoted(layout.secrets / "ingest")}

[keys]
folder = {_quoted(layout.keys)}

[web]
host = "127.0.0.1"
port = {ports.web}
live_port = {ports.live}
page_url = "{ports.page_url}"
live_url = "{ports.live_url}"
secret_file = {_quoted(layout.secrets / "session")}
secure_cookies = false
banner = "演示数据"
"""


def agent(
    layout: Layout, station: str, *, mqtt_port: int, keys: Mapping[int, str], tempo: float
) -> str:
    """`agent.toml` of a live station.

    Args:
        layout: where the station's ports and state are.
        station: its id.
        mqtt_port: of the broker.
        keys: the server's public keys in hex, by number.
        tempo: how much faster than life people and physics run; thresholds shrink with it.
            The wire, and so polling, runs at its own speed.
    """
    here = layout.station(station)
    return f"""\
[station]
id = "{station}"
state_dir = {_quoted(layout.state(station))}

[mqtt]
host = "127.0.0.1"
port = {mqtt_port}
password_file = {_quoted(layout.secrets / station)}

[keys]
{"".join(f'{kid} = "{key}"' + chr(10) for kid, key in sorted(keys.items()))}
[sessions]
charge_on_s = {_shrunk(30, tempo, least=0.5)}
charge_off_s = {_shrunk(120, tempo, least=2)}
draw_gap_s = {_shrunk(5, tempo, least=0.5)}

[gate]
revisit_s = {_shrunk(1_800, tempo, least=5)}

[outbox]
coverage_s = 300
sample_s = 5

[[bus]]
id = "bus0"
port = {_quoted(here / "bus0")}

[[device]]
family = "pzem016"
id = "charger"
bus = "bus0"
addresses = [1, 2, 3, 4]
poll_s = 0.25

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
bus = "bus0"
address = 20
taps = [1]
water = "water"

[[device]]
family = "gpio"
id = "gpio"
path = {_quoted(here / "gpio0")}
water = "water"
flows = [{{ line = 17, unit = 1, pulses_per_litre = 450 }}]
tap_line = 22
umbrella_line = 23

[[device]]
family = "8a"
id = "rack"
port = {_quoted(here / "lock0")}
board = 1
slots = 8

[[device]]
family = "uhf_m100"
id = "tags"
port = {_quoted(here / "uhf0")}
rack = "rack"

[[device]]
family = "gm65"
id = "scanner"
port = {_quoted(here / "scan0")}
"""


def _shrunk(seconds: float, tempo: float, *, least: float) -> float:
    """A time of life at this tempo, but not below what polling can tell apart."""
    return max(seconds / tempo, min(least, seconds))


def _quoted(value: str | Path) -> str:
    """A TOML basic string: JSON escapes are a subset of TOML's."""
    return json.dumps(str(value), ensure_ascii=False)
