"""Command line of the agent: `run` a station, or `check` its settings.

argparse rather than click: it is loaded with the interpreter's own modules, and the agent lives
beside a database and a radio on a small board.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from protocol.errors import SettingsError
from station_agent.config import AgentConfig, load
from station_agent.errors import StartError

EXIT_MISTAKE: Final = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; a mistake in the settings is one sentence and exit code 2."""
    options = _parser().parse_args(argv)
    try:
        config = load(options.config)
        if options.command == "check":
            print(describe(config))
            return 0
        _run(config)
    except SettingsError as error:
        print(error.sentence, file=sys.stderr)
        return EXIT_MISTAKE
    except StartError as error:
        print(f"{options.config}: {error.sentence}", file=sys.stderr)
        return EXIT_MISTAKE
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m station_agent", description="亲邻驿站 station agent."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, does in (
        ("run", "read the devices and report, until SIGTERM"),
        ("check", "read the settings and say what would be done"),
    ):
        command = commands.add_parser(name, help=does, description=does.capitalize() + ".")
        command.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="agent.toml"
        )
    return parser


def _run(config: AgentConfig) -> None:
    from station_agent.health.memory import one_arena, without_rich  # noqa: PLC0415  check needs no drivers

    one_arena()
    without_rich()
    from station_agent import app  # noqa: PLC0415  as above
    from station_agent.clock import SystemClock  # noqa: PLC0415  as above
    from station_agent.health import log  # noqa: PLC0415  as above
    from station_agent.health.notify import Notifier  # noqa: PLC0415  as above

    log.configure()
    app.run(config, clock=SystemClock(), notifier=Notifier())


def describe(config: AgentConfig) -> str:
    """What a station with these settings would do, a line each.

    Raises:
        StartError: something the settings point to is not there.
    """
    from station_agent.app import read_password  # noqa: PLC0415  only when asked
    from station_agent.sessions.layout import layout  # noqa: PLC0415  only when asked

    read_password(config)
    parts = layout(config)
    mqtt = config.mqtt
    secure = "with TLS" if mqtt.ca_file else "without TLS"
    lines = [
        f"station {config.station.id} → {mqtt.host}:{mqtt.port} {secure}",
        f"state in {config.station.state_dir}",
        f"accepts codes signed by keys {', '.join(sorted(config.keys)) or '(none)'}",
    ]
    lines += [f"bus {bus.id}: {bus.port or bus.tcp}" for bus in config.bus]
    for device in config.device:
        family = type(device).__struct_config__.tag
        where = getattr(device, "port", None) or getattr(device, "path", None)
        where = where or f"bus {getattr(device, 'bus', '?')}"
        lines.append(f"device {device.id}: {family} on {where}")
    lines.append(f"reports coverage of {', '.join(parts.covered) or '(nothing)'}")
    return "\n".join(lines)
