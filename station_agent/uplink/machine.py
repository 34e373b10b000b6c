"""What to send, resend and forget: a pure machine, fed with events, acknowledgements and time.

The station holds an event until the server's database has committed it. New events go first;
what piled up while the link was down follows behind, paced, so that it never delays them.
A batch that is not acknowledged in time is sent again; nothing is inferred from a PUBACK.

Times are seconds of any monotonic clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from protocol.seqset import SeqSet

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkSettings:
    """Bounds. `batch` events a message; windows count messages not yet acknowledged."""

    batch: int = 200
    live_window: int = 8
    backfill_window: int = 3
    backfill_per_s: float = 400.0
    batch_wait_s: float = 0.5
    ack_timeout_s: float = 10.0
    ack_timeout_max_s: float = 120.0


class Want(NamedTuple):
    """Send up to `limit` of these ranges' events, lowest first."""

    ranges: list[Range]
    limit: int
    live: bool


@dataclass(slots=True)
class _Flight:
    seqs: SeqSet
    live: bool
    deadline: float


class UplinkMachine:
    """One epoch's sending state. A new epoch needs a new machine."""

    def __init__(self, *, epoch: int, held: SeqSet, settings: UplinkSettings) -> None:
        self.epoch = epoch
        self._settings = settings
        self._live = SeqSet()
        self._backlog = SeqSet(held.ranges())
        self._flights: list[_Flight] = []
        self._connected = False
        self._live_since: float | None = None
        self._allowance = 0.0
        self._allowance_at = 0.0
        self._timeout = settings.ack_timeout_s

    @property
    def held(self) -> int:
        """Events not yet acknowledged."""
        return len(self._live) + len(self._backlog) + sum(len(f.seqs) for f in self._flights)

    @property
    def low(self) -> int | None:
        """Lowest seq still held, or None when everything is committed."""
        lows = [s.min() for s in (self._live, self._backlog, *(f.seqs for f in self._flights))]
        return min((low for low in lows if low is not None), default=None)

    def appended(self, lo: int, hi: int, *, now: float) -> None:
        """The outbox took `lo` to `hi`. With the link up they are live, else backlog."""
        if not self._connected:
            self._backlog.add_range(lo, hi)
            return
        if not self._live:
            self._live_since = now
        self._live.add_range(lo, hi)

    def dropped(self, lo: int, hi: int) -> None:
        """The outbox no longer holds `lo` to `hi`, though they were not acknowledged."""
        for seqs in (self._live, self._backlog, *(f.seqs for f in self._flights)):
            seqs.discard_range(lo, hi)
        self._tidy()

    def connected(self, *, now: float) -> None:
        """A session began; its acknowledgements are subscribed."""
        self._connected = True
        self._timeout = self._settings.ack_timeout_s
        self._allowance, self._allowance_at = float(self._settings.batch), now

    def disconnected(self) -> None:
        """The session ended: whatever was on its way counts as not sent."""
        self._connected = False
        for flight in self._flights:
            self._return(flight.seqs, live=False)
        self._flights = []
        self._return(self._live, live=False)
        self._live = SeqSet()
        self._live_since = None

    def acknowledged(self, *, epoch: int, seq: int, ranges: Sequence[Range]) -> list[Range]:
        """The server has committed these. Returns the ranges the outbox may forget.

        An acknowledgement of another epoch, a repeated or an older one changes nothing.
        """
        if epoch != self.epoch:
            return []
        committed = [(1, seq), *ranges] if seq else list(ranges)
        waiting = (self._live, self._backlog, *(f.seqs for f in self._flights))
        before = len(self._flights)
        forget = SeqSet()
        for lo, hi in committed:
            for seqs in waiting:
                _move(seqs, (lo, hi), forget)
        self._tidy()
        if len(self._flights) < before:
            self._timeout = self._settings.ack_timeout_s
        return forget.ranges()

    def poll(self, *, now: float) -> Want | None:
        """What to send next, or None. The caller answers with `sent` (or `dropped`)."""
        if not self._connected:
            return None
        self._expire(now)
        if self._ripe(now) and self._live_slot_free:
            return Want(self._live.ranges(), self._settings.batch, live=True)
        if self._live or not self._backlog:
            return None
        if self._in_flight(live=False) >= self._settings.backfill_window:
            return None
        self._refill(now)
        if self._allowance < min(self._settings.batch, len(self._backlog)):
            return None
        return Want(self._backlog.ranges(), self._settings.batch, live=False)

    @property
    def _live_slot_free(self) -> bool:
        return self._in_flight(live=True) < self._settings.live_window

    def sent(self, seqs: SeqSet, *, live: bool, now: float) -> None:
        """These of the last `Want` are on their way in one message."""
        pool = self._live if live else self._backlog
        for lo, hi in seqs.ranges():
            pool.discard_range(lo, hi)
        if live:
            self._live_since = now if self._live else None
        else:
            self._allowance -= len(seqs)
        self._flights.append(_Flight(SeqSet(seqs.ranges()), live, now + self._timeout))

    def wake_at(self, *, now: float) -> float | None:
        """When `poll` may have something new to say, if nothing else happens before."""
        if not self._connected:
            return None
        times = [flight.deadline for flight in self._flights]
        if self._live_since is not None:
            if not self._live_slot_free:
                return min(times, default=None)
            times.append(self._live_since + self._settings.batch_wait_s)
        elif self._backlog and self._in_flight(live=False) < self._settings.backfill_window:
            missing = min(self._settings.batch, len(self._backlog)) - self._allowance
            times.append(now + max(0.0, missing / self._settings.backfill_per_s))
        return min(times, default=None)

    def _tidy(self) -> None:
        self._flights = [f for f in self._flights if f.seqs]
        if not self._live:
            self._live_since = None

    def _ripe(self, now: float) -> bool:
        if self._live_since is None:
            return False
        waited = now >= self._live_since + self._settings.batch_wait_s
        return waited or len(self._live) >= self._settings.batch

    def _in_flight(self, *, live: bool) -> int:
        return sum(flight.live is live for flight in self._flights)

    def _expire(self, now: float) -> None:
        late = [f for f in self._flights if f.deadline <= now]
        if not late:
            return
        self._flights = [f for f in self._flights if f.deadline > now]
        for flight in late:
            self._return(flight.seqs, live=flight.live)
        if self._live and self._live_since is None:
            self._live_since = now - self._settings.batch_wait_s  # waited once already
        self._timeout = min(self._timeout * 2, self._settings.ack_timeout_max_s)

    def _return(self, seqs: SeqSet, *, live: bool) -> None:
        pool = self._live if live else self._backlog
        for lo, hi in seqs.ranges():
            pool.add_range(lo, hi)

    def _refill(self, now: float) -> None:
        gained = max(0.0, now - self._allowance_at) * self._settings.backfill_per_s
        self._allowance = min(self._allowance + gained, float(self._settings.batch))
        self._allowance_at = now


def _move(source: SeqSet, span: Range, into: SeqSet) -> None:
    """Move what `source` has within `span` to `into`."""
    lo, hi = span
    holes = source.missing(lo, hi)
    if holes == [(lo, hi)]:
        return
    at = lo
    for hole_lo, hole_hi in holes:
        into.add_range(at, hole_lo - 1)
        at = hole_hi + 1
    into.add_range(at, hi)
    source.discard_range(lo, hi)
