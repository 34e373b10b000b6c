"""The agent's own health, as one sample of device `agent`."""

import os
import time
from typing import Final, NamedTuple

from protocol.events import Sample
from station_agent.sessions.moment import Stamp

DEVICE: Final = "agent"
_PAGE_KIB: Final = os.sysconf("SC_PAGE_SIZE") // 1024


class Usage(NamedTuple):
    """What this process has used: resident memory in KiB, processor time in ms."""

    rss_kib: int
    cpu_ms: int


def usage() -> Usage:
    """Of this process, now (Linux: the second field of /proc/self/statm counts pages)."""
    with open("/proc/self/statm", "rb", buffering=0) as file:  # noqa: PTH123  the cheapest read there is, every few seconds
        pages = int(file.read(128).split()[1])
    return Usage(pages * _PAGE_KIB, time.process_time_ns() // 1_000_000)


def health_sample(
    now: Stamp, used: Usage, *, outbox_events: int, outbox_bytes: int, dropped: int
) -> Sample:
    """One sample. `dropped` counts observations and events given up since the epoch began."""
    return Sample(
        at=now.at,
        mono=max(0, now.mono),
        device=DEVICE,
        unit=0,
        values={
            "rss_kib": used.rss_kib,
            "cpu_ms": used.cpu_ms,
            "outbox_events": outbox_events,
            "outbox_bytes": outbox_bytes,
            "dropped": dropped,
        },
    )
