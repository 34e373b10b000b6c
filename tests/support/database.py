"""Real databases for tests: a migrated SQLite file, or a database of a real PostgreSQL cluster.

`engine` runs a test on both. The cluster starts when the first test asks for it, once a worker;
each test gets a copy of a migrated template.
"""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest
from sqlalchemy import Engine

from server.storage.engine import create_engine
from server.storage.migrate import upgrade

_TEMPLATE: Final = "migrated"
_ACCOUNT: Final = "postgres"
_FAST: Final = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=64MB",
    "autovacuum=off",
    "listen_addresses=",
)
DURABLE: Final = ("synchronous_commit=on", "shared_buffers=256MB", "listen_addresses=")
"""For measuring: as a county would run it."""


class Cluster:
    """A running PostgreSQL cluster, reached by a socket in its own folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    def url(self, name: str) -> str:
        """SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://{_ACCOUNT}@/{name}?host={self._folder}"

    def execute(self, statement: str) -> None:
        """Run an administrative statement."""
        conninfo = f"host={self._folder} user={_ACCOUNT} dbname=postgres"
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(statement.encode())

    def create(self, *, template: str = "template1") -> str:
        """A new database; returns its name."""
        name = f"db{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")


def binaries() -> Path:
    """Folder of the newest PostgreSQL server programs.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
    """
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    here = shutil.which("initdb")
    if found:
        return found[-1].parent
    if here:
        return Path(here).parent
    raise FileNotFoundError("PostgreSQL is not installed (Debian: apt install postgresql)")


@contextmanager
def cluster(settings: tuple[str, ...] = _FAST) -> Iterator[Cluster]:
    """Start a cluster in a temporary folder and remove it afterwards.

    The server refuses to run as root, so root starts it as the `postgres` account.
    """
    account = _ACCOUNT if os.geteuid() == 0 else None
    folder = Path(
        tempfile.mkdtemp(prefix="qinlin-pg-", dir="/tmp")
    )  # socket paths are limited to 107 bytes
    process: subprocess.Popen[bytes] | None = None
    try:
        if account is not None:
            shutil.chown(folder, account)
        data = folder / "data"
        subprocess.run(
            [
                *(binaries() / "initdb", "-D", data, "-U", _ACCOUNT, "-A", "trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            user=account,
        )
        options = [part for item in settings for part in ("-c", item)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [binaries() / "postgres", "-D", data, "-k", folder, *options],
                stdout=log,
                stderr=log,
                cwd=folder,
                user=account,
            )
        running = Cluster(folder)
        _wait_until_ready(running, process)
        yield running
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(running: Cluster, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            running.execute("SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The worker's cluster, with a migrated template database."""
    with cluster() as running:
        running.execute(f"CREATE DATABASE {_TEMPLATE}")
        engine = create_engine(running.url(_TEMPLATE))
        upgrade(engine)
        engine.dispose()
        yield running


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A fresh, migrated SQLite database."""
    path = tmp_path / "server.sqlite"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Cluster) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    name = postgres.create(template=_TEMPLATE)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both databases, one after the other."""
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated database: SQLite, then PostgreSQL."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated SQLite database, where one database is enough."""
    engine = create_engine(sqlite_url)
    yield engine
    engine.dispose()
