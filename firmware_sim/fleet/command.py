"""`python -m firmware_sim fleet`: past days of many stations, through the broker."""

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import Final

import click

from firmware_sim.fleet.options import phones_of
from firmware_sim.fleet.run import Fleet, Progress, play
from firmware_sim.ledger.store import LedgerError
from firmware_sim.world.phones import PhoneError
from protocol.ids import is_id
from station_agent.clock import SystemClock
from station_agent.outbox.errors import OutboxError

_TELL_EVERY_S: Final = 2.0


@click.command()
@click.option("--root", type=click.Path(path_type=Path), required=True)
@click.option("--stations", required=True, help="Ids, with commas between.")
@click.option("--days", type=click.IntRange(1, 4_000), default=395, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=1883, show_default=True)
@click.option("--passwords", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--phones", type=click.Path(path_type=Path), help="Folder of enrolled phones.")
def command(
    *,
    root: Path,
    stations: str,
    days: int,
    host: str,
    port: int,
    passwords: Path,
    seed: int,
    phones: Path | None,
) -> None:
    """Play the people of past days; ends when the server has committed every event.

    PASSWORDS holds one file a station, named by its id. A second run sends what the first
    could not.
    """
    names = [name for name in stations.split(",") if name]
    if not names or not all(map(is_id, names)):
        raise click.BadParameter("no station ids", param_hint="--stations")
    whole, failed = False, False
    try:
        fleet = Fleet(
            root=root,
            stations=names,
            days=days,
            seed=seed,
            host=host,
            port=port,
            passwords={name: (passwords / name).read_text("utf-8").strip() for name in names},
            phones=phones_of(phones),
        )
        whole = asyncio.run(_run(fleet))
    except* (PhoneError, LedgerError, OutboxError, OSError) as errors:
        failed = True
        for error in errors.exceptions:
            click.echo(str(error), err=True)
    if failed:
        sys.exit(2)
    sys.exit(0 if whole else 1)


async def _run(fleet: Fleet) -> bool:
    """Whether everything was committed before somebody stopped us."""
    progress = Progress()
    teller = _Teller(progress, len(fleet.stations))
    playing = asyncio.create_task(play(fleet, SystemClock(), progress, teller))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, playing.cancel)
    try:
        await playing
    except asyncio.CancelledError:
        click.echo("fleet: stopped; a second run goes on from here")
        return False
    click.echo(f"fleet: done, {progress.sent} events of {len(fleet.stations)} stations committed")
    return True


class _Teller:
    """A progress line now and then."""

    def __init__(self, progress: Progress, stations: int) -> None:
        self._progress = progress
        self._stations = stations
        self._told = time.monotonic()

    def __call__(self) -> None:
        """Say how far it is, if it was not said just now."""
        if time.monotonic() - self._told < _TELL_EVERY_S:
            return
        self._told = time.monotonic()
        progress = self._progress
        click.echo(
            f"fleet: {len(progress.done)} of {self._stations} stations done,"
            f" {progress.sent} events committed, {sum(progress.waiting.values())} waiting"
        )
