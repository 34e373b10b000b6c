"""Wall clock, time since boot, which boot, and whether the wall clock can be trusted."""

import ctypes
import os
import time
from pathlib import Path
from typing import Final, Protocol

EARLIEST: Final = 1_577_836_800_000
"""2020-01-01 UTC in ms. A clock below this is broken; the protocol refuses such instants."""
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_TIMESYNCD: Final = Path("/run/systemd/timesync/synchronized")
_TIMEX_BYTES: Final = 256
"""Room for `struct timex`; 208 bytes on 64-bit Linux, less on 32-bit."""
_STA_UNSYNC: Final = 0x0040
_TIME_ERROR: Final = 5


class Clock(Protocol):
    """What the agent knows about time."""

    @property
    def boot(self) -> str:
        """Id of this boot: `mono_ms` values compare within one boot only."""

    def wall_ms(self) -> int:
        """UTC ms since 1970; may jump."""

    def mono_ms(self) -> int:
        """Milliseconds since boot, suspend included; never jumps."""

    def synced(self) -> bool:
        """Whether the wall clock is known to follow a time server."""


class SystemClock:
    """The machine's clock. Two reads of `boot` agree for the life of the process."""

    def __init__(self, *, boot_id: Path = _BOOT_ID, timesyncd: Path = _TIMESYNCD) -> None:
        self._boot = boot_id.read_text("ascii").strip().replace("-", "")[:32]
        self._timesyncd = timesyncd
        self._adjtimex = _find_adjtimex()

    @property
    def boot(self) -> str:
        """The kernel's random boot id, 32 hex digits."""
        return self._boot

    def wall_ms(self) -> int:
        """UTC ms; never before 2020, so that one flat battery cannot spoil a batch."""
        return max(EARLIEST, time.time_ns() // 1_000_000)

    def mono_ms(self) -> int:
        """CLOCK_BOOTTIME in ms."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def synced(self) -> bool:
        """The kernel's own verdict, or systemd-timesyncd's mark of this boot.

        chrony, ntpd and timesyncd all clear STA_UNSYNC through adjtimex(2). Where a sandbox
        forbids the call (systemd's ProtectClock), timesyncd's mark file is asked instead.
        """
        if self._timesyncd.exists():
            return True
        if self._adjtimex is None:
            return False
        # struct timex begins: modes (int), offset, freq, maxerror, esterror (long), status (int).
        # modes = 0 only reads and needs no privilege.
        buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
        verdict = self._adjtimex(buffer)
        long = ctypes.sizeof(ctypes.c_long)
        status = int.from_bytes(buffer.raw[5 * long : 5 * long + 4], "little")
        return 0 <= verdict < _TIME_ERROR and not status & _STA_UNSYNC


def _find_adjtimex() -> "ctypes._NamedFuncPointer | None":
    if os.uname().sysname != "Linux":
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
