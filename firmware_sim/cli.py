"""Command line of the simulator. Each part registers its own command, imported when asked for."""

import importlib
from typing import Final

import click

COMMANDS: Final = {
    "board": "firmware_sim.boards.command",
    "county": "firmware_sim.world.command",
    "fleet": "firmware_sim.fleet.command",
    "history": "firmware_sim.fleet.history_command",
    "reconcile": "firmware_sim.reconcile.command",
    "demo": "firmware_sim.demo.command",
}


class _Lazy(click.Group):
    """Imports a command's module only when it is called, so a board needs no broker wheel."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name]).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name]}.command is no command")
        return command


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Device boards, people, history, reconciliation and the demonstration."""
