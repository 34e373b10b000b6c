"""A whole server for web tests: settings, database, keys, accounts, and its real processes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from server.config import ServerConfig, load
from server.services import accounts, activation, keys
from server.storage.engine import create_engine, writing
from server.storage.tables import Device, Region, Station, UnitState
from tests.support.ports import free_port
from tests.support.process import Child, module, running

REPOSITORY: Final = Path(__file__).parents[2]
PASSWORD: Final = "correct horse battery"


def build_assets() -> None:
    """Build the pages' scripts and styles when their sources changed."""
    subprocess.run([sys.executable, str(REPOSITORY / "dashboards" / "build.py")], check=True)


@dataclass(frozen=True, kw_only=True)
class Site:
    """One server's folder, not yet running."""

    folder: Path
    config_path: Path

    @cached_property
    def config(self) -> ServerConfig:
        """The settings as its processes read them."""
        return load(self.config_path)

    @cached_property
    def engine(self) -> Engine:
        """The test's own way into the database."""
        return create_engine(self.config.database.url)

    @property
    def url(self) -> str:
        """Where browsers open the pages."""
        return self.config.web.page_url

    @contextmanager
    def web(self) -> Iterator[Child]:
        """The page process, running."""
        with running(self._process("web")) as process:
            yield process

    @contextmanager
    def live(self) -> Iterator[Child]:
        """The live process, running."""
        with running(self._process("live")) as process:
            yield process

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction as another process would make it."""
        with writing(self.engine).begin() as session:
            yield session

    def activation_code(self, now: int) -> str:
        """A fresh one-time code."""
        with self.writing() as session:
            return activation.create_codes(session, lambda: now, 1)[0]

    def add_account(self, login: str, role: str, station: str | None = None) -> None:
        """An account with `PASSWORD`."""
        with self.writing() as session:
            accounts.put(
                session,
                login=login,
                role=role,
                name=f"{login} 值班",
                password=PASSWORD,
                station=station,
            )

    def _process(self, name: str) -> Child:
        log = self.folder / f"{name}.log"
        return module("server", "--config", str(self.config_path), name, log=log)


def make_site(folder: Path, database_url: str, *, banner: str = "演示数据") -> Site:
    """Settings, secret and a signing key over a migrated database."""
    web_port, live_port = free_port(), free_port()
    (folder / "secret").write_bytes(b"a secret of a test, 32 bytes and more")
    keys.create(folder / "keys")
    path = folder / "server.toml"
    path.write_text(
        f"""
[database]
url = "{database_url}"

[mqtt]
host = "127.0.0.1"

[keys]
folder = "{folder / "keys"}"

[web]
port = {web_port}
live_port = {live_port}
live_url = "http://127.0.0.1:{live_port}"
page_url = "http://127.0.0.1:{web_port}"
secret_file = "{folder / "secret"}"
secure_cookies = false
banner = "{banner}"
""",
        "utf-8",
    )
    return Site(folder=folder, config_path=path)


def add_station(
    session: Session,
    no: int,
    *,
    name: str,
    now: int,
    opens: int = 0,
    closes: int = 1440,
    latitude: float = 34.80,
    longitude: float = 116.08,
) -> Station:
    """A station `yz-00N` that is online, with its devices, no state known yet."""
    if session.get(Region, "town") is None:
        session.add(
            Region(
                id="town",
                parent_id=None,
                level="community",
                name="七里庄社区",
                position=1,
                demo=True,
            )
        )
        session.flush()
    station = Station(
        no=no,
        id=f"yz-{no:03d}",
        name=name,
        region_id="town",
        kind="station",
        address=f"演示路{no}号",
        latitude=latitude,
        longitude=longitude,
        opens=opens,
        closes=closes,
        in_service_from=0,
        demo=True,
        link="online",
        last_seen=now,
    )
    session.add(station)
    session.flush()
    kinds = {"charger": 4, "water": 1, "rack": 8}
    session.add_all(
        Device(station_no=no, device=kind, kind=kind, name=kind, units=units, condition="ok")
        for kind, units in kinds.items()
    )
    session.flush()
    return station


def put_states(
    session: Session, no: int, device: str, cap: str, values: list[int], *, at: int, seq: int = 1
) -> None:
    """Present values of units 1, 2, … of a device."""
    for unit, value in enumerate(values, start=1):
        session.merge(
            UnitState(
                station_no=no,
                device=device,
                unit=unit,
                cap=cap,
                value=value,
                at=at,
                epoch=1,
                seq=seq,
            )
        )
