"""`gpio_v2_line_event` structs, and what edges of a button or flow meter mean. Sans-I/O."""

import struct
from typing import Final, NamedTuple

EVENT_BYTES: Final = 48
_EVENT = struct.Struct("=QIIII24s")
RISING, FALLING = 1, 2
_LINE_MAX: Final = 63
_PADDING: Final = bytes(24)
DEBOUNCE_MS: Final = 300
RUN_NS: Final = 250_000_000
"""Slower than 4 Hz is no flow that a meter can measure: the next edge begins a run. No run is
longer either: its one time must not be further from its first edge than a pause that counts."""


class LineEvent(NamedTuple):
    """One edge. `seq` counts over all requested lines, `line_seq` over this line."""

    timestamp_ns: int
    edge: int
    line: int
    seq: int
    line_seq: int


class EventReader:
    """Bytes to events. The kernel writes whole structs; a FIFO may cut them anywhere.

    `skipped` counts bytes that belong to no event.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.skipped = 0

    def feed(self, data: bytes) -> list[LineEvent]:
        """Take bytes as they come; returns the events they complete."""
        self._buffer += data
        events: list[LineEvent] = []
        at = 0
        while len(self._buffer) - at >= EVENT_BYTES:
            timestamp, edge, line, seq, line_seq, padding = _EVENT.unpack_from(self._buffer, at)
            if edge not in (RISING, FALLING) or line > _LINE_MAX or padding != _PADDING:
                self.skipped += 1
                at += 1
                continue
            events.append(LineEvent(timestamp, edge, line, seq, line_seq))
            at += EVENT_BYTES
        del self._buffer[:at]
        return events


class Run:
    """Edges of one flow meter that came one soon after the other."""

    def __init__(self, event: LineEvent) -> None:
        self.line = event.line
        self.first = self.total = event.line_seq
        self.first_ns = self.last_ns = event.timestamp_ns

    def goes_on(self, event: LineEvent) -> bool:
        """Whether the next edge belongs to the same run."""
        at = event.timestamp_ns
        return self.last_ns <= at < self.first_ns + RUN_NS and event.line_seq > self.total

    def take(self, event: LineEvent) -> None:
        """Add an edge."""
        self.total, self.last_ns = event.line_seq, event.timestamp_ns


class Debounce:
    """Lets the first rising edge of a press through, by the edges' own time."""

    def __init__(self, ms: int = DEBOUNCE_MS) -> None:
        self._ns = ms * 1_000_000
        self._last: int | None = None

    def presses(self, event: LineEvent) -> bool:
        """Whether this edge is a new press."""
        if event.edge != RISING:
            return False
        last = self._last
        # An earlier time than before is another boot's clock.
        if last is not None and 0 <= event.timestamp_ns - last < self._ns:
            return False
        self._last = event.timestamp_ns
        return True
