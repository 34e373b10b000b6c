from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from protocol.envelope import Ack, Birth, Lost, encode_state
from protocol.events import Charge, Coverage, Device, Sample, State, encode
from protocol.topics import batch, state
from server.ingest.message import read
from server.ingest.rows import BUILD
from server.ingest.transaction import Committer
from server.storage.engine import reading, writing
from server.storage.tables import (
    CoverageHour,
    Delivery,
    Fact,
    Gap,
    Quarantine,
    RollupHour,
    SampleHour,
    SampleRaw,
    Station,
    UnitState,
)
from server.storage.tables import Device as DeviceRow
from tests.unit.server.ingest.support import (
    EPOCH,
    HOUR,
    NOW,
    RECEIPT,
    charge,
    committer,
    draw,
    enter_stations,
    fact_seqs,
    message,
    raw,
    tap,
)

AT = HOUR * 3_600_000


@pytest.fixture
def stations(engine: Engine) -> dict[str, int]:
    return enter_stations(engine)


@pytest.fixture
def ingest(engine: Engine, stations: dict[str, int]) -> Committer:
    assert stations
    return committer(engine)


def rows(engine: Engine, statement: Any) -> list[tuple[Any, ...]]:
    with reading(engine)() as session:
        return [tuple(row) for row in session.execute(statement)]


def sums(engine: Engine) -> dict[str, tuple[int, int, int]]:
    return {
        measure: (n, amount, seconds)
        for measure, n, amount, seconds in rows(
            engine,
            select(RollupHour.measure, RollupHour.n, RollupHour.amount, RollupHour.seconds),
        )
    }


def quarantined(engine: Engine) -> list[tuple[str, str]]:
    return [
        (topic, reason)
        for topic, reason in rows(
            engine, select(Quarantine.topic, Quarantine.reason).order_by(Quarantine.id)
        )
    ]


def test_facts_are_stored_summed_and_acknowledged(
    engine: Engine, ingest: Committer, stations: dict[str, int]
) -> None:
    outcome = ingest.commit([message([charge(1), draw(2), tap(3)])])
    assert outcome.acks == [("yz-001", Ack(epoch=EPOCH, seq=3))]
    assert outcome.new == 3
    assert sums(engine) == {
        "charge": (1, 12, 3_600),
        "draw": (1, 250, 10),
        "visit_tap": (1, 0, 0),
    }
    found = rows(engine, select(Fact.seq, Fact.kind, Fact.amount, Fact.began, Fact.received))
    assert sorted(found) == [
        (1, "charge", 12, AT - 3_600_000, NOW),
        (2, "draw", 250, AT, NOW),
        (3, "visit", None, None, NOW),
    ]
    assert rows(engine, select(Station.last_seen).where(Station.no == stations["yz-001"])) == [
        (NOW,)
    ]


def test_what_comes_again_is_acknowledged_and_changes_nothing(
    engine: Engine, ingest: Committer
) -> None:
    first = ingest.commit([message([charge(1), charge(2)])])
    again = ingest.commit([message([charge(1), charge(2)]), message([charge(2), charge(2)])])
    assert again.acks == first.acks == [("yz-001", Ack(epoch=EPOCH, seq=2))]
    assert again.new == 0
    assert sums(engine)["charge"] == (2, 24, 7_200)


def test_live_events_that_overtake_are_acknowledged_by_range(
    engine: Engine, ingest: Committer, stations: dict[str, int]
) -> None:
    outcome = ingest.commit([message([tap(100), tap(101)]), message([tap(1)])])
    assert outcome.acks == [("yz-001", Ack(epoch=EPOCH, seq=1, ranges=[(100, 101)]))]
    outcome = ingest.commit([message([tap(seq) for seq in range(2, 100)])])
    assert outcome.acks == [("yz-001", Ack(epoch=EPOCH, seq=101))]
    assert fact_seqs(engine, stations["yz-001"]) == list(range(1, 102))


def test_a_hole_is_recorded_and_a_late_arrival_shrinks_it(
    engine: Engine, ingest: Committer
) -> None:
    ingest.commit([message([tap(1)])])
    outcome = ingest.commit([message([tap(10)], low=10)])
    assert outcome.acks == [("yz-001", Ack(epoch=EPOCH, seq=10))]
    gaps = select(Gap.lo, Gap.hi, Gap.reason).order_by(Gap.lo)
    assert rows(engine, gaps) == [(2, 9, "dropped")]
    outcome = ingest.commit([message([tap(5)], low=10)])
    assert outcome.new == 1
    assert rows(engine, gaps) == [(2, 4, "dropped"), (6, 9, "dropped")]
    assert rows(engine, select(Delivery.mark)) == [(10,)]


def test_a_new_outbox_counts_from_one_again(
    engine: Engine, ingest: Committer, stations: dict[str, int]
) -> None:
    later = EPOCH + 1
    outcome = ingest.commit([message([tap(1)], epoch=later), message([tap(1), tap(2)])])
    assert outcome.acks == [
        ("yz-001", Ack(epoch=EPOCH, seq=2)),
        ("yz-001", Ack(epoch=later, seq=1)),
    ]
    assert fact_seqs(engine, stations["yz-001"]) == [1, 1, 2]


