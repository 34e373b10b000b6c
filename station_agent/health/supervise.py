"""Keeps a task running: a crash is logged once, counted, and tried again after a while."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

_FIRST_S: Final = 1.0
_LONGEST_S: Final = 60.0
_STABLE_S: Final = 300.0
_log: Final = structlog.get_logger("supervise")


class Supervisor:
    """Restarts crashed tasks with a doubling pause, 1 s to 60 s.

    Attributes:
        crashes: how often each task ended, by name.
    """

    def __init__(self, *, first_s: float = _FIRST_S, longest_s: float = _LONGEST_S) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self.crashes: Counter[str] = Counter()

    async def keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run until cancelled. A task that lasted five minutes starts with a short pause again."""
        loop = asyncio.get_running_loop()
        pause = self._first_s
        while True:
            began = loop.time()
            try:
                await run()
                reason = "returned"
            except Exception as error:  # noqa: BLE001  a loop edge: one bad device must not stop the others
                reason = f"{type(error).__name__}: {error}"
            self.crashes[name] += 1
            if loop.time() - began > _STABLE_S:
                pause = self._first_s
            _log.error("task_ended", task=name, reason=reason, again_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._longest_s)
