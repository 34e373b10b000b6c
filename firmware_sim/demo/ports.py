"""Whether the demonstration's TCP ports are free, told before anything starts."""

import socket

from firmware_sim.demo.errors import DemoError
from firmware_sim.demo.settings import Ports


def check(ports: Ports) -> None:
    """Refuse to start when someone listens already.

    Raises:
        DemoError: names the port and the option that chooses another; exit code 2.
    """
    wanted = {"--web-port": ports.web, "--live-port": ports.live, "--mqtt-port": ports.mqtt}
    for option, port in wanted.items():
        with socket.socket() as probe:
            # As the servers do: connections of an earlier run that still linger are no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise DemoError(
                    f"端口 {port} 已被占用：请先结束占用它的程序，或用 {option} 换一个端口。",
                    status=2,
                ) from error
    if len(set(wanted.values())) != len(wanted):
        raise DemoError("三个端口（网页、实时、消息）不能相同。", status=2)
