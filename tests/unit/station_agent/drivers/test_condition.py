"""A device's condition is told on change only, and not for a single slip."""

from protocol.events import Condition
from station_agent.drivers.condition import ConditionTracker
from station_agent.observations import ConditionChanged, Observation


class Told:
    """A tracker and what it told."""

    def __init__(self, units: int = 1) -> None:
        self.seen: list[Observation] = []
        self.tracker = ConditionTracker(
            device="charger",
            emit=self.seen.append,
            clock=lambda: 42,
            units=units,
            label="meter",
        )

    @property
    def conditions(self) -> list[Condition]:
        return [o.condition for o in self.seen if isinstance(o, ConditionChanged)]


def test_first_good_answer_tells_ok_once() -> None:
    told = Told()

    for _ in range(5):
        told.tracker.ok()

    assert told.seen == [ConditionChanged("charger", "ok", "", 42)]


def test_two_lost_answers_tell_nothing_and_the_third_does() -> None:
    told = Told()
    told.tracker.ok()

    told.tracker.fail("mute", "no answer")
    told.tracker.fail("mute", "no answer")
    assert told.conditions == ["ok"]

    told.tracker.fail("mute", "no answer")
    told.tracker.fail("mute", "no answer")
    assert told.seen[1:] == [ConditionChanged("charger", "mute", "no answer", 42)]


def test_a_lost_answer_now_and_then_never_tells() -> None:
    told = Told()
    for _ in range(50):
        told.tracker.ok()
        told.tracker.fail("mute", "no answer")
        told.tracker.fail("garbled", "3 bytes")

    assert told.conditions == ["ok"]


def test_recovery_needs_two_good_answers_in_a_row() -> None:
    told = Told()
    for _ in range(3):
        told.tracker.fail("mute", "no answer")

    told.tracker.ok()
    told.tracker.fail("mute", "no answer")
    told.tracker.ok()
    assert told.conditions == ["mute"]

    told.tracker.ok()
    assert told.conditions == ["mute", "ok"]


def test_a_vanished_port_tells_at_once_and_its_return_too() -> None:
    told = Told()
    told.tracker.ok()

    told.tracker.gone("hung up")
    told.tracker.gone("hung up")
    told.tracker.ok()

    assert told.conditions == ["ok", "unplugged", "ok"]


def test_mute_becomes_garbled_only_when_it_lasts() -> None:
    told = Told()
    for _ in range(3):
        told.tracker.fail("mute", "no answer")

    told.tracker.fail("garbled", "noise")
    told.tracker.fail("garbled", "noise")
    assert told.conditions == ["mute"]
    told.tracker.fail("garbled", "noise")

    assert told.conditions == ["mute", "garbled"]


def test_one_dead_meter_of_four_is_named() -> None:
    told = Told(units=4)
    for unit in (1, 2, 4):
        told.tracker.ok(unit)
    assert told.seen == []

    for _ in range(3):
        told.tracker.fail("mute", "no answer", 3)

    assert told.seen == [ConditionChanged("charger", "mute", "meter 3: no answer", 42)]
    told.tracker.ok(3)
    told.tracker.ok(3)
    assert told.conditions == ["mute", "ok"]


def test_the_worst_of_two_failing_meters_is_told() -> None:
    told = Told(units=2)
    for _ in range(3):
        told.tracker.fail("implausible", "500 V", 1)
        told.tracker.fail("mute", "no answer", 2)

    assert told.seen[-1] == ConditionChanged("charger", "mute", "meter 1, 2: no answer", 42)
