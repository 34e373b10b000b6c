"""`python -m firmware_sim county`: stations with people, or `--enrol`: phones for them."""

import asyncio
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from firmware_sim.ledger.store import LedgerError
from firmware_sim.world.clock import Tempo
from firmware_sim.world.county import County
from firmware_sim.world.enrol import enrol
from firmware_sim.world.people import CHINA
from firmware_sim.world.phones import Phone, PhoneError, load_phones
from firmware_sim.world.timing import Timing
from protocol.ids import is_id

_LUNCH: Final = 11.0
"""At a tempo above 1 the simulated day begins here, so that there is something to see."""


def _ids(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[str, ...]:
    names = tuple(name for name in (value or "").split(",") if name)
    for name in names:
        if not is_id(name):
            raise click.BadParameter(f"{name!r} is no station id")
    if len(set(names)) != len(names):
        raise click.BadParameter("a station is named twice")
    return names


@click.command()
@click.option("--root", type=click.Path(path_type=Path), help="A folder for each station.")
@click.option("--stations", callback=_ids, help="Ids, with commas between.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--tempo", type=click.FloatRange(0.01, 1_000), default=1.0, show_default=True)
@click.option("--phones", type=click.Path(path_type=Path), help="Folder of enrolled phones.")
@click.option("--until", type=click.FloatRange(min=0), help="Stop after so many wall seconds.")
@click.option("--per-day", type=click.FloatRange(0.1, 2_000), help="Visits a station-day.")
@click.option("--from-hour", type=click.FloatRange(0, 24, max_open=True), help="Local hour.")
@click.option("--charge-on", type=click.FloatRange(min=0), help="Agent's charge_on_s.")
@click.option("--charge-off", type=click.FloatRange(min=0), help="Agent's charge_off_s.")
@click.option("--draw-gap", type=click.FloatRange(min=0.05), help="Agent's draw_gap_s.")
@click.option(
    "--doors",
    type=click.FloatRange(min=0),
    help="People come when an agent asks the devices, or after so many wall seconds.",
)
@click.option("--enrol", "enrol_url", help="Enrol phones at this server, then end.")
@click.option("--codes", type=click.Path(path_type=Path, exists=True), help="Activation codes.")
def command(
    *,
    root: Path | None,
    stations: tuple[str, ...],
    seed: int,
    tempo: float,
    phones: Path | None,
    until: float | None,
    per_day: float | None,
    from_hour: float | None,
    charge_on: float | None,
    charge_off: float | None,
    draw_gap: float | None,
    doors: float | None,
    enrol_url: str | None,
    codes: Path | None,
) -> None:
    """Run stations and their people until SIGTERM; prints `ready` when all ports exist."""
    try:
        if enrol_url is not None:
            _enrol(enrol_url, codes, phones)
            return
        if root is None or not stations:
            raise click.UsageError("--root and --stations are needed")
        base = Timing.at(tempo)
        timing = Timing(
            charge_on_s=base.charge_on_s if charge_on is None else charge_on,
            charge_off_s=base.charge_off_s if charge_off is None else charge_off,
            draw_gap_s=base.draw_gap_s if draw_gap is None else draw_gap,
            doors_s=base.doors_s if doors is None else doors,
        )
        if from_hour is None and tempo > 1:
            from_hour = _LUNCH
        asyncio.run(
            _run(
                root=root,
                stations=stations,
                seed=seed,
                tempo=Tempo(tempo, start_ms=start_ms(time.time(), from_hour)),
                timing=timing,
                phones=[] if phones is None else load_phones(phones),
                until=until,
                per_day=per_day,
            )
        )
    except (PhoneError, LedgerError, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)


def start_ms(now_s: float, hour: float | None) -> int:
    """Simulated UTC ms to begin at: now, or today at a local hour."""
    if hour is None:
        return int(now_s * 1_000)
    day = datetime.fromtimestamp(now_s, UTC).astimezone(CHINA)
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight.timestamp() + hour * 3_600) * 1_000)


async def _run(
    *,
    root: Path,
    stations: tuple[str, ...],
    seed: int,
    tempo: Tempo,
    timing: Timing,
    phones: list[Phone],
    until: float | None,
    per_day: float | None,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until is not None:
        loop.call_later(until, stop.set)
    county = County(
        root=root,
        stations=stations,
        seed=seed,
        tempo=tempo,
        timing=timing,
        phones=phones,
        per_day=per_day,
    )
    try:
        county.open()
        click.echo("ready")
        await county.run(stop)
    finally:
        county.close()


def _enrol(url: str, codes: Path | None, phones: Path | None) -> None:
    if codes is None or phones is None:
        raise click.UsageError("--enrol needs --codes and --phones")
    new = enrol(url, codes.read_text("utf-8").split(), phones)
    click.echo(f"enrolled: {len(new)} phones")
