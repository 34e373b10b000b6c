"""GPIO lines: pulses of flow meters and presses of buttons, from edge events."""

from collections.abc import Callable
from typing import Final

from station_agent.bus.errors import PortGoneError
from station_agent.bus.stream import ByteStream, Opener
from station_agent.drivers.condition import ConditionTracker
from station_agent.drivers.gpio_lines.codec import RISING, Debounce, EventReader, LineEvent
from station_agent.drivers.gpio_lines.config import GpioConfig
from station_agent.drivers.gpio_lines.source import is_replaced, open_lines
from station_agent.observations import ButtonPressed, Emit, Pulses

_LOOK_S: Final = 1.0
"""How often a quiet FIFO is checked for having been replaced."""


class GpioDriver:
    """Reports `Pulses` as device `water` of the settings, and `ButtonPressed` as its own id.

    Edges that come together make one `Pulses` with the last total.
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
        mono = self._clock()
        totals: dict[int, int] = {}
        for event in events:
            if event.edge == RISING and event.line in self._units:
                totals[event.line] = event.line_seq
            elif event.line in self._buttons and self._debounce[event.line].presses(event):
                emit(ButtonPressed(self.id, self._buttons[event.line], mono))
        for line, total in totals.items():
            emit(Pulses(self._config.water, self._units[line], line, total, mono))
