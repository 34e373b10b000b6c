"""Tells systemd that the agent is ready, alive or stopping: one datagram each (sd_notify(3))."""

import os
import socket
from collections.abc import Mapping
from typing import Final

_READY: Final = b"READY=1"
_ALIVE: Final = b"WATCHDOG=1"
_STOPPING: Final = b"STOPPING=1"


class Notifier:
    """Sends to `$NOTIFY_SOCKET`; does nothing where no service manager listens."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        env = os.environ if environ is None else environ
        path = env.get("NOTIFY_SOCKET", "")
        # A leading @ means Linux's abstract namespace.
        self._address = "\0" + path[1:] if path.startswith("@") else path
        mine = env.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
        usec = env.get("WATCHDOG_USEC", "")
        self.watchdog_ms = int(usec) // 1_000 if mine and usec.isdigit() else 0
        """How long the manager waits for a sign of life, ms; 0 when it does not."""

    def ready(self) -> None:
        """Started."""
        self._send(_READY)

    def alive(self) -> None:
        """Still making progress."""
        self._send(_ALIVE)

    def stopping(self) -> None:
        """Going down on purpose."""
        self._send(_STOPPING)

    def _send(self, message: bytes) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.settimeout(0)
            try:
                sender.sendto(message, self._address)
            except OSError:
                # The manager is gone or busy: it restarts us if it misses us.
                return
