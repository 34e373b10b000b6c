"""Acts against facts, one to one, and roll-ups against facts. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from firmware_sim.ledger.act import Record
from firmware_sim.reconcile.align import align
from firmware_sim.reconcile.records import (
    Cell,
    Difference,
    Fact,
    KindTotal,
    Outcome,
    Pair,
    Sums,
    Verdict,
)
from firmware_sim.reconcile.rules import (
    CODE_RULE,
    NEAR_MS,
    RULES,
    TAP_RULE,
    Rule,
    span_of_act,
    span_of_fact,
)

HOUR_MS: Final = 3_600_000
_ROLLED_UP: Final = frozenset(
    ("charge", "draw", "umbrella_taken", "umbrella_returned", "visit", "refused")
)
_NOBODY: Final = "nothing"
K = TypeVar("K")
V = TypeVar("V")


def reconcile(
    records: Sequence[Record],
    facts: Sequence[Fact],
    rollups: Mapping[Cell, Sums],
    *,
    since: int = 0,
) -> Outcome:
    """Compare what happened with what was counted.

    Args:
        records: the ledgers' acts.
        facts: every fact of the same stations and time.
        rollups: the server's cells of the same stations and time.
        since: UTC ms; acts before it are paired, but neither counted nor reported.

    Returns:
        totals per kind and every difference, by time. Facts of kinds no device act stands for
        (`refused`, `device`, a keeper's tally) are checked against the roll-ups only.
    """
    totals: list[KindTotal] = []
    differences: list[Difference] = []
    acts_by = _grouped(((r.station, _sort_of(r)), r) for r in records)
    facts_by = _grouped(((f.station, sort), f) for f in facts if (sort := _fact_sort(f)))
    for sort, rule in (*RULES.items(), ("visit_code", CODE_RULE), ("visit_tap", TAP_RULE)):
        total = KindTotal(kind=sort)
        stations = {s for s, k in (*acts_by, *facts_by) if k == sort}
        for station in sorted(stations):
            key = (station, sort)
            acts, claims = acts_by.get(key, []), facts_by.get(key, [])
            total, found = _one_kind(rule, total, acts, claims, station=station, since=since)
            differences += found
        totals.append(total)
    expected = roll_up(facts)
    differences += _rollup_differences(expected, rollups)
    differences.sort(key=lambda d: (d.when, d.station, d.kind, d.verdict))
    return Outcome(
        totals=tuple(totals),
        cells=sum(1 for cell in expected.keys() | rollups.keys() if cell[1] * HOUR_MS >= since),
        differences=tuple(d for d in differences if d.when >= since),
    )


def roll_up(facts: Iterable[Fact]) -> dict[Cell, Sums]:
    """The hourly cells these facts must add up to: counted in the hour of `at`."""
    cells: dict[Cell, Sums] = defaultdict(lambda: Sums(0, 0, 0))
    for fact in facts:
        if fact.kind not in _ROLLED_UP:
            continue
        measure = f"visit_{fact.word}" if fact.kind == "visit" else fact.kind
        cell = (fact.station, fact.at // HOUR_MS, measure)
        n, amount, seconds = cells[cell]
        lasted = 0 if fact.began is None else max(0, fact.at - fact.began) // 1_000
        cells[cell] = Sums(n + 1, amount + (fact.amount or 0), seconds + lasted)
    return dict(cells)


def _one_kind(
    rule: Rule,
    total: KindTotal,
    acts: Sequence[Record],
    facts: Sequence[Fact],
    *,
    station: str,
    since: int,
) -> tuple[KindTotal, list[Difference]]:
    pairs, acts_left, facts_left = _pair(rule, acts, facts)
    counted = [r for r in acts if r.act.ended >= since]
    certain = sum(1 for r in counted if _certain(r))
    found: list[Difference] = []

    def add(verdict: Verdict, when: int, did: str, says: str) -> None:
        found.append(Difference(verdict, station, total.kind, when, did, says))

    for record in acts_left:
        if _certain(record):
            add("lost", record.act.ended, rule.sentence.format(*rule.did(record)), _NOBODY)
    for fact in facts_left:
        add("twice", fact.at, _NOBODY, rule.sentence.format(*rule.says(fact)))
    for record, fact in pairs:
        did, says = rule.did(record), rule.says(fact)
        if did != says:
            add("different", fact.at, rule.sentence.format(*did), rule.sentence.format(*says))
    late = sum(1 for r, f in pairs if span_of_act(r).distance(span_of_fact(f)) > NEAR_MS * 3)
    return (
        KindTotal(
            kind=total.kind,
            acts=total.acts + certain,
            unconfirmed=total.unconfirmed + len(counted) - certain,
            paired=total.paired + sum(1 for r, _ in pairs if r.act.ended >= since),
            late=total.late + late,
        ),
        found,
    )


def _pair(
    rule: Rule, acts: Sequence[Record], facts: Sequence[Fact]
) -> tuple[list[Pair], list[Record], list[Fact]]:
    pairs: list[Pair] = []
    acts_left, facts_left = list(acts), list(facts)
    for step in rule.passes:
        if not acts_left or not facts_left:
            break
        repeated = _repetitions(rule, pairs, facts_left) if step.late else []
        acts_of = _grouped((step.of_act(r), r) for r in acts_left)
        facts_of = _grouped((step.of_fact(f), f) for f in facts_left if f not in repeated)
        acts_left, facts_left = [], repeated
        for key in {**acts_of, **facts_of}:
            aligned = align(
                acts_of.get(key, []),
                facts_of.get(key, []),
                span_of_act=span_of_act,
                span_of_fact=span_of_fact,
                alike=lambda r, f: rule.did(r) == rule.says(f),
                slack=step.slack,
                late=step.late,
            )
            pairs += [Pair(r, f) for r, f in aligned.pairs]
            acts_left += aligned.acts
            facts_left += aligned.facts
    return pairs, acts_left, facts_left


def _repetitions(rule: Rule, pairs: Sequence[Pair], facts: Sequence[Fact]) -> list[Fact]:
    """Facts that say at the same time what a paired fact says already."""
    told = _grouped((rule.says(fact), fact.at) for _, fact in pairs)
    return [
        fact
        for fact in facts
        if any(abs(at - fact.at) <= NEAR_MS for at in told.get(rule.says(fact), []))
    ]


def _rollup_differences(
    expected: Mapping[Cell, Sums], rollups: Mapping[Cell, Sums]
) -> list[Difference]:
    nothing = Sums(0, 0, 0)
    return [
        Difference(
            "different",
            cell[0],
            "rollup",
            cell[1] * HOUR_MS,
            f"{cell[2]} facts {_cell_text(expected.get(cell, nothing))}",
            _cell_text(rollups.get(cell, nothing)),
        )
        for cell in expected.keys() | rollups.keys()
        if expected.get(cell, nothing) != rollups.get(cell, nothing)
    ]


def _cell_text(sums: Sums) -> str:
    return f"n={sums.n} amount={sums.amount} seconds={sums.seconds}"


def _certain(record: Record) -> bool:
    return record.act.confirmed != 0


def _sort_of(record: Record) -> str:
    act = record.act
    return f"visit_{act.by}" if act.kind == "visit" else act.kind


def _fact_sort(fact: Fact) -> str | None:
    if fact.kind == "visit":
        return f"visit_{fact.word}" if fact.word in ("code", "tap") else None
    return fact.kind if fact.kind in RULES else None


def _grouped(items: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = defaultdict(list)
    for key, value in items:
        groups[key].append(value)
    return dict(groups)
