"""What is compared: acts of the ledgers, facts and roll-ups of the server."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from firmware_sim.ledger.act import Record

Verdict = Literal["lost", "twice", "different"]
Cell = tuple[str, int, str]
"""Station, UTC hour number, measure."""


class Fact(NamedTuple):
    """A row of the server's fact table, with the station's wire id."""

    station: str
    epoch: int
    seq: int
    kind: str
    at: int
    began: int | None
    device: str | None
    unit: int | None
    amount: int | None
    tag: str | None
    word: str | None
    flags: int


class Sums(NamedTuple):
    """One roll-up cell: how many, Wh or ml, seconds."""

    n: int
    amount: int
    seconds: int


class Pair(NamedTuple):
    """An act and the fact that reports it."""

    record: Record
    fact: Fact


class Difference(NamedTuple):
    """One thing that does not balance.

    lost: the device did it, the server does not know. twice: the server counts what the device
    did not do (again). different: both know it, and do not agree.
    """

    verdict: Verdict
    station: str
    kind: str
    when: int
    did: str
    says: str


@dataclass(frozen=True, kw_only=True)
class KindTotal:
    """Counts of one kind: `acts` with a certain outcome, and visits no light confirmed."""

    kind: str
    acts: int = 0
    unconfirmed: int = 0
    paired: int = 0
    late: int = 0
    """Reported with a time of its own, far from the act's: after an outage."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a reconciliation found."""

    totals: tuple[KindTotal, ...]
    cells: int
    differences: tuple[Difference, ...]

    @property
    def events(self) -> int:
        """Acts whose outcome is certain: each must be one fact."""
        return sum(total.acts for total in self.totals)

    def count(self, verdict: Verdict) -> int:
        """How many differences of one sort."""
        return sum(1 for difference in self.differences if difference.verdict == verdict)
