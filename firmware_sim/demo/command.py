"""`python -m firmware_sim demo`: the whole county on this machine."""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import click

from firmware_sim.demo.console import Console
from firmware_sim.demo.errors import DemoError
from firmware_sim.demo.layout import LIVE_MAX, STATIONS, Layout, cast
from firmware_sim.demo.run import Access, Demo, Plan
from firmware_sim.demo.settings import Ports

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INTERRUPTED: Final = 130
_PORT: Final = click.IntRange(1, 65_535)


@click.command()
@click.option("--root", type=click.Path(path_type=Path), default=Path(".demo"), show_default=True)
@click.option("--seconds", type=click.FloatRange(min=0), help="End and reconcile after so long.")
@click.option("--tempo", type=click.FloatRange(1, 600), default=60.0, show_default=True)
@click.option("--per-day", type=click.FloatRange(1, 2_000), default=60.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--days", type=click.IntRange(0, 400), default=395, show_default=True)
@click.option("--phones", type=click.IntRange(0, 1_000), default=60, show_default=True)
@click.option("--live", type=click.IntRange(1, LIVE_MAX), default=LIVE_MAX, show_default=True)
@click.option(
    "--fleet",
    type=click.IntRange(0, len(STATIONS) - LIVE_MAX),
    default=len(STATIONS) - LIVE_MAX,
    show_default=True,
)
@click.option("--web-port", type=_PORT, default=8080, show_default=True)
@click.option("--live-port", type=_PORT, default=8081, show_default=True)
@click.option("--mqtt-port", type=_PORT, default=18_830, show_default=True)
def command(
    *,
    root: Path,
    seconds: float | None,
    tempo: float,
    per_day: float,
    seed: int,
    days: int,
    phones: int,
    live: int,
    fleet: int,
    web_port: int,
    live_port: int,
    mqtt_port: int,
) -> None:
    """Start broker, server, stations and people; print where to look. Ctrl-C ends all."""
    plan = Plan(
        layout=Layout(root.absolute()),
        cast=cast(live=live, fleet=fleet),
        ports=Ports(web=web_port, live=live_port, mqtt=mqtt_port),
        phones=phones,
        days=days,
        tempo=tempo,
        per_day=per_day,
        seed=seed,
        seconds=seconds,
    )
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    console = Console()
    try:
        sys.exit(_run(plan, console))
    except DemoError as error:
        sys.exit(error.status)
    except KeyboardInterrupt:  # a second one: nothing is waited for
        sys.exit(_INTERRUPTED)


def _run(plan: Plan, console: Console) -> int:
    demo = Demo(plan, console)
    try:
        console.line("亲邻驿站 · 演示")
        access = demo.start()
        _show(plan, access, console)
        demo.watch()
        return demo.settle()
    except DemoError as error:
        console.line()
        click.echo(error.sentence, err=True)
        demo.stop()
        raise
    except KeyboardInterrupt:
        console.line()
        demo.stop()
        return _INTERRUPTED
    finally:
        demo.kill()


def _show(plan: Plan, access: Access, console: Console) -> None:
    page = plan.ports.page_url
    console.line()
    console.table(
        [
            ("骑手", f"{page}/r", f"激活码 {access.activation_code}"),
            (
                "站长",
                f"{page}/k",
                f"登录名 {access.keeper}  密码 {access.keeper_password}（{access.keeper_name}）",
            ),
            (
                "行业党委",
                f"{page}/c",
                f"登录名 {access.committee}  密码 {access.committee_password}",
            ),
        ]
    )
    console.line()
    console.line(
        f"  本系统统计服务，不考勤，不定位。日志在 {plan.layout.root / 'logs'}，Ctrl-C 结束。"
    )


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