def test_poison_among_good_messages_harms_none_of_them(
    engine: Engine, ingest: Committer, stations: dict[str, int]
) -> None:
    outcome = ingest.commit(
        [
            message([tap(1)]),
            read(batch("yz-001"), b"\x00\xff{", RECEIPT),
            message([tap(1)], station="nobody"),
            read("yz/1/yz-001/down/ack", b"{}", RECEIPT),
            raw([encode(tap(2)), b'{"kind":"visit","seq":3,"by":"nobody"}', encode(tap(4))]),
            message([tap(1)], station="yz-002"),
        ]
    )
    assert quarantined(engine) == [
        (batch("yz-001"), "malformed"),
        (batch("nobody"), "unknown_station"),
        ("yz/1/yz-001/down/ack", "topic_unknown"),
        (batch("yz-001"), "invalid"),
    ]
    assert outcome.quarantined == ["malformed", "unknown_station", "topic_unknown", "invalid"]
    assert fact_seqs(engine, stations["yz-001"]) == [1, 2, 4]
    assert fact_seqs(engine, stations["yz-002"]) == [1]


def test_an_impossible_event_is_set_aside_once_and_not_sent_for_ever(
    engine: Engine, ingest: Committer, stations: dict[str, int]
) -> None:
    bodies = [encode(tap(1)), b'{"kind":"charge","seq":2,"wh":-1}', encode(tap(3))]
    outcome = ingest.commit([raw(bodies), raw(bodies)])
    assert outcome.acks == [("yz-001", Ack(epoch=EPOCH, seq=3))]
    assert quarantined(engine) == [(batch("yz-001"), "invalid")]
    assert rows(engine, select(Quarantine.payload, Quarantine.size)) == [
        (bodies[1], len(bodies[1]))
    ]
    assert fact_seqs(engine, stations["yz-001"]) == [1, 3]


def test_a_long_payload_is_cut_and_its_length_kept(engine: Engine, ingest: Committer) -> None:
    ingest.commit([read(batch("yz-001"), b"x" * 10_000, RECEIPT)])
    ((payload, size),) = rows(engine, select(Quarantine.payload, Quarantine.size))
    assert (payload, size) == (b"x" * 4_096, 10_000)


def test_text_no_database_takes_is_stored_without_what_it_cannot_take(
    engine: Engine, ingest: Committer
) -> None:
    ingest.commit(
        [message([Device(seq=1, at=AT, mono=0, device="rack", condition="mute", detail="a\x00b")])]
    )
    assert rows(engine, select(DeviceRow.detail).where(DeviceRow.condition == "mute")) == [("ab",)]


