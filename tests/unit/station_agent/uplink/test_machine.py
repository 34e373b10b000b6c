"""The uplink machine: live first, back-fill paced behind, nothing forgotten unacknowledged."""

from protocol.seqset import SeqSet
from station_agent.uplink.machine import UplinkMachine, UplinkSettings, Want

SETTINGS = UplinkSettings(
    batch=10, live_window=2, backfill_window=1, backfill_per_s=5.0, batch_wait_s=1.0,
    ack_timeout_s=10.0, ack_timeout_max_s=40.0,
)  # fmt: skip


def _machine(*held: tuple[int, int]) -> UplinkMachine:
    machine = UplinkMachine(epoch=1, held=SeqSet(held), settings=SETTINGS)
    machine.connected(now=0.0)
    return machine


def _send(machine: UplinkMachine, *, now: float) -> list[int]:
    want = machine.poll(now=now)
    if want is None:
        return []
    seqs = list(SeqSet(want.ranges))[: want.limit]
    machine.sent(SeqSet((seq, seq) for seq in seqs), live=want.live, now=now)
    return seqs


def test_nothing_is_sent_without_a_link() -> None:
    machine = UplinkMachine(epoch=1, held=SeqSet([(1, 5)]), settings=SETTINGS)
    assert machine.poll(now=0.0) is None
    assert machine.wake_at(now=0.0) is None


def test_a_live_event_waits_for_company_only_briefly() -> None:
    machine = _machine()
    machine.appended(1, 1, now=0.0)
    assert machine.poll(now=0.5) is None
    assert machine.wake_at(now=0.5) == 1.0
    assert machine.poll(now=1.0) == Want([(1, 1)], 10, live=True)


def test_a_full_batch_goes_at_once() -> None:
    machine = _machine()
    machine.appended(1, 10, now=0.0)
    assert _send(machine, now=0.0) == list(range(1, 11))


def test_live_goes_before_back_fill_and_is_acknowledged_apart() -> None:
    machine = _machine((1, 100))
    machine.appended(101, 102, now=0.0)
    assert _send(machine, now=0.0) == []
    assert _send(machine, now=1.0) == [101, 102]
    assert _send(machine, now=1.0) == list(range(1, 11))
    assert machine.acknowledged(epoch=1, seq=0, ranges=[(101, 102)]) == [(101, 102)]
    assert machine.low == 1
    assert machine.held == 100


def test_back_fill_is_paced() -> None:
    machine = _machine((1, 100))
    assert len(_send(machine, now=0.0)) == 10
    machine.acknowledged(epoch=1, seq=10, ranges=[])
    assert _send(machine, now=1.0) == []
    assert machine.wake_at(now=1.0) == 2.0
    assert _send(machine, now=2.0) == list(range(11, 21))


def test_back_fill_waits_for_its_window() -> None:
    machine = _machine((1, 100))
    _send(machine, now=0.0)
    assert _send(machine, now=5.0) == []
    assert machine.wake_at(now=5.0) == 10.0


def test_an_unacknowledged_batch_is_sent_again_later_and_later() -> None:
    machine = _machine()
    machine.appended(1, 1, now=0.0)
    times: list[float] = []
    now = 0.0
    while len(times) < 4:
        if _send(machine, now=now):
            times.append(now)
        now += 1.0
    assert times == [1.0, 11.0, 31.0, 71.0]


def test_events_of_a_lost_session_are_sent_again_in_the_next() -> None:
    machine = _machine()
    machine.appended(1, 3, now=0.0)
    assert _send(machine, now=1.0) == [1, 2, 3]
    machine.disconnected()
    machine.connected(now=2.0)
    assert _send(machine, now=2.0) == [1, 2, 3]


def test_acks_of_another_epoch_repeated_or_old_change_nothing() -> None:
    machine = _machine((1, 5))
    assert machine.acknowledged(epoch=2, seq=5, ranges=[]) == []
    assert machine.acknowledged(epoch=1, seq=3, ranges=[]) == [(1, 3)]
    assert machine.acknowledged(epoch=1, seq=3, ranges=[]) == []
    assert machine.acknowledged(epoch=1, seq=2, ranges=[]) == []
    assert (machine.low, machine.held) == (4, 2)


def test_what_the_outbox_gave_up_is_no_longer_wanted() -> None:
    machine = _machine((1, 5))
    machine.dropped(1, 4)
    assert machine.held == 1
    assert _send(machine, now=0.0) == [5]
    machine.dropped(5, 5)
    assert machine.low is None
    assert machine.wake_at(now=0.0) is None


def test_a_full_live_window_does_not_spin() -> None:
    machine = _machine()
    machine.appended(1, 60, now=0.0)
    assert len(_send(machine, now=0.0)) == 10
    assert len(_send(machine, now=0.0)) == 10
    assert _send(machine, now=5.0) == []
    assert machine.wake_at(now=5.0) == 10.0
