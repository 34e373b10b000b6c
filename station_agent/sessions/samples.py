"""Telemetry: one sample a unit and period, means of gauges and last values of counters."""

from collections import defaultdict
from typing import Final

from protocol.events import Sample
from station_agent.sessions.moment import Stamp

GAUGES: Final = frozenset({"power_mw", "voltage_mv", "current_ma", "temp_mc"})


class Sampler:
    """Collects values; `flush` makes the samples of the period."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, int], dict[str, tuple[int, int]]] = defaultdict(dict)

    def add(self, device: str, unit: int, cap: str, value: int) -> None:
        """Take one value, in the unit its capability ends with."""
        caps = self._sums[device, unit]
        total, count = caps.get(cap, (0, 0)) if cap in GAUGES else (0, 0)
        caps[cap] = (total + value, count + 1)

    def flush(self, now: Stamp) -> list[Sample]:
        """Samples of everything seen since the last flush, means rounded half up."""
        sums, self._sums = self._sums, defaultdict(dict)
        return [
            Sample(
                at=now.at,
                mono=max(0, now.mono),
                device=device,
                unit=unit,
                values={
                    cap: (2 * total + count) // (2 * count) for cap, (total, count) in caps.items()
                },
            )
            for (device, unit), caps in sums.items()
        ]
