"""Whatever is lost, repeated or reordered on the way, the tables say what happened, once."""

from collections import defaultdict
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Engine, delete, select

from protocol.envelope import Ack
from protocol.events import (
    AnyEvent,
    Charge,
    Coverage,
    Draw,
    Refused,
    State,
    UmbrellaReturned,
    UmbrellaTaken,
    Visit,
)
from server.domain.rollup import PARTS
from server.storage.engine import reading, writing
from server.storage.tables import (
    CoverageHour,
    Delivery,
    Device,
    Evidence,
    Fact,
    Gap,
    RollupHour,
    Station,
    UnitState,
    VisitPerson,
)
from tests.unit.server.ingest.support import EPOCH, HOUR, committer, enter_stations, message

NAMES = ("yz-001", "yz-002")
OUTBOXES = [(name, EPOCH + turn) for name in NAMES for turn in range(2)]
TABLES = (
    *(CoverageHour, Delivery, Device, Evidence, Fact, Gap, RollupHour, UnitState, VisitPerson),
    Station,
)

instants = st.integers(HOUR * 3_600_000, (HOUR + 3) * 3_600_000)
units = st.integers(1, 2)


def _built(kind: type[Any], **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, at=instants, mono=st.just(0), **parts)


TAGS = st.sampled_from(["E2801100", "E2801101"])
events: st.SearchStrategy[AnyEvent] = st.one_of(
    _built(
        Charge,
        device=st.just("charger"),
        unit=units,
        start=instants,
        wh=st.integers(0, 900_000),
        suspect=st.booleans(),
    ),
    _built(Draw, device=st.just("water"), unit=units, start=instants, ml=st.integers(0, 9_000_000)),
    _built(UmbrellaTaken, device=st.just("rack"), unit=units, tag=TAGS),
    _built(UmbrellaReturned, device=st.just("rack"), unit=units, tag=TAGS),
    _built(Visit, by=st.sampled_from(["tap", "keeper", "code"])),
    _built(Refused, reason=st.just("forged"), scan=st.just("0" * 16)),
    _built(
        Coverage,
        start=instants,
        devices=st.dictionaries(st.sampled_from(["rack", "water"]), st.integers(0, 2)),
    ),
    _built(
        State,
        device=st.just("rack"),
        unit=units,
        cap=st.just("slot_state"),
        value=st.integers(0, 2),
    ),
)


@st.composite
def schedules(draw: st.DrawFn) -> tuple[dict[tuple[str, int], list[AnyEvent]], list[list[Any]]]:
    """Outboxes with their events, and transactions of batches that bring every event."""
    outboxes: dict[tuple[str, int], list[AnyEvent]] = {}
    batches: list[tuple[tuple[str, int], list[AnyEvent]]] = []
    for key in draw(st.lists(st.sampled_from(OUTBOXES), min_size=1, unique=True)):
        kept = draw(st.lists(events, min_size=1, max_size=12))
        numbered = [replace(event, seq=seq) for seq, event in enumerate(kept, start=1)]
        outboxes[key] = numbered
        sent = draw(
            st.permutations(numbered + draw(st.lists(st.sampled_from(numbered), max_size=6)))
        )
        while sent:
            size = draw(st.integers(1, len(sent)))
            batches.append((key, list(sent[:size])))
            sent = sent[size:]
    order = list(draw(st.permutations(batches)))
    order += draw(st.lists(st.sampled_from(order), max_size=3))
    transactions = []
    while order:
        size = draw(st.integers(1, len(order)))
        transactions.append(order[:size])
        order = order[size:]
    return outboxes, transactions


def _clear(engine: Engine) -> None:
    with writing(engine).begin() as session:
        for table in TABLES:
            session.execute(delete(table))


def _expected_sums(numbers: dict[str, int], outboxes: Any) -> dict[tuple[int, int, str], Any]:
    sums: dict[tuple[int, int, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for (station, _), happened in outboxes.items():
        for event in happened:
            if type(event) not in PARTS:
                continue
            amount = getattr(event, "wh", 0) + getattr(event, "ml", 0)
            measure = event.__struct_config__.tag
            if measure == "visit":
                measure = f"visit_{event.by}"
            start = getattr(event, "start", event.at)
            cell = sums[numbers[station], event.at // 3_600_000, measure]
            cell[0] += 1
            cell[1] += amount
            cell[2] += max(0, event.at - start) // 1_000
    return {key: tuple(cell) for key, cell in sums.items()}


def _expected_coverage(numbers: dict[str, int], outboxes: Any) -> dict[tuple[int, int, str], int]:
    covered: dict[tuple[int, int, str], int] = defaultdict(int)
    for (station, _), happened in outboxes.items():
        for event in happened:
            for device, good in getattr(event, "devices", {}).items():
                if good:
                    covered[numbers[station], event.start // 3_600_000, device] += good
    return {key: min(12, good) for key, good in covered.items()}


def _expected_states(numbers: dict[str, int], outboxes: Any) -> dict[tuple[int, int], int]:
    newest: dict[tuple[int, int], tuple[int, int, int]] = {}
    for (station, epoch), happened in outboxes.items():
        for event in happened:
            if isinstance(event, State):
                key = (numbers[station], event.unit)
                value = (epoch, event.seq, event.value)
                newest[key] = max(newest.get(key, value), value)
    return {key: value[2] for key, value in newest.items()}


@given(schedules())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_sums_equal_facts_and_facts_equal_what_happened(
    engine: Engine, schedule: tuple[dict[tuple[str, int], list[AnyEvent]], list[list[Any]]]
) -> None:
    outboxes, transactions = schedule
    _clear(engine)
    numbers = enter_stations(engine, NAMES)
    ingest = committer(engine)
    acknowledged: dict[tuple[str, int], Ack] = {}
    for transaction in transactions:
        outcome = ingest.commit(
            [message(part, station=key[0], epoch=key[1]) for key, part in transaction]
        )
        acknowledged |= {(station, ack.epoch): ack for station, ack in outcome.acks}
    assert acknowledged == {
        key: Ack(epoch=key[1], seq=len(happened)) for key, happened in outboxes.items()
    }
    with reading(engine)() as session:
        facts = session.execute(select(Fact.station_no, Fact.epoch, Fact.seq, Fact.kind))
        assert {tuple(row) for row in facts} == {
            (numbers[station], epoch, event.seq, event.__struct_config__.tag)
            for (station, epoch), happened in outboxes.items()
            for event in happened
            if type(event) in PARTS
        }
        sums = session.scalars(select(RollupHour)).all()
        assert {
            (row.station_no, row.hour, row.measure): (row.n, row.amount, row.seconds)
            for row in sums
        } == _expected_sums(numbers, outboxes)
        covered = session.scalars(select(CoverageHour)).all()
        assert {
            (row.station_no, row.hour, row.device): row.good for row in covered
        } == _expected_coverage(numbers, outboxes)
        states = session.scalars(select(UnitState)).all()
        assert {(row.station_no, row.unit): row.value for row in states} == _expected_states(
            numbers, outboxes
        )
        assert session.scalars(select(Gap)).all() == []
