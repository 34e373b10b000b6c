"""The command line as an operator meets it."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from server.cli import main
from server.storage.engine import create_engine, reading
from server.storage.tables import Account, ActivationCode, Station
from tests.support.broker import Broker
from tests.support.process import module, running, wait_until


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path, port=1)


def write_config(folder: Path, *, port: int, password_file: Path | None = None) -> Path:
    path = folder / "server.toml"
    password = f'password_file = "{password_file}"' if password_file else ""
    path.write_text(
        f"""
[database]
url = "sqlite:///{folder / "server.sqlite"}"
[mqtt]
host = "127.0.0.1"
port = {port}
{password}
[keys]
folder = "{folder / "keys"}"
[web]
secret_file = "{folder / "secret"}"
""",
        "utf-8",
    )
    return path


def call(config: Path, *args: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *args], input=stdin)


@pytest.fixture
def migrated(config: Path) -> Path:
    assert call(config, "migrate").exit_code == 0
    return config


def test_an_empty_folder_becomes_a_server(migrated: Path) -> None:
    made = call(migrated, "keys", "new")
    assert re.fullmatch(r"1 [0-9a-f]{64}\n", made.output)
    assert call(migrated, "seed-demo").exit_code == 0
    saved = call(
        migrated,
        *("accounts", "set", "qilizhuang", "--role", "keeper"),
        *("--station", "yz-001", "--name", "七里庄站站长"),
        stdin="a long password\n",
    )
    assert saved.exit_code == 0
    codes = call(migrated, "activation-codes", "3").output.split()
    assert [len(code) for code in codes] == [10, 10, 10]
    engine = create_engine(f"sqlite:///{migrated.parent / 'server.sqlite'}")
    with reading(engine)() as session:
        account = session.get(Account, "qilizhuang")
        station = session.scalar(select(Station.no).where(Station.id == "yz-001"))
        assert account is not None
        assert account.station_no == station
        assert session.scalar(select(func.count()).select_from(ActivationCode)) == 3
    engine.dispose()


def test_evidence_can_be_judged_again(migrated: Path) -> None:
    assert call(migrated, "reopen-evidence").output == "reopened: 0\n"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("seed-demo",), "请先运行 migrate"),
        (("ingest",), "请先运行 migrate"),
        (("jobs",), "请先运行 migrate"),
        (("activation-codes", "0"), "0 is not in the range"),
        (("accounts", "set", "x", "--role", "king", "--name", "x"), "'king' is not one of"),
        (("dance",), "No such command 'dance'"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_two(
    config: Path, args: tuple[str, ...], sentence: str
) -> None:
    result = call(config, *args)
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("args", "stdin", "sentence"),
    [
        (("accounts", "set", "x", "--role", "committee", "--name", "x"), "short\n", "密码应为"),
        (("accounts", "set", "x", "--role", "keeper", "--name", "x"), "long enough\n", "站点"),
    ],
)
def test_a_wrong_account_is_refused_in_one_sentence(
    migrated: Path, args: tuple[str, ...], stdin: str, sentence: str
) -> None:
    result = call(migrated, *args, stdin=stdin)
    assert result.exit_code == 2
    assert sentence in result.output


def test_settings_that_are_wrong_are_told_by_key_and_value(config: Path) -> None:
    config.write_text(config.read_text("utf-8").replace("port = 1", "port = 99999"), "utf-8")
    result = call(config, "migrate")
    assert result.exit_code == 2
    assert "mqtt.port = 99999" in result.output


def test_settings_that_are_missing_are_told(tmp_path: Path) -> None:
    result = call(tmp_path / "nowhere.toml", "migrate")
    assert result.exit_code == 2
    assert "nowhere.toml: cannot be read" in result.output


def test_a_database_that_cannot_be_opened_is_told(config: Path) -> None:
    text = config.read_text("utf-8").replace("server.sqlite", "no/such/folder/x.sqlite")
    config.write_text(text, "utf-8")
    result = call(config, "migrate")
    assert result.exit_code == 2
    assert "数据库无法使用" in result.output


@pytest.mark.parametrize("command", ["ingest", "jobs"])
def test_a_process_says_ready_and_ends_on_sigterm(
    nats: Broker, tmp_path: Path, command: str
) -> None:
    config = write_config(tmp_path, port=nats.port, password_file=nats.password_file("ingest"))
    assert call(config, "migrate").exit_code == 0
    process = module("server", "--config", config, command, log=tmp_path / "log")
    with running(process):
        assert process.running
    assert not process.running


def test_sigterm_before_the_broker_answers_ends_the_ingest_too(config: Path) -> None:
    assert call(config, "migrate").exit_code == 0
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "server", "--config", str(config), "ingest"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        log = config.parent / "server.sqlite-wal"
        wait_until(log.exists, what="the database was opened")
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert b"ready" not in output
