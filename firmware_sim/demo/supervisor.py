"""Keeps the long-running processes alive: tells of a death, starts again, gives up in time."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from firmware_sim.demo.console import Console
from firmware_sim.demo.process import Child, ChildError

RESTARTS: Final = 3
"""Within `_WINDOW_S`; one more death ends the demonstration."""
_WINDOW_S: Final = 60.0
_READY_S: Final = 60.0


class Supervisor:
    """Owns every process of the demonstration.

    Long-running ones are restarted when they die; a task is expected to end with status 0.
    """

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._ready: dict[Child, str] = {}
        self._deaths: dict[Child, list[float]] = {}
        self._tasks: dict[Child, Callable[[], None]] = {}

    def start(self, *children: Child, ready: str = r"^ready$") -> None:
        """Start long-running processes together and wait until each is ready.

        Raises:
            ChildError: one ended or did not become ready.
        """
        for child in children:
            self._ready[child] = ready
            self._deaths[child] = []
            child.start()
        for child in children:
            child.wait_ready(timeout=_READY_S, pattern=ready)

    def begin(self, task: Child, done: Callable[[], None]) -> None:
        """Start a process that ends by itself; `done` is called when it did so well."""
        self._tasks[task] = done
        task.start()

    @property
    def any(self) -> bool:
        """Whether there is anything to end."""
        return bool(self._ready or self._tasks)

    @property
    def working(self) -> list[Child]:
        """Tasks that have not ended yet."""
        return list(self._tasks)

    def check(self) -> None:
        """Look after all of them once.

        Raises:
            ChildError: one died too often, or a task failed.
        """
        for task, done in list(self._tasks.items()):
            if task.running:
                continue
            del self._tasks[task]
            if task.status != 0:
                raise task.failure(f"失败（状态 {task.status}）")
            done()
        for child in list(self._ready):
            if not child.running:
                self._revive(child)

    def _revive(self, child: Child) -> None:
        now = self._clock()
        deaths = [at for at in self._deaths[child] if now - at < _WINDOW_S]
        self._deaths[child] = [*deaths, now]
        problem = child.failure(f"意外退出（状态 {child.status}）")
        if len(deaths) >= RESTARTS:
            raise ChildError(f"{problem.sentence}\n{child.name} 反复退出，演示无法继续。")
        self._console.line(f"  {problem.sentence}")
        with self._console.step(f"重新启动 {child.name}"):
            child.start()
            child.wait_ready(timeout=_READY_S, pattern=self._ready[child])

    def retire(self, children: Sequence[Child], *, timeout: float) -> None:
        """End some of them in order, all at once, and look after them no longer."""
        for child in children:
            self._ready.pop(child, None)
            self._tasks.pop(child, None)
            child.terminate()
        for child in children:
            child.stop(timeout=timeout)

    def kill(self) -> None:
        """End all at once, without waiting for anything to be finished."""
        for child in (*self._tasks, *self._ready):
            child.kill()
        self._ready.clear()
        self._tasks.clear()
