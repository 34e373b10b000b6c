"""Runs a WSGI app under granian and says `ready` when it answers."""

import functools
import multiprocessing
import os
import time
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

_TRY_S: Final = 0.05
_KILL_S: Final = 1
"""Open streams never end by themselves; this long they may take at the end."""


def serve(
    factory: Callable[[], Flask], *, host: str, port: int, workers: int, threads: int
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        factory: makes the app, once in each worker process.
        host: address to listen on.
        port: port to listen on.
        workers: processes.
        threads: requests that may wait at the same time in one process.
    """
    factory()  # a wrong setting is told here, before any worker starts
    # Workers share what is imported already; nothing here has threads or connections yet.
    multiprocessing.set_start_method("fork", force=True)
    server = Granian(
        "server.app:create_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backpressure=threads,
        log_enabled=False,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_KILL_S,
    )
    multiprocessing.Process(target=_say_ready, args=(host, port, os.getpid()), daemon=True).start()
    server.serve(target_loader=functools.partial(_load, factory), wrap_loader=False)


def _load(factory: Callable[[], Flask], *_names: Any, **_options: Any) -> Flask:
    return factory()


def _say_ready(host: str, port: int, server: int) -> None:
    """In a process of its own: threads would not survive the forks of the workers."""
    where = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compares, binds nothing
    while os.getppid() == server:
        try:
            with urllib.request.urlopen(f"http://{where}:{port}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    print("ready", flush=True)
                    return
        except OSError:
            pass
        time.sleep(_TRY_S)
