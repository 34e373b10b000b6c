"""Processes of the system under test: `python -m …` with a log, ready lines and a certain end."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from firmware_sim.demo.process import Child

__all__ = ["Child", "module", "running", "wait_until"]

_REPOSITORY = Path(__file__).parents[2]


def module(name: str, *args: str | Path, log: Path, env: Mapping[str, str] | None = None) -> Child:
    """A not yet started `python -m name args…`, run from the root of the repository."""
    return Child(
        name=name,
        argv=[sys.executable, "-m", name, *args],
        log=log,
        env=env,
        cwd=_REPOSITORY,
    )


@contextmanager
def running(
    child: Child, *, timeout: float = 30.0, ready: str | None = r"^ready$"
) -> Iterator[Child]:
    """Start `child`, wait until it writes `ready` (None: do not wait), and end it afterwards."""
    child.start()
    try:
        if ready is not None:
            child.wait_ready(timeout=timeout, pattern=ready)
        yield child
    finally:
        child.stop()


def wait_until(condition: Callable[[], bool], *, what: str, timeout: float = 30.0) -> None:
    """Poll `condition` until it holds; fail with `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:.0f} s: {what}")
        time.sleep(0.02)
