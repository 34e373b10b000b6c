"""`python -m firmware_sim reconcile`: does what was counted equal what happened?"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click

from firmware_sim.reconcile.match import reconcile
from firmware_sim.reconcile.read import ReadError, open_database, read_ledgers, read_server
from firmware_sim.reconcile.records import Difference, Outcome

_ZONE: Final = ZoneInfo("Asia/Shanghai")


@click.command()
@click.option("--root", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--database", required=True, help="URL of the server's database.")
@click.option("--since", type=click.IntRange(min=0), default=0, help="UTC ms; default: everything.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each kind.")
def command(root: Path, database: str, since: int, *, verbose: bool) -> None:
    """Compare every ledger under ROOT with the server's tables. Exits 1 unless they balance."""
    try:
        outcome = compare(root, database, since=since)
    except ReadError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    for difference in outcome.differences:
        click.echo(describe(difference))
    if verbose:
        click.echo(table(outcome))
    click.echo(summary(outcome))
    sys.exit(1 if outcome.differences else 0)


def compare(root: Path, database: str, *, since: int = 0) -> Outcome:
    """Read both sides and compare them.

    Raises:
        ReadError: one side cannot be read.
    """
    records, stations = read_ledgers(root)
    engine = open_database(database)
    try:
        facts, rollups = read_server(engine, stations)
    finally:
        engine.dispose()
    return reconcile(records, facts, rollups, since=since)


def summary(outcome: Outcome) -> str:
    """The one line."""
    return (
        f"reconciled: {outcome.events} events, {outcome.count('lost')} lost,"
        f" {outcome.count('twice')} twice, {outcome.count('different')} different"
    )


def describe(difference: Difference) -> str:
    """One difference in one line: what, where, when, what was done, what is counted."""
    when = datetime.fromtimestamp(difference.when / 1000, _ZONE)
    return (
        f"{difference.verdict:<9} {difference.station} {difference.kind}"
        f" {when:%Y-%m-%d %H:%M:%S}: device did {difference.did}; server says {difference.says}"
    )


def table(outcome: Outcome) -> str:
    """A line for each kind."""
    lines = [f"{'kind':<18} {'acts':>8} {'paired':>8} {'late':>6} {'no light':>9}"]
    lines += [
        f"{t.kind:<18} {t.acts:>8} {t.paired:>8} {t.late:>6} {t.unconfirmed:>9}"
        for t in outcome.totals
    ]
    lines.append(f"{'roll-up cells':<18} {outcome.cells:>8}")
    return "\n".join(lines)