def test_an_event_the_database_refuses_is_set_aside_alone(
    engine: Engine,
    ingest: Committer,
    stations: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    builders: dict[Any, Any] = BUILD
    build = BUILD[Charge]

    def overflowing(no: int, epoch: int, received: int, event: Any) -> Any:
        row = build(no, epoch, received, event)
        return (*row[:8], 2**70, *row[9:]) if event.wh == 666 else row

    monkeypatch.setitem(builders, Charge, overflowing)
    outcome = ingest.commit(
        [message([charge(1), charge(2, wh=666), charge(3)]), message([tap(1)], station="yz-002")]
    )
    assert outcome.acks[-2:] == [
        ("yz-001", Ack(epoch=EPOCH, seq=3)),
        ("yz-002", Ack(epoch=EPOCH, seq=1)),
    ]
    assert fact_seqs(engine, stations["yz-001"]) == [1, 3]
    assert fact_seqs(engine, stations["yz-002"]) == [1]
    assert quarantined(engine) == [(batch("yz-001"), "unstorable")]
    assert sums(engine)["charge"] == (2, 24, 7_200)


def test_facts_are_not_counted_twice_when_progress_was_lost(
    engine: Engine, ingest: Committer, stations: dict[str, int]
) -> None:
    ingest.commit([message([charge(1), charge(2)])])
    with writing(engine).begin() as session:
        session.execute(delete(Delivery))
    outcome = ingest.commit([message([charge(1), charge(2), charge(3)])])
    assert outcome.acks == [("yz-001", Ack(epoch=EPOCH, seq=3))]
    assert sums(engine)["charge"] == (3, 36, 10_800)
    assert fact_seqs(engine, stations["yz-001"]) == [1, 2, 3]


def test_the_newest_state_and_condition_win_in_whatever_order_they_come(
    engine: Engine, ingest: Committer, stations: dict[str, int]
) -> None:
    def reading_of(seq: int, value: int) -> State:
        return State(
            seq=seq, at=AT + seq, mono=0, device="water", unit=1, cap="temp_mc", value=value
        )

    def condition(seq: int, word: Any) -> Device:
        return Device(seq=seq, at=AT + seq, mono=0, device="water", condition=word, detail="x")

    ingest.commit([message([reading_of(5, 90_000), condition(6, "mute")])])
    ingest.commit([message([reading_of(3, 20_000), condition(4, "ok")])])
    ingest.commit([message([reading_of(1, 10), condition(2, "ok")], epoch=EPOCH - 1)])
    assert rows(engine, select(UnitState.value, UnitState.seq, UnitState.at)) == [
        (90_000, 5, AT + 5)
    ]
    assert rows(
        engine,
        select(DeviceRow.condition, DeviceRow.condition_at).where(
            DeviceRow.device == "water", DeviceRow.station_no == stations["yz-001"]
        ),
    ) == [("mute", AT + 6)]
    ingest.commit([message([reading_of(1, 70_000), condition(2, "ok")], epoch=EPOCH + 1)])
    assert rows(engine, select(UnitState.value, UnitState.epoch)) == [(70_000, EPOCH + 1)]


def test_coverage_adds_up_to_a_full_hour_and_no_further(engine: Engine, ingest: Committer) -> None:
    def report(seq: int, good: int) -> Coverage:
        return Coverage(seq=seq, at=AT, mono=0, start=AT, devices={"charger": good, "rack": 1})

    ingest.commit([message([report(1, 1), report(2, 4)])])
    ingest.commit([message([report(3, 2), report(2, 4)])])
    covered = select(CoverageHour.device, CoverageHour.hour, CoverageHour.good)
    assert sorted(rows(engine, covered)) == [("charger", HOUR, 7), ("rack", HOUR, 3)]
    ingest.commit([message([report(4, 12)])])
    assert sorted(rows(engine, covered)) == [("charger", HOUR, 12), ("rack", HOUR, 4)]


def test_samples_fill_the_window_and_their_hours(engine: Engine, ingest: Committer) -> None:
    def sample(seq: int, value: int) -> Sample:
        values = {"power_mw": value, "energy_wh": 7}
        return Sample(seq=seq, at=AT + seq, mono=0, device="charger", unit=3, values=values)

    ingest.commit([message([sample(1, 5_000), sample(2, -1_000)])])
    ingest.commit([message([sample(2, -1_000), sample(3, 9_000)])])
    raw_rows = rows(
        engine, select(SampleRaw.at, SampleRaw.value).where(SampleRaw.cap == "power_mw")
    )
    assert sorted(raw_rows) == [(AT + 1, 5_000), (AT + 2, -1_000), (AT + 3, 9_000)]
    hours = select(SampleHour.n, SampleHour.low, SampleHour.total, SampleHour.high)
    assert rows(engine, hours.where(SampleHour.cap == "power_mw")) == [(3, -1_000, 13_000, 9_000)]


def _birth(session: str) -> bytes:
    return encode_state(Birth(session=session * 16, agent="agent 1", boot="b", at=NOW))


def _lost(session: str) -> bytes:
    return encode_state(Lost(session=session * 16))


def test_a_late_will_of_an_older_session_does_not_end_a_newer_one(
    engine: Engine, ingest: Committer
) -> None:
    topic = state("yz-001")
    link = select(Station.link, Station.link_session, Station.agent).where(Station.id == "yz-001")
    ingest.commit([read(topic, _birth("a"), RECEIPT)])
    ingest.commit([read(topic, _birth("b"), RECEIPT), read(topic, _lost("a"), RECEIPT)])
    assert rows(engine, link) == [("online", "b" * 16, "agent 1")]
    ingest.commit([read(topic, _lost("b"), RECEIPT)])
    assert rows(engine, link) == [("lost", "b" * 16, "agent 1")]
    ingest.commit([read(topic, _birth("c"), RECEIPT)])
    assert rows(engine, link) == [("online", "c" * 16, "agent 1")]


def test_a_retained_birth_that_comes_again_keeps_the_time_of_the_first(
    engine: Engine, ingest: Committer
) -> None:
    topic = state("yz-001")
    ingest.commit([read(topic, _birth("a"), RECEIPT)])
    with writing(engine).begin() as session:
        session.execute(update(Station).values(link_at=5))
    ingest.commit([read(topic, _birth("a"), RECEIPT)])
    assert rows(engine, select(Station.link_at).where(Station.id == "yz-001")) == [(5,)]


def test_a_station_that_is_born_hears_again_what_is_committed(ingest: Committer) -> None:
    ingest.commit([message([tap(1), tap(2)])])
    outcome = ingest.commit([read(state("yz-001"), _birth("a"), RECEIPT)])
    assert outcome.acks == [("yz-001", Ack(epoch=EPOCH, seq=2))]
    assert ingest.commit([read(state("yz-002"), _birth("a"), RECEIPT)]).acks == []


def test_an_event_without_a_number_is_set_aside(engine: Engine, ingest: Committer) -> None:
    ingest.commit([message([tap(0), tap(1)])])
    assert quarantined(engine) == [(batch("yz-001"), "invalid")]
