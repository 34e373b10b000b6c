"""Keeps a process that runs for months small."""

import ctypes
import gc
import sys
from typing import Final

_M_ARENA_MAX: Final = -8


def one_arena() -> None:
    """Let all threads share one heap: the MQTT thread would bring another of its own (glibc)."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def without_rich() -> None:
    """Before structlog is imported: keep it from loading `rich` where that happens to be installed.

    structlog draws tracebacks for terminals with it, 4 MiB of code; the agent writes JSON lines.
    """
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # None is how an import is refused


def settle() -> None:
    """After start: what is loaded stays, so the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
