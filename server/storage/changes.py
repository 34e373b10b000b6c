"""Everything one ingest transaction writes, as rows in column order."""

from dataclasses import dataclass, field

from server.domain.delivery import Progress
from server.domain.rollup import Cells

Key = tuple[int, int]
"""(station number, epoch) of an outbox."""

FactRow = tuple[
    int,
    int,
    int,
    str,
    int,
    int | None,
    str | None,
    int | None,
    int | None,
    int | None,
    str | None,
    str | None,
    int,
    int,
]
"""The columns of `fact` in their order: station_no, epoch, seq, kind, at, began, device, unit,
amount, extra, tag, word, flags, received."""
StateKey = tuple[int, str, int, str]
"""station_no, device, unit, cap."""
StateValue = tuple[int, int, int, int]
"""epoch, seq, at, value: compared in this order, the newest wins."""
ConditionValue = tuple[int, int, int, str, str]
"""epoch, seq, at, condition, detail: compared in this order, the newest wins."""
EvidenceRow = tuple[int, int, int, int, bytes, str]
"""station_no, epoch, seq, at, token, verdict."""
QuarantineRow = tuple[int, str, str, str, int, bytes]
"""received, topic, reason, sentence, size, payload."""
SampleRow = tuple[int, str, int, str, int, int]
"""station_no, device, unit, cap, at, value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a birth (`online`, with the agent's version) or a last will (`lost`) says."""

    station_no: int
    online: bool
    session: str
    at: int
    agent: str = ""


@dataclass(slots=True)
class Changes:
    """One transaction's rows, folded: each key occurs once, sums are added up."""

    facts: list[FactRow] = field(default_factory=list)
    sums: Cells = field(default_factory=dict)
    coverage: dict[tuple[int, int, str], int] = field(default_factory=dict)
    states: dict[StateKey, StateValue] = field(default_factory=dict)
    conditions: dict[tuple[int, str], ConditionValue] = field(default_factory=dict)
    persons: set[tuple[int, int, bytes]] = field(default_factory=set)
    evidence: list[EvidenceRow] = field(default_factory=list)
    samples: list[SampleRow] = field(default_factory=list)
    quarantine: list[QuarantineRow] = field(default_factory=list)
    progress: dict[Key, Progress] = field(default_factory=dict)
    gaps: dict[Key, list[tuple[int, int]]] = field(default_factory=dict)
    """Holes after the transaction, for those outboxes whose holes changed."""
    links: list[Link] = field(default_factory=list)
    """In the order they arrived."""
    seen: dict[int, int] = field(default_factory=dict)
    """Station number to UTC ms of this transaction."""
