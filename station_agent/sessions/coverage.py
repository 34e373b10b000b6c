"""How much of the time each device was really watched, in 5-minute buckets of UTC."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from protocol.events import Coverage
from station_agent.sessions.moment import Stamp

BUCKET_MS: Final = 300_000
_HOUR: Final = 12
"""Buckets of an hour."""
_BACK: Final = 12
"""A clock set back further than this was wrong before: begin anew rather than wait for it."""


class CoverageState(msgspec.Struct):
    """What must outlive the process."""

    bucket: int | None = None
    """The bucket being watched: UTC ms // 300,000."""
    good: list[str] = []
    first: int | None = None
    """First bucket of the report being collected."""
    sums: dict[str, int] = {}


class CoverageMachine:
    """Marks in, one fact a report out. A bucket is reported once, whatever restarts."""

    def __init__(self, *, devices: Sequence[str], report_ms: int) -> None:
        self.key = "coverage"
        self._devices = tuple(devices)
        self._report = max(1, report_ms // BUCKET_MS)
        self._state = CoverageState()

    def restore(self, data: bytes) -> None:
        """Go on from a kept state.

        Raises:
            msgspec.DecodeError: not a state of this version.
        """
        self._state = msgspec.json.decode(data, type=CoverageState)

    def dump(self) -> bytes:
        """The state to keep."""
        return msgspec.json.encode(self._state)

    def tick(self, now: Stamp, *, good: Callable[[str], bool]) -> list[Coverage]:
        """Close what is over, then mark the devices that `good` says were read since."""
        facts = self._roll(now)
        state = self._state
        if state.bucket == now.at // BUCKET_MS:
            new = [d for d in self._devices if d not in state.good and good(d)]
            if new:
                state.good = [*state.good, *new]
        return facts

    def _roll(self, now: Stamp) -> list[Coverage]:
        state, bucket = self._state, now.at // BUCKET_MS
        if state.bucket is None or bucket < state.bucket - _BACK:
            facts = self._report_now(now)
            self._state = CoverageState(bucket=bucket)
            return facts
        if bucket <= state.bucket:
            return []
        closed, state.bucket = state.bucket, bucket
        facts = []
        if state.first is not None and state.first // _HOUR != closed // _HOUR:
            facts += self._report_now(now)
        state.first = closed if state.first is None else state.first
        for device in state.good:
            state.sums = {**state.sums, device: state.sums.get(device, 0) + 1}
        state.good = []
        if bucket // _HOUR != closed // _HOUR or closed - state.first + 1 >= self._report:
            facts += self._report_now(now)
        return facts

    def _report_now(self, now: Stamp) -> list[Coverage]:
        state = self._state
        first, sums = state.first, state.sums
        state.first, state.sums = None, {}
        if first is None or not sums:
            return []
        return [Coverage(at=now.at, mono=max(0, now.mono), start=first * BUCKET_MS, devices=sums)]
