"""Every loss, duplicate and difference is found, and nothing else is reported."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.ledger.act import Act, Record
from firmware_sim.reconcile.match import HOUR_MS, reconcile, roll_up
from firmware_sim.reconcile.records import Fact, Outcome, Sums

T0 = 1_764_000_000_000
TAG = "E28011600000000000000001"
SCAN = "00112233445566aa"

CHARGE = Act("charge", T0, T0 + 60_000, "charger", 2, 31)
DRAW = Act("draw", T0 + 70_000, T0 + 71_000, "water", 1, 500)
TAKEN = Act("umbrella_taken", T0 + 80_000, T0 + 80_000, "rack", 3, None, TAG)
BACK = Act("umbrella_returned", T0 + 99_000, T0 + 99_000, "rack", 5, None, TAG)
CODE = Act("visit", T0 + 9_000, T0 + 9_400, "scanner", None, None, None, "code", SCAN, 1)
TAP = Act("visit", T0 + 12_000, T0 + 12_000, "gpio", None, None, None, "tap")
ALL = (CHARGE, DRAW, TAKEN, BACK, CODE, TAP)


def fact_of(act: Act, seq: int, station: str = "yz-001", delay: int = 300) -> Fact:
    """What an agent would report of an act."""
    windowed = act.kind in ("charge", "draw")
    return Fact(
        station=station,
        epoch=1,
        seq=seq,
        kind=act.kind,
        at=act.ended + delay,
        began=act.began + delay if windowed else None,
        device=None if act.kind == "visit" else act.device,
        unit=act.unit,
        amount=act.amount,
        tag=act.tag or act.scan,
        word=act.by,
        flags=0,
    )


def record_of(act: Act, row: int = 1, station: str = "yz-001") -> Record:
    return Record(station, row, act)


def run(acts: list[Act], facts: list[Fact]) -> Outcome:
    return reconcile([record_of(a, i) for i, a in enumerate(acts)], facts, roll_up(facts))


def verdicts(outcome: Outcome) -> list[tuple[str, str]]:
    return [(d.verdict, d.kind) for d in outcome.differences]


def test_a_day_that_balances_says_so() -> None:
    outcome = run(list(ALL), [fact_of(a, i) for i, a in enumerate(ALL)])
    assert outcome.differences == ()
    assert outcome.events == 6
    assert {t.kind: t.paired for t in outcome.totals} == {
        "charge": 1,
        "draw": 1,
        "umbrella_taken": 1,
        "umbrella_returned": 1,
        "visit_code": 1,
        "visit_tap": 1,
    }


@pytest.mark.parametrize("missing", ALL, ids=lambda a: f"{a.kind}-{a.by or ''}")
def test_each_kind_of_act_is_missed(missing: Act) -> None:
    outcome = run(list(ALL), [fact_of(a, i) for i, a in enumerate(ALL) if a is not missing])
    kind = f"visit_{missing.by}" if missing.kind == "visit" else missing.kind
    assert verdicts(outcome) == [("lost", kind)]


@pytest.mark.parametrize("doubled", ALL, ids=lambda a: f"{a.kind}-{a.by or ''}")
def test_each_kind_counted_twice_is_noticed(doubled: Act) -> None:
    facts = [fact_of(a, i) for i, a in enumerate(ALL)] + [fact_of(doubled, 99, delay=900)]
    kind = f"visit_{doubled.by}" if doubled.kind == "visit" else doubled.kind
    outcome = run(list(ALL), facts)
    assert verdicts(outcome) == [("twice", kind)]
    assert outcome.differences[0].when == doubled.ended + 900


@pytest.mark.parametrize(
    ("act", "change", "did", "says"),
    [
        (CHARGE, {"amount": 30}, "charger socket 2, 31 Wh", "charger socket 2, 30 Wh"),
        (CHARGE, {"unit": 3}, "charger socket 2, 31 Wh", "charger socket 3, 31 Wh"),
        (CHARGE, {"device": "meter"}, "charger socket 2, 31 Wh", "meter socket 2, 31 Wh"),
        (DRAW, {"amount": 498}, "water tap 1, 500 ml", "water tap 1, 498 ml"),
        (TAKEN, {"unit": 4}, f"rack slot 3 tag {TAG}", f"rack slot 4 tag {TAG}"),
        (BACK, {"tag": "E2" * 12}, f"rack slot 5 tag {TAG}", f"rack slot 5 tag {'E2' * 12}"),
    ],
)
def test_what_does_not_agree_is_told_with_both_sides(
    act: Act, change: dict[str, Any], did: str, says: str
) -> None:
    fact = fact_of(act, 1)._replace(**change)
    outcome = run([act], [fact])
    assert [(d.verdict, d.did, d.says) for d in outcome.differences] == [("different", did, says)]


def test_a_session_reported_in_halves_is_one_different_and_one_twice() -> None:
    first = fact_of(CHARGE, 1)._replace(amount=15, at=T0 + 30_000)
    second = fact_of(CHARGE, 2)._replace(amount=16, began=T0 + 33_000)
    assert sorted(verdicts(run([CHARGE], [first, second]))) == [
        ("different", "charge"),
        ("twice", "charge"),
    ]


def test_two_sessions_reported_as_one_are_one_different_and_one_lost() -> None:
    later = CHARGE._replace(began=T0 + 70_000, ended=T0 + 100_000, amount=9)
    merged = fact_of(CHARGE, 1)._replace(amount=40, at=T0 + 100_300)
    assert sorted(verdicts(run([CHARGE, later], [merged]))) == [
        ("different", "charge"),
        ("lost", "charge"),
    ]


def test_close_draws_are_paired_by_what_agrees() -> None:
    second = DRAW._replace(began=T0 + 72_500, ended=T0 + 73_000, amount=250)
    outcome = run([DRAW, second], [fact_of(second, 2)])
    assert [(d.verdict, d.did) for d in outcome.differences] == [("lost", "water tap 1, 500 ml")]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([], []),
        ([1], []),
        ([1, 2], [("twice", "visit_code")]),
    ],
)
def test_a_code_without_a_light_is_counted_once_at_most(
    seen: list[int], expected: list[tuple[str, str]]
) -> None:
    dark = CODE._replace(confirmed=0)
    outcome = run([dark], [fact_of(dark, seq) for seq in seen])
    assert verdicts(outcome) == expected
    assert outcome.events == 0
    assert next(t for t in outcome.totals if t.kind == "visit_code").unconfirmed == 1


def test_what_was_reported_after_an_outage_is_no_difference() -> None:
    facts = [fact_of(a, i, delay=120_000) for i, a in enumerate((TAP, BACK, DRAW))]
    outcome = run([TAP, BACK, DRAW], facts)
    assert outcome.differences == ()
    assert sum(t.late for t in outcome.totals) == 3


def test_stations_are_never_paired_with_each_other() -> None:
    outcome = reconcile([record_of(CHARGE)], [fact_of(CHARGE, 1, station="yz-002")], {})
    assert [(d.verdict, d.station) for d in outcome.differences if d.kind == "charge"] == [
        ("lost", "yz-001"),
        ("twice", "yz-002"),
    ]


def test_refusals_conditions_and_the_keepers_tally_stand_for_no_act() -> None:
    facts = [
        fact_of(TAP, 1)._replace(kind="refused", word="forged"),
        fact_of(TAP, 2)._replace(kind="device", word="mute"),
        fact_of(TAP, 3)._replace(word="keeper"),
    ]
    assert run([], facts).differences == ()
    assert set(roll_up(facts)) == {
        ("yz-001", (TAP.ended + 300) // HOUR_MS, "refused"),
        ("yz-001", (TAP.ended + 300) // HOUR_MS, "visit_keeper"),
    }


def test_a_wrong_roll_up_cell_is_told_with_both_figures() -> None:
    facts = [fact_of(CHARGE, 1)]
    hour = facts[0].at // HOUR_MS
    wrong = {
        ("yz-001", hour, "charge"): Sums(2, 62, 120),
        ("yz-001", hour, "visit_tap"): Sums(1, 0, 0),
    }
    found = {(d.did, d.says) for d in reconcile([record_of(CHARGE)], facts, wrong).differences}
    assert found == {
        ("charge facts n=1 amount=31 seconds=60", "n=2 amount=62 seconds=120"),
        ("visit_tap facts n=0 amount=0 seconds=0", "n=1 amount=0 seconds=0"),
    }


def test_what_lies_before_since_is_not_judged() -> None:
    old, new = CHARGE, CHARGE._replace(began=T0 + 9 * HOUR_MS, ended=T0 + 9 * HOUR_MS + 5)
    records = [record_of(old), record_of(new)]
    outcome = reconcile(records, [], {}, since=T0 + HOUR_MS)
    assert [(d.verdict, d.when) for d in outcome.differences] == [("lost", new.ended)]
    assert outcome.events == 1


@st.composite
def days(draw: st.DrawFn) -> list[tuple[str, Act]]:
    """Acts of two stations, as far apart as people are at a real station."""
    at, acts, out = T0, [], dict[str, str]()
    for number in range(draw(st.integers(1, 25))):
        at += draw(st.integers(10_000, 400_000))
        station = draw(st.sampled_from(["yz-001", "yz-002"]))
        kind = draw(st.sampled_from(["charge", "draw", "umbrella", "code", "tap"]))
        lasted = draw(st.integers(500, 9_000))
        if kind == "charge":
            act = Act("charge", at, at + lasted, "charger", draw(st.integers(1, 4)), number)
        elif kind == "draw":
            act = Act("draw", at, at + lasted, "water", 1, 100 + number)
        elif kind == "umbrella":
            tag = f"E280{draw(st.integers(0, 2)):020X}"
            back = tag in out
            act = Act("umbrella_returned" if back else "umbrella_taken", at, at, "rack", 1, tag=tag)
            out.pop(tag) if back else out.update({tag: station})
        elif kind == "code":
            light = draw(st.sampled_from([0, 1]))
            act = Act("visit", at, at, "scanner", by="code", scan=f"{number:016x}", confirmed=light)
        else:
            act = Act("visit", at, at, "gpio", by="tap")
        acts.append((station, act))
    return acts


@settings(max_examples=100, deadline=None)
@given(days(), st.data())
def test_injected_faults_are_found_exactly(day: list[tuple[str, Act]], data: st.DataObject) -> None:
    facts: list[Fact] = []
    expected: Counter[tuple[str, str, str]] = Counter()
    for seq, (station, act) in enumerate(day):
        kind = f"visit_{act.by}" if act.kind == "visit" else act.kind
        fault = data.draw(st.sampled_from(["none", "none", "lost", "twice", "different"]))
        fact = fact_of(act, seq, station, delay=data.draw(st.integers(0, 1_000)))
        if fault == "lost":
            expected["lost", station, kind] += act.confirmed != 0
            continue
        if fault == "different" and act.amount is not None:
            fact = fact._replace(amount=act.amount + 7)
            expected["different", station, kind] += 1
        facts.append(fact)
        if fault == "twice":
            facts.append(fact._replace(seq=1_000 + seq))
            expected["twice", station, kind] += 1
    shuffled = data.draw(st.permutations(facts))
    records = [record_of(act, row, station) for row, (station, act) in enumerate(day)]
    outcome = reconcile(records, shuffled, roll_up(facts))
    found = Counter((d.verdict, d.station, d.kind) for d in outcome.differences)
    assert found == +expected
    assert outcome.events == sum(1 for _, act in day if act.confirmed != 0)
