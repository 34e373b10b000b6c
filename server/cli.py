"""Command line of the server: every process and every administrative act."""

import sys
from pathlib import Path

import click

from protocol.errors import ProtocolError
from server.config import ServerConfig, load


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


def settings(context: click.Context) -> ServerConfig:
    """The settings named by `--config`, or exit 2 with a sentence."""
    try:
        return load(context.obj)
    except ProtocolError as error:
        click.echo(error.sentence, err=True)
        sys.exit(2)
