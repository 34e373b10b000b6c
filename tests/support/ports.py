"""Free TCP ports for servers that cannot choose one themselves."""

import random
import socket

_FIRST, _LAST = 20_000, 32_000
_random = random.SystemRandom()


def free_port() -> int:
    """A port of the loopback interface nobody listens on now.

    It lies below the range from which the kernel takes ports of outgoing connections, so that
    only another server can take it before the caller does, and parallel runs seldom meet.
    """
    while True:
        port = _random.randrange(_FIRST, _LAST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
