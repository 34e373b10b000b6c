"""Keeps a process that runs for months small."""

import ctypes
import gc
from typing import Final

_M_ARENA_MAX: Final = -8


def one_arena() -> None:
    """Let all threads share one heap: the MQTT thread would bring another of its own (glibc)."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def settle() -> None:
    """After start: what is loaded stays, so the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
