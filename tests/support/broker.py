"""Real brokers on free ports: the embedded NATS and Mosquitto, with the accounts of a county.

Each can be stopped, killed, wiped and started again on the same port.
"""

import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from firmware_sim.demo.broker import READY, binary, configuration, server_user, station_user
from firmware_sim.demo.process import Child, ChildError
from tests.support.ports import free_port

STATIONS: Final = ("yz-001", "yz-002")
_STARTS: Final = 5
_MOSQUITTO_READY: Final = r"mosquitto version \S+ running$"


class Broker:
    """A running broker. `passwords` by user; `password_file(user)` is what settings name."""

    host: Final = "127.0.0.1"

    def __init__(
        self, *, folder: Path, port: int, child: Child, ready: str, passwords: dict[str, str]
    ) -> None:
        self.folder = folder
        self.port = port
        self.passwords = passwords
        self.process = child
        self._ready = ready

    def password_file(self, user: str) -> Path:
        """A file with the user's password, readable by its owner only."""
        return self.folder / "secrets" / user

    def start(self) -> None:
        """Start, or start again with what is on disk."""
        self.process.start()
        self.process.wait_ready(timeout=20, pattern=self._ready)

    def stop(self) -> None:
        """Shut down in order."""
        self.process.stop()

    def kill(self) -> None:
        """Power cut."""
        self.process.kill()

    def wipe(self) -> None:
        """Lose sessions, retained and queued messages. Only while stopped."""
        if self.process.running:
            raise RuntimeError("stop the broker before its disk is wiped")
        shutil.rmtree(self.folder / "store", ignore_errors=True)
        (self.folder / "store").mkdir()


@contextmanager
def nats(
    folder: Path, *, stations: Sequence[str] = STATIONS, servers: Sequence[str] = ("ingest",)
) -> Iterator[Broker]:
    """The embedded broker of the demonstration.

    Args:
        folder: configuration, secrets, store and log go there; it must not be shared.
        stations: users with the rights of a station.
        servers: users with the rights of the server.
    """
    passwords = _prepare(folder, [*stations, *servers])
    users = [
        *(station_user(name, passwords[name]) for name in stations),
        *(server_user(name, passwords[name]) for name in servers),
    ]

    def build(port: int) -> Broker:
        path = folder / "nats.conf"
        path.write_text(configuration(mqtt_port=port, store=folder / "store", users=users), "utf-8")
        child = Child(name="nats-server", argv=[binary(), "-c", path], log=folder / "broker.log")
        return Broker(folder=folder, port=port, child=child, ready=READY, passwords=passwords)

    yield from _running(build)


@contextmanager
def mosquitto(
    folder: Path, *, stations: Sequence[str] = STATIONS, servers: Sequence[str] = ("ingest",)
) -> Iterator[Broker]:
    """Mosquitto with the same accounts and rights, persistence on.

    Args:
        folder: configuration, secrets, store and log go there; it must not be shared.
        stations: users with the rights of a station.
        servers: users with the rights of the server.
    """
    passwords = _prepare(folder, [*stations, *servers])
    (folder / "acl").write_text(_mosquitto_rights(servers), "utf-8")
    (folder / "acl").chmod(0o600)
    table = folder / "passwords"
    table.write_text("".join(f"{name}:{word}\n" for name, word in passwords.items()), "utf-8")
    table.chmod(0o600)
    subprocess.run(["mosquitto_passwd", "-U", table], check=True, capture_output=True)

    def build(port: int) -> Broker:
        path = folder / "mosquitto.conf"
        path.write_text(
            f"listener {port} 127.0.0.1\n"
            "allow_anonymous false\n"
            f"password_file {table}\n"
            f"acl_file {folder / 'acl'}\n"
            "persistence true\n"
            f"persistence_location {folder / 'store'}/\n"
            "autosave_interval 1\n"
            "max_queued_messages 100000\n"
            "max_inflight_messages 200\n"
            "user root\n",  # as who starts it: its own account could not read the folder
            "utf-8",
        )
        argv: list[str | Path] = ["mosquitto", "-c", path]
        child = Child(name="mosquitto", argv=argv, log=folder / "broker.log")
        return Broker(
            folder=folder, port=port, child=child, ready=_MOSQUITTO_READY, passwords=passwords
        )

    yield from _running(build)


def _mosquitto_rights(servers: Sequence[str]) -> str:
    patterns = (
        "pattern write yz/1/%u/state\n"
        "pattern write yz/1/%u/up/#\n"
        "pattern read yz/1/%u/down/#\n"
        "pattern read yz/1/all/roster\n"
    )
    own = (
        "topic read yz/1/+/state\n"
        "topic read yz/1/+/up/#\n"
        "topic write yz/1/+/down/#\n"
        "topic write yz/1/all/roster\n"
    )
    return patterns + "".join(f"user {name}\n{own}" for name in servers)


def _prepare(folder: Path, users: Sequence[str]) -> dict[str, str]:
    (folder / "secrets").mkdir(parents=True, exist_ok=True)
    (folder / "store").mkdir(exist_ok=True)
    passwords = {user: secrets.token_urlsafe(16) for user in users}
    for user, word in passwords.items():
        path = folder / "secrets" / user
        path.touch(mode=0o600)
        path.write_text(word, "utf-8")
    return passwords


def _running(build: Callable[[int], Broker]) -> Iterator[Broker]:
    """Start on a free port, on another when someone was quicker; end whatever happens."""
    for left in reversed(range(_STARTS)):
        broker = build(free_port())
        try:
            broker.start()
        except ChildError as error:
            broker.kill()
            if left and "address already in use" in error.sentence.lower():
                continue
            raise
        break
    try:
        yield broker
    finally:
        broker.stop()
