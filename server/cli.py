"""Command line of the server: every process and every administrative act."""

import functools
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn, ParamSpec, TypeVar

import click
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from protocol.errors import ProtocolError, SettingsError
from server import logs
from server.config import MqttConfig, ServerConfig, load, read_secret
from server.ingest.service import Ingest, serve
from server.services import accounts as account_service
from server.services import activation
from server.services import keys as key_service
from server.services.audit import reopen
from server.services.errors import ServiceError
from server.services.jobs import Jobs
from server.services.seed import seed_demo as seed
from server.storage import migrate as migrations
from server.storage.engine import create_engine, writing
from server.storage.telemetry import SqlWindow, Telemetry

P = ParamSpec("P")
R = TypeVar("R")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    default=Path("server.toml"),
    show_default=True,
    help="Settings file.",
)
@click.pass_context
def main(context: click.Context, path: Path) -> None:
    """亲邻驿站 server: migrate, ingest, jobs, web, live and administration."""
    if not context.resilient_parsing:
        context.obj = path
    logs.configure()


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(2)


def settings(context: click.Context) -> ServerConfig:
    """The settings named by `--config`, or exit 2 with a sentence."""
    try:
        return load(context.obj)
    except ProtocolError as error:
        _refuse(error.sentence)


def mistakes_are_sentences(command: Callable[P, R]) -> Callable[P, R]:
    """What a person got wrong ends the command with one sentence and status 2."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (ServiceError, ProtocolError) as error:
            _refuse(error.sentence)
        except (SQLAlchemyError, ArgumentError) as error:
            cause = getattr(error, "orig", None) or error
            _refuse(f"数据库无法使用：{str(cause).splitlines()[0]}")

    return run


@contextmanager
def _database(config: ServerConfig, *, migrated: bool = True) -> Iterator[Engine]:
    """The configured database; refuses one that `migrate` has not brought up to date."""
    engine = create_engine(config.database.url)
    try:
        if migrated and migrations.current(engine) != migrations.newest():
            raise ServiceError("not_migrated", "数据库结构不是本版本的，请先运行 migrate。")
        yield engine
    finally:
        engine.dispose()


def _now() -> int:
    return time.time_ns() // 1_000_000


def _until_signal() -> threading.Event:
    """Set by SIGTERM and SIGINT."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop


def _ready() -> None:
    click.echo("ready")
    sys.stdout.flush()


@main.command()
@click.pass_context
@mistakes_are_sentences
def migrate(context: click.Context) -> None:
    """Bring the database to the schema of this version."""
    with _database(settings(context), migrated=False) as engine:
        migrations.upgrade(engine)
        click.echo(f"数据库结构版本：{migrations.newest()}")


@main.group()
def keys() -> None:
    """Signing keys of riders' certificates."""


@keys.command("new")
@click.pass_context
@mistakes_are_sentences
def keys_new(context: click.Context) -> None:
    """Make a key; prints its number and public key, which go into every station's settings."""
    made = key_service.create(Path(settings(context).keys.folder))
    click.echo(f"{made.kid} {made.public_hex}")


@main.command("seed-demo")
@click.pass_context
@mistakes_are_sentences
def seed_demo(context: click.Context) -> None:
    """Enter the demonstration county: regions, stations, devices."""
    with _database(settings(context)) as engine, writing(engine).begin() as session:
        click.echo(f"演示数据：新增 {seed(session, _now)} 行")


@main.group()
def accounts() -> None:
    """Sign-in of keepers and committee members."""


@accounts.command("set")
@click.argument("login")
@click.option("--role", required=True, type=click.Choice(account_service.ROLES))
@click.option("--station", help="The keeper's station.")
@click.option("--name", required=True, help="Office or function, not a person's name.")
@click.pass_context
@mistakes_are_sentences
def accounts_set(
    context: click.Context, login: str, role: str, station: str | None, name: str
) -> None:
    """Create or change an account; the password comes from standard input."""
    password = sys.stdin.readline().rstrip("\r\n")
    with _database(settings(context)) as engine, writing(engine).begin() as session:
        account_service.put(
            session, login=login, role=role, name=name, password=password, station=station
        )
    click.echo(f"账户已保存：{login}")


@main.command("activation-codes")
@click.argument("count", type=click.IntRange(1, 10_000))
@click.pass_context
@mistakes_are_sentences
def activation_codes(context: click.Context, count: int) -> None:
    """Make one-time codes for riders' phones; prints one a line."""
    with _database(settings(context)) as engine, writing(engine).begin() as session:
        codes = activation.create_codes(session, _now, count)
    for code in codes:
        click.echo(code)


@main.command()
@click.pass_context
@mistakes_are_sentences
def ingest(context: click.Context) -> None:
    """Take in what stations send, until SIGTERM."""
    config = settings(context)
    stop = _until_signal()
    with _database(config) as engine:
        serve(_ingest(config.mqtt, engine, _telemetry(config)), stop, _ready)


def _ingest(mqtt: MqttConfig, engine: Engine, telemetry: Telemetry) -> Ingest:
    if mqtt.ca_file is not None and not Path(mqtt.ca_file).is_file():
        raise SettingsError("settings_value", f"mqtt.ca_file = {mqtt.ca_file!r}: no such file")
    return Ingest(
        engine=engine,
        telemetry=telemetry,
        clock=_now,
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username,
        password=None if mqtt.password_file is None else read_secret(mqtt.password_file),
        client_id=mqtt.client_id,
        ca_file=mqtt.ca_file,
    )


def _telemetry(config: ServerConfig) -> Telemetry:
    wanted = config.telemetry
    if wanted is None:
        return SqlWindow()
    from server.storage.telemetry.influx import InfluxLines  # noqa: PLC0415  # slow to load

    token = "" if wanted.token_file is None else read_secret(wanted.token_file)
    return InfluxLines(url=wanted.url, org=wanted.org, bucket=wanted.bucket, token=token)


@main.command()
@click.pass_context
@mistakes_are_sentences
def jobs(context: click.Context) -> None:
    """Audit evidence and delete what has been kept long enough, until SIGTERM."""
    config = settings(context)
    stop = _until_signal()
    with _database(config) as engine:
        key_service.public_keys(Path(config.keys.folder))
        _ready()
        Jobs(engine=engine, keys=Path(config.keys.folder), clock=_now).run(stop)


@main.command("reopen-evidence")
@click.pass_context
@mistakes_are_sentences
def reopen_evidence(context: click.Context) -> None:
    """Judge again what was judged while its key was missing here."""
    with _database(settings(context)) as engine, writing(engine).begin() as session:
        click.echo(f"reopened: {reopen(session)}")


@main.command()
@click.pass_context
@mistakes_are_sentences
def web(context: click.Context) -> None:
    """Serve the pages, until SIGTERM."""
    from server.app import serve_web  # noqa: PLC0415  # the other commands need no web server

    serve_web(settings(context))


@main.command()
@click.pass_context
@mistakes_are_sentences
def live(context: click.Context) -> None:
    """Serve the live streams, until SIGTERM."""
    from server.app import serve_live  # noqa: PLC0415  # the other commands need no web server

    serve_live(settings(context))
