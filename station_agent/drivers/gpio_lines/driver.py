"""GPIO lines: pulses of flow meters and presses of buttons, from edge events."""

import time
from collections.abc import Callable
from typing import Final

from station_agent.bus.errors import PortGoneError
from station_agent.bus.stream import ByteStream, Opener
from station_agent.drivers.condition import ConditionTracker
from station_agent.drivers.gpio_lines.codec import (
    RISING,
    Debounce,
    EventReader,
    LineEvent,
    Run,
)
from station_agent.drivers.gpio_lines.config import GpioConfig
from station_agent.drivers.gpio_lines.source import is_replaced, open_lines
from station_agent.observations import ButtonPressed, Emit, Pulses

_LOOK_S: Final = 1.0
"""How often a quiet FIFO is checked for having been replaced."""

_BACKLOG_MS: Final = 86_400_000
"""Edges older than this bear the time of another clock."""


class GpioDriver:
    """Reports `Pulses` as device `water` of the settings, and `ButtonPressed` as its own id.

    Edges that came one soon after the other make one `Pulses` with the last total; edges that
    waited while nobody read are told apart by the kernel's time.
    """

    def __init__(self, *, config: GpioConfig, clock: Callable[[], int]) -> None:
        self._config = config
        self._clock = clock
        flows = tuple(flow.line for flow in config.flows)
        self._buttons = {
            line: name
            for line, name in ((config.tap_line, "tap"), (config.umbrella_line, "umbrella"))
            if line is not None
        }
        self._units = {flow.line: flow.unit for flow in config.flows}
        self._debounce = {line: Debounce() for line in self._buttons}
        self._opener = Opener(
            open=lambda: open_lines(config.path, flows, tuple(self._buttons)), clock=clock
        )

    @property
    def id(self) -> str:
        """The configured device id."""
        return self._config.id

    async def run(self, emit: Emit) -> None:
        """Listen until cancelled."""
        tracker = ConditionTracker(device=self.id, emit=emit, clock=self._clock)
        while True:
            async with self._opener.opened(tracker.gone) as stream:
                tracker.ok()
                await self._listen(stream, emit, tracker)

    async def _listen(self, stream: ByteStream, emit: Emit, tracker: ConditionTracker) -> None:
        reader = EventReader()
        while True:
            chunk = await stream.read(_LOOK_S)
            if not chunk:
                self._opener.works()
                if is_replaced(stream.fd, self._config.path):
                    raise PortGoneError("replaced")
                continue
            skipped = reader.skipped
            events = reader.feed(chunk)
            self._report(events, emit)
            if events:
                tracker.ok()
            elif reader.skipped > skipped:
                tracker.fail("garbled", f"{reader.skipped} bytes are no events")

    def _report(self, events: list[LineEvent], emit: Emit) -> None:
        mono, kernel_ms = self._clock(), time.monotonic_ns() // 1_000_000
        open_runs: dict[int, Run] = {}
        runs: list[Run] = []
        for event in events:
            if event.edge == RISING and event.line in self._units:
                run = open_runs.get(event.line)
                if run is None or not run.goes_on(event):
                    run = open_runs[event.line] = Run(event)
                    runs.append(run)
                run.take(event)
            elif event.line in self._buttons and self._debounce[event.line].presses(event):
                emit(ButtonPressed(self.id, self._buttons[event.line], mono))
        for run in runs:
            age = max(0, kernel_ms - run.last_ns // 1_000_000)
            unit = self._units[run.line]
            when = max(0, mono - age) if age <= _BACKLOG_MS else mono
            emit(Pulses(self._config.water, unit, run.line, run.total, when, run.first))
