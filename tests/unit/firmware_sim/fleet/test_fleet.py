"""The fleet through a real broker into a real database: everything arrives, once."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from firmware_sim.reconcile.command import command as reconcile_command
from server.services.seed import seed_demo
from server.storage.engine import create_engine
from tests.support.broker import Broker
from tests.support.database import sqlite_template, sqlite_url
from tests.support.process import module, running

__all__ = ["sqlite_template", "sqlite_url"]

NOW = 1_764_000_000_000
STATIONS = "yz-001,yz-002"


@pytest.fixture
def database(sqlite_url: str) -> str:
    engine = create_engine(sqlite_url)
    with Session(engine) as session:
        seed_demo(session, lambda: NOW)
        session.commit()
    engine.dispose()
    return sqlite_url


def test_the_past_of_two_stations_arrives_and_balances(
    tmp_path: Path, nats: Broker, database: str
) -> None:
    config = tmp_path / "server.toml"
    (tmp_path / "secret").write_bytes(b"x" * 32)
    config.write_text(
        f'[database]\nurl = "{database}"\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = {nats.port}\n'
        f'password_file = "{nats.password_file("ingest")}"\n'
        f'[keys]\nfolder = "{tmp_path / "keys"}"\n'
        f'[web]\nsecret_file = "{tmp_path / "secret"}"\n'
    )
    root = tmp_path / "fleet"
    words = ["fleet", "--root", str(root), "--stations", STATIONS, "--days", "8", "--seed", "3"]
    words += ["--port", str(nats.port), "--passwords", str(nats.folder / "secrets")]
    ingest = module("server", "--config", config, "ingest", log=tmp_path / "ingest.log")
    with running(ingest):
        first = module("firmware_sim", *words, log=tmp_path / "first.log")
        first.start()
        assert first.wait(timeout=60) == 0, first.output()
        assert "fleet: done" in first.output()
        second = module("firmware_sim", *words, log=tmp_path / "second.log")
        second.start()
        assert second.wait(timeout=60) == 0, second.output()
        assert "fleet: done, 0 events of 2 stations committed" in second.output()
    check = ["--root", str(root), "--database", database]
    balanced = CliRunner().invoke(reconcile_command, check)
    assert balanced.exit_code == 0, balanced.output
    assert " 0 lost, 0 twice, 0 different" in balanced.output
    assert not balanced.output.startswith("reconciled: 0 events")
    shutil.rmtree(root / "yz-002")
    (root / "yz-001" / "ledger.sqlite").rename(tmp_path / "away.sqlite")
    nothing = CliRunner().invoke(reconcile_command, check)
    assert (nothing.exit_code, "no ledger found" in nothing.output) == (2, True)


def test_mistakes_are_told_in_a_sentence(tmp_path: Path) -> None:
    words = ["fleet", "--root", str(tmp_path), "--passwords", str(tmp_path), "--stations"]
    for stations, said in (("yz-001", "yz-001"), ("Yz_1", "no station ids"), ("", "no station")):
        run = module("firmware_sim", *words, stations, log=tmp_path / "fleet.log")
        run.start()
        assert run.wait(timeout=30) == 2
        assert said in run.output()
        assert "Traceback" not in run.output()
