"""The machine's clock."""

import ctypes
import time
from pathlib import Path

import pytest

from station_agent import clock as module
from station_agent.clock import EARLIEST, SystemClock


def test_time_since_boot_and_wall_time_go_on_together() -> None:
    clock = SystemClock()
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    mono, wall = clock.mono_ms(), clock.wall_ms()
    assert before <= mono <= clock.mono_ms()
    assert wall <= clock.wall_ms()
    assert abs(wall - time.time_ns() // 1_000_000) < 60_000


def test_the_boot_id_fits_the_protocol_and_stays(tmp_path: Path) -> None:
    (tmp_path / "boot").write_text("3f0c1d2e-aaaa-4bbb-8ccc-1234567890ab\n", "ascii")
    clock = SystemClock(boot_id=tmp_path / "boot")
    assert clock.boot == "3f0c1d2eaaaa4bbb8ccc1234567890ab"
    assert SystemClock().boot == SystemClock().boot


def test_a_dead_battery_does_not_make_impossible_instants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 86_400_000_000_000)
    assert SystemClock().wall_ms() == EARLIEST


def test_timesyncds_mark_is_believed(tmp_path: Path) -> None:
    (tmp_path / "synchronized").touch()
    assert SystemClock(timesyncd=tmp_path / "synchronized").synced()


@pytest.mark.parametrize(
    ("verdict", "status", "synced"),
    [(0, 0x2001, True), (5, 0x2041, False), (0, 0x0040, False), (-1, 0, False), (1, 0x11, True)],
)
def test_the_kernels_verdict_is_asked_without_the_mark(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    verdict: int,
    status: int,
    synced: bool,  # noqa: FBT001  a table
) -> None:
    """Verdict 1 is a leap second to come; -1 a sandbox that forbids the call."""

    def adjtimex(buffer: ctypes.Array[ctypes.c_char]) -> int:
        at = 5 * ctypes.sizeof(ctypes.c_long)
        ctypes.memmove(ctypes.byref(buffer, at), status.to_bytes(4, "little"), 4)
        return verdict

    monkeypatch.setattr(module, "_find_adjtimex", lambda: adjtimex)
    assert SystemClock(timesyncd=tmp_path / "none").synced() is synced


def test_the_real_kernel_answers(tmp_path: Path) -> None:
    assert SystemClock(timesyncd=tmp_path / "none").synced() in (True, False)
