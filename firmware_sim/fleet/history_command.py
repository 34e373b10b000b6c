"""`python -m firmware_sim history`: past days of one station, into the outbox of its agent."""

import sys
from pathlib import Path

import click

from firmware_sim.fleet.history import history
from firmware_sim.fleet.options import past_of, phones_of
from firmware_sim.fleet.write import write_past
from firmware_sim.world.phones import PhoneError


@click.command()
@click.option("--outbox", type=click.Path(path_type=Path), required=True)
@click.option("--ledger", type=click.Path(path_type=Path), required=True)
@click.option("--station", required=True)
@click.option("--days", type=click.IntRange(1, 4_000), default=395, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--phones", type=click.Path(path_type=Path), help="Folder of enrolled phones.")
def command(
    *, outbox: Path, ledger: Path, station: str, days: int, seed: int, phones: Path | None
) -> None:
    """Write DAYS of past into OUTBOX and LEDGER, for a live agent to back-fill.

    Does nothing when the outbox exists: its past is written already.
    """
    if outbox.exists():
        click.echo(f"{station}: {outbox.name} is there already, nothing written")
        return
    try:
        told = history(past_of(station, days=days, seed=seed), phones_of(phones))
        write_past(told, station=station, seed=seed, outbox=outbox, ledger=ledger)
    except (PhoneError, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo(f"{station}: {len(told)} events of {days} days")
