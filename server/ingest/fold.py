"""From decoded messages to the rows of one transaction. Pure: progress and keys are handed in."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from protocol.credential import parse_token
from protocol.errors import CredentialError
from protocol.events import AnyEvent, Coverage, Device, Event, Sample, State, Visit, encode
from server.domain import rollup
from server.domain.delivery import Progress, Range
from server.domain.periods import HOUR_MS, day_of
from server.domain.pseudonym import pid
from server.ingest.message import Batch, Poison, Presence
from server.ingest.rows import BUILD
from server.storage.changes import Changes, Key, Link

PAYLOAD_KEPT: Final = 4_096
_TOPIC_KEPT: Final = 120
_SENTENCE_KEPT: Final = 200

MonthKey = Callable[[int], bytes]
"""Local month YYYYMM to its pseudonym key."""


def storable(text: str, limit: int) -> str:
    """Text every database takes: PostgreSQL refuses NUL, and columns have lengths."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:limit]


class Fold:
    """Collects one transaction.

    Args:
        now: UTC ms, the time of receipt of everything in it.
        progress: of every outbox that occurs, as locked.
        month_key: pseudonym key of a month.
        stored: facts that are stored already although progress does not know, by outbox.
    """

    def __init__(
        self,
        *,
        now: int,
        progress: dict[Key, Progress],
        month_key: MonthKey,
        stored: Mapping[Key, Collection[int]],
    ) -> None:
        self._now = now
        self._month_key = month_key
        self._stored = stored
        self.changes = Changes(progress=progress)
        self.recent: dict[Key, list[int]] = {}
        """Every seq that was received, by outbox: what the answers must cover."""
        self.new = 0
        self._more: dict[type[Event], Callable[[int, int, Any], None]] = {
            Visit: self._visit,
            Device: self._device,
            Coverage: self._coverage,
            State: self._state,
            Sample: self._sample,
        }

    def batch(self, station_no: int, message: Batch) -> None:
        """Take a batch of a known station."""
        envelope = message.envelope
        key = (station_no, envelope.epoch)
        progress = self.changes.progress[key]
        seqs = [event.seq for event in envelope.events]
        bad = {rejected.seq: rejected for rejected in message.rejected}
        holes: list[Range] = progress.gaps.ranges()
        accepted = progress.accept([*seqs, *bad] if bad else seqs, low=envelope.low)
        if accepted.holes or accepted.filled:
            self.changes.gaps.setdefault(key, holes)
        self.changes.seen[station_no] = self._now
        self.recent.setdefault(key, []).extend(seqs)
        self.recent[key].extend(bad)
        self.new += len(accepted.new)
        known = self._stored.get(key, ())
        if accepted.new == seqs and not known:
            for event in envelope.events:
                self._event(station_no, envelope.epoch, event)
            return
        events = {event.seq: event for event in reversed(envelope.events)}
        for seq in accepted.new:
            one = events.get(seq)
            if one is None:
                rejected = bad[seq]
                self._quarantine(
                    message.topic, rejected.error.code, rejected.error.sentence, rejected.body
                )
            elif seq not in known:
                self._event(station_no, envelope.epoch, one)
        unnumbered = events.get(0)
        if unnumbered is not None:
            sentence = "an event without a sequence number"
            self._quarantine(message.topic, "invalid", sentence, encode(unnumbered))

    def presence(self, station_no: int, message: Presence) -> None:
        """Take a birth or a last will of a known station."""
        state = message.state
        agent = getattr(state, "agent", None)
        self.changes.links.append(
            Link(
                station_no=station_no,
                online=agent is not None,
                session=state.session,
                at=self._now,
                agent=storable(agent or "", 200),
            )
        )

    def poison(self, message: Poison) -> None:
        """Set a message aside."""
        self._quarantine(message.topic, message.reason, message.sentence, message.payload)

    def _quarantine(self, topic: str, reason: str, sentence: str, payload: bytes) -> None:
        self.changes.quarantine.append(
            (
                self._now,
                storable(topic, _TOPIC_KEPT),
                reason,
                storable(sentence, _SENTENCE_KEPT),
                len(payload),
                payload[:PAYLOAD_KEPT],
            )
        )

    def _event(self, no: int, epoch: int, event: AnyEvent) -> None:
        kind = type(event)
        build = BUILD.get(kind)
        if build is not None:
            self.changes.facts.append(build(no, epoch, self._now, event))
            rollup.add(self.changes.sums, no, event)
        more = self._more.get(kind)
        if more is not None:
            more(no, epoch, event)

    def _visit(self, no: int, epoch: int, event: Visit) -> None:
        token = event.token
        if token is None:
            return
        self.changes.evidence.append((no, epoch, event.seq, event.at, token, "pending"))
        try:
            rid = parse_token(token).certificate.rid
        except CredentialError:
            return  # the audit will say so; it was a visit all the same
        day = day_of(event.at)
        self.changes.persons.add((no, day, pid(self._month_key(day // 100), rid)))

    def _device(self, no: int, epoch: int, event: Device) -> None:
        conditions = self.changes.conditions
        key = (no, event.device)
        value = (epoch, event.seq, event.at, event.condition, storable(event.detail, 200))
        conditions[key] = max(value, conditions.get(key, value))

    def _coverage(self, no: int, _epoch: int, event: Coverage) -> None:
        coverage = self.changes.coverage
        hour = event.start // HOUR_MS
        for device, good in event.devices.items():
            if good:
                coverage[no, hour, device] = coverage.get((no, hour, device), 0) + good

    def _state(self, no: int, epoch: int, event: State) -> None:
        states = self.changes.states
        key = (no, event.device, event.unit, event.cap)
        value = (epoch, event.seq, event.at, event.value)
        states[key] = max(value, states.get(key, value))

    def _sample(self, no: int, _epoch: int, event: Sample) -> None:
        self.changes.samples.extend(
            (no, event.device, event.unit, cap, event.at, value)
            for cap, value in event.values.items()
        )
