"""Tells a device's condition only when it changed, and only after it lasted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from protocol.events import Condition
from station_agent.observations import ConditionChanged, Emit

_SEVERITY: Final[dict[Condition, int]] = {
    "ok": 0,
    "implausible": 1,
    "garbled": 2,
    "mute": 3,
    "unplugged": 4,
}


@dataclass
class _Unit:
    condition: Condition | None = None
    pending: Condition = "ok"
    streak: int = 0
    failures: int = 0
    detail: str = ""


class ConditionTracker:
    """The worst condition of a device's units, with hysteresis.

    A unit fails after `fail_after` failures in a row and recovers after `ok_after` good
    answers in a row; a vanished port counts at once, and so does the first good answer ever
    or after it. Nothing is told before every unit is known.

    Args:
        device: configured id.
        emit: takes the observation.
        clock: monotonic ms.
        units: how many parts are judged.
        label: what a unit is called in the detail.
    """

    def __init__(
        self,
        *,
        device: str,
        emit: Emit,
        clock: Callable[[], int],
        units: int = 1,
        label: str = "unit",
        fail_after: int = 3,
        ok_after: int = 2,
    ) -> None:
        self._device = device
        self._emit = emit
        self._clock = clock
        self._label = label
        self._fail_after = fail_after
        self._ok_after = ok_after
        self._units = [_Unit() for _ in range(units)]
        self._told: tuple[Condition, tuple[int, ...]] | None = None

    @property
    def condition(self) -> Condition | None:
        """What was told last; None before the first."""
        return self._told[0] if self._told else None

    def ok(self, unit: int = 1) -> None:
        """A good answer of a unit (from 1)."""
        state = self._units[unit - 1]
        state.failures = 0
        self._count(state, "ok")
        if state.condition in (None, "unplugged") or state.streak >= self._ok_after:
            state.condition = "ok"
        self._tell()

    def fail(self, condition: Condition, detail: str, unit: int = 1) -> None:
        """A failed try of a unit (from 1)."""
        if condition == "unplugged":
            self.gone(detail)
            return
        state = self._units[unit - 1]
        state.failures += 1
        self._count(state, condition)
        was_good = state.condition in (None, "ok") and state.failures >= self._fail_after
        if was_good or state.streak >= self._fail_after:
            state.condition = condition
            state.detail = detail
        self._tell()

    def gone(self, detail: str) -> None:
        """The port vanished, and every unit with it."""
        for state in self._units:
            state.condition = "unplugged"
            state.detail = detail
            state.failures = 0
            state.streak = 0
        self._tell()

    @staticmethod
    def _count(state: _Unit, condition: Condition) -> None:
        if state.pending != condition:
            state.pending, state.streak = condition, 0
        state.streak += 1

    def _tell(self) -> None:
        known = [state.condition for state in self._units if state.condition is not None]
        if len(known) < len(self._units):
            return
        worst = max(known, key=_SEVERITY.__getitem__)
        bad = tuple(i for i, condition in enumerate(known, 1) if condition != "ok")
        if self._told == (worst, bad):
            return
        self._told = (worst, bad)
        self._emit(ConditionChanged(self._device, worst, self._describe(worst, bad), self._clock()))

    def _describe(self, worst: Condition, bad: tuple[int, ...]) -> str:
        if not bad:
            return ""
        detail = next(s.detail for s in self._units if s.condition == worst)
        if len(self._units) == 1 or worst == "unplugged":
            return detail[:200]
        return f"{self._label} {', '.join(map(str, bad))}: {detail}"[:200]
