"""The one consumer of observations: machines and gate, then the outbox, then the lights.

Order is everything here. What the machines concluded and what they must remember of it go into
one transaction; only then is anything shown to a person.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

import structlog

from protocol.events import DROPPABLE, Event
from station_agent.clock import Clock
from station_agent.feedback.sentences import Answer
from station_agent.gate.gate import KEY as GATE_KEY
from station_agent.gate.gate import Gate
from station_agent.observations import ButtonPressed, CodeScanned, Observation, Reading, TagsSeen
from station_agent.outbox.errors import OutboxError
from station_agent.sessions.book import Sessions
from station_agent.sessions.moment import Stamp

TICK_S: Final = 0.2
SOFT_MS: Final = 100
"""State that changed without a fact waits this long, so that a flow of pulses is not a flow of
disk writes. What a kill takes in between, counters of the devices tell again."""
QUEUE_MAX: Final = 10_000
ANSWER_MS: Final = 3_000
"""Nobody stands at the scanner any longer for an answer this late."""
_RETRY_S: Final = 1.0
_HELD_MAX: Final = 5_000
_log: Final = structlog.get_logger("desk")


class Store(Protocol):
    """What the desk needs of the outbox."""

    def append(
        self, events: Sequence[Event], *, keep: Mapping[str, bytes] | None = None
    ) -> list[int]:
        """Facts and kept rows, durable and together on return."""

    def append_samples(self, events: Sequence[Event]) -> list[int]:
        """Events that a power cut may take."""


class Desk:
    """Feeds every observation through the station's rules.

    Args:
        sessions: the session machines.
        gate: the gate.
        store: the outbox.
        clock: wall and monotonic time.
        show: answers a person, after the fact is durable.
        lend: the umbrella button was pressed.

    Attributes:
        beat: mono ms of the last completed round, for the watchdog.
        dropped: observations given up because the queue was full.
        failures: observations that a rule could not digest.
    """

    def __init__(
        self,
        *,
        sessions: Sessions,
        gate: Gate,
        store: Store,
        clock: Clock,
        show: Callable[[Answer], Awaitable[object]],
        lend: Callable[[], Awaitable[object]],
    ) -> None:
        self._sessions = sessions
        self._gate = gate
        self._store = store
        self._clock = clock
        self._show = show
        self._lend = lend
        self._queue: deque[Observation] = deque()
        self._arrived = asyncio.Event()
        self._events: list[Event] = []
        self._answers: list[tuple[Answer, int]] = []
        self._kept_at = clock.mono_ms()
        self._broken = False
        self._acts: set[asyncio.Future[object]] = set()
        self.beat = clock.mono_ms()
        self.dropped = 0
        self.failures = 0

    def emit(self, seen: Observation) -> None:
        """Take an observation of a driver. Beyond the bound readings go, scans and pulses stay."""
        if len(self._queue) >= QUEUE_MAX and isinstance(seen, Reading | TagsSeen):
            self.dropped += 1
            return
        self._queue.append(seen)
        self._arrived.set()

    def add(self, event: Event) -> None:
        """Take an event made elsewhere, such as the agent's own health."""
        self._events.append(event)

    def renewed(self) -> None:
        """The outbox lost its file: everything must be kept again."""
        self._sessions.forgotten()
        self._gate.forgotten()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                async with asyncio.timeout(TICK_S):
                    await self._arrived.wait()
            except TimeoutError:
                pass
            self._arrived.clear()
            if not self.round():
                await asyncio.sleep(_RETRY_S)

    def round(self) -> bool:
        """Everything that waits, once; False when it could not be stored and is held back."""
        for _ in range(len(self._queue)):
            self._take_next()
        now = self._now()
        self._guarded("tick", lambda: self._tick(now))
        stored = self._commit(now, force=False)
        if stored:
            self._answer(now)
        self.beat = now.mono
        return stored

    def finish(self) -> None:
        """Keep everything, before the process ends."""
        for _ in range(len(self._queue)):
            self._take_next()
        self._commit(self._now(), force=True)

    def _now(self) -> Stamp:
        return Stamp(self._clock.wall_ms(), self._clock.mono_ms())

    def _take_next(self) -> None:
        seen = self._queue.popleft()
        self._guarded(type(seen).__name__, lambda: self._take(seen))

    def _tick(self, now: Stamp) -> None:
        self._events += self._sessions.tick(now)

    def _guarded(self, what: str, step: Callable[[], None]) -> None:
        """The loop edge: what one device reported must not stop the others."""
        try:
            step()
        except Exception as error:  # noqa: BLE001  the loop edge
            self.failures += 1
            # The type only: an exception's text may hold what was scanned.
            _log.error("not_digested", what=what, error=type(error).__name__)

    def _take(self, seen: Observation) -> None:
        now = self._now()
        stamp = Stamp(now.at - (now.mono - seen.mono), seen.mono)
        match seen:
            case CodeScanned():
                events, answer = self._gate.scanned(seen.text, stamp, synced=self._clock.synced())
                self._events += events
                if answer is not None:
                    self._answers.append((answer, seen.mono))
            case ButtonPressed(button="tap"):
                events, said = self._gate.tapped(stamp)
                self._events += events
                self._answers.append((said, seen.mono))
            case ButtonPressed(button="umbrella"):
                self._act(self._lend())
            case _:
                self._events += self._sessions.observe(seen, stamp)

    def _commit(self, now: Stamp, *, force: bool) -> bool:
        rows = {**self._sessions.changed(now), **self._gate.changed()}
        facts = any(not isinstance(event, DROPPABLE) for event in self._events)
        due = bool(rows) and (
            facts or force or now.mono - self._kept_at >= SOFT_MS or GATE_KEY in rows
        )
        try:
            if facts or due:
                self._store.append(self._events, keep=rows)
            elif self._events:
                self._store.append_samples(self._events)
        except OutboxError as error:
            self._hold_back(error)
            return False
        self._events.clear()
        self._broken = False
        if facts or due:
            self._kept_at = now.mono
            self._sessions.saved(rows)
            self._gate.saved(rows)
        return True

    def _hold_back(self, error: OutboxError) -> None:
        """Keep what could not be stored, facts without end, samples up to a bound."""
        if not self._broken:
            self._broken = True
            _log.error("not_stored", code=error.code, detail=error.sentence)
        if len(self._events) > _HELD_MAX:
            facts = [event for event in self._events if not isinstance(event, DROPPABLE)]
            self.dropped += len(self._events) - len(facts)
            self._events = facts

    def _answer(self, now: Stamp) -> None:
        answers, self._answers = self._answers, []
        for answer, asked in answers:
            _log.info("answered", answer=answer.name)
            if now.mono - asked <= ANSWER_MS:
                self._act(self._show(answer))

    def _act(self, doing: Awaitable[object]) -> None:
        task = asyncio.ensure_future(doing)
        self._acts.add(task)
        task.add_done_callback(self._acted)

    def _acted(self, task: "asyncio.Future[object]") -> None:
        self._acts.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failures += 1
            _log.error("not_done", error=type(error).__name__)
