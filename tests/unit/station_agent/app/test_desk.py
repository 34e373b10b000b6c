"""The one consumer: what is durable when, and what is shown after it."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from protocol.events import Charge, Draw, Event, Refused, Visit
from station_agent.desk import QUEUE_MAX, Desk
from station_agent.feedback.sentences import Answer
from station_agent.gate.gate import KEY, Gate
from station_agent.observations import ButtonPressed, CodeScanned, Pulses, Reading, TagsSeen
from station_agent.outbox.errors import OutboxError
from station_agent.outbox.store import Outbox
from station_agent.sessions.book import Sessions
from tests.unit.station_agent.gate.riders import NOW, Phone
from tests.unit.station_agent.station import config


class HandClock:
    """A clock that goes when a test says so."""

    boot = "boot1"

    def __init__(self) -> None:
        self.ms = 50_000

    def wall_ms(self) -> int:
        return NOW + self.ms - 50_000

    def mono_ms(self) -> int:
        return self.ms

    def synced(self) -> bool:
        return True


class Store:
    """A real outbox whose disk can be full, and whose commits are noted."""

    def __init__(self, path: Path) -> None:
        self.outbox = Outbox(path, new_epoch=lambda: 1 << 16)
        self.full = False
        self.commits: list[tuple[list[str], set[str]]] = []

    def append(
        self, events: Sequence[Event], *, keep: Mapping[str, bytes] | None = None
    ) -> list[int]:
        if self.full:
            raise OutboxError("full", "no space left on device")
        self.commits.append(([type(event).__name__ for event in events], set(keep or {})))
        return self.outbox.append(events, keep=keep)

    def append_samples(self, events: Sequence[Event]) -> list[int]:
        if self.full:
            raise OutboxError("full", "no space left on device")
        return self.outbox.append_samples(events)


class Station:
    """A desk with everything behind it, and what it showed."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.store = Store(folder / "outbox.sqlite")
        settings = config(folder)
        self.shown: list[tuple[Answer, int]] = []
        self.lent = 0
        sessions = Sessions(settings, boot="boot1")
        gate = Gate(keys=settings.keys, config=settings.gate)
        kept = self.store.outbox.kept("")
        assert sessions.restore(kept) == []
        assert gate.restore(kept.get(KEY), same_boot=True)
        self.desk = Desk(
            sessions=sessions,
            gate=gate,
            store=self.store,
            clock=self.clock,
            show=self._show,
            lend=self._lend,
        )

    async def _show(self, answer: Answer) -> None:
        self.shown.append((answer, self.store.outbox.stats().events))

    async def _lend(self) -> None:
        self.lent += 1

    def scan(self, text: str) -> None:
        self.desk.emit(CodeScanned("scanner", text, self.clock.ms))

    async def round(self, ms: int = 0) -> bool:
        self.clock.ms += ms
        done = self.desk.round()
        await asyncio.sleep(0)
        return done

    def facts(self, kind: type[Event]) -> int:
        return sum(names.count(kind.__name__) for names, _ in self.store.commits)


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


def test_a_visit_its_memory_and_then_the_light(station: Station) -> None:
    async def story() -> None:
        station.scan(Phone().code(NOW))
        await station.round()
        [(names, keys)] = station.store.commits
        assert names[0] == "Visit"
        assert KEY in keys
        [(answer, stored)] = station.shown
        assert answer is Answer.WELCOME
        assert stored >= 1

    asyncio.run(story())


def test_no_light_while_the_disk_takes_nothing_and_no_fact_is_lost(station: Station) -> None:
    async def story() -> None:
        station.store.full = True
        station.scan(Phone().code(NOW))
        station.desk.emit(Pulses("water", 1, 17, 90, station.clock.ms))
        assert not await station.round()
        assert not await station.round(6_000)
        assert station.shown == []
        station.store.full = False
        assert await station.round()
        assert (station.facts(Visit), station.facts(Draw)) == (1, 1)
        assert station.shown == [], "nobody stands there any more"

    asyncio.run(story())


def test_a_light_comes_late_but_comes_when_the_disk_recovers_at_once(station: Station) -> None:
    async def story() -> None:
        station.store.full = True
        station.scan(Phone().code(NOW))
        await station.round()
        station.store.full = False
        await station.round(1_000)
        assert [answer for answer, _ in station.shown] == [Answer.WELCOME]

    asyncio.run(story())


def test_buttons_do_what_is_written_on_them(station: Station) -> None:
    async def story() -> None:
        station.desk.emit(ButtonPressed("gpio", "tap", station.clock.ms))
        station.desk.emit(ButtonPressed("gpio", "umbrella", station.clock.ms))
        await station.round()
        assert station.facts(Visit) == 1
        assert [answer for answer, _ in station.shown] == [Answer.TAP]
        assert station.lent == 1

    asyncio.run(story())


def test_flowing_water_is_not_a_flow_of_disk_writes(station: Station) -> None:
    async def story() -> None:
        await station.round(1_000)
        before = len(station.store.commits)
        for total in range(1, 201):
            station.desk.emit(Pulses("water", 1, 17, total, station.clock.ms))
            await station.round(5)
        assert 5 <= len(station.store.commits) - before <= 12
        await station.round(6_000)
        assert station.facts(Draw) == 1

    asyncio.run(story())


def test_one_observation_that_cannot_be_digested_stops_no_other(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        gate = station.desk._gate
        real = gate.scanned

        def scanned(text: str, *args: object, **named: object) -> object:
            if text == "poison":
                raise ZeroDivisionError
            return real(text, *args, **named)  # type: ignore[arg-type]  # handed on as it came

        monkeypatch.setattr(gate, "scanned", scanned)
        station.scan("poison")
        station.scan("SF123")
        await station.round()
        assert station.facts(Refused) == 1
        assert station.desk.failures == 1

    asyncio.run(story())


def test_when_the_queue_is_full_readings_go_and_scans_stay(station: Station) -> None:
    for _ in range(QUEUE_MAX):
        station.desk.emit(Reading("thermo", 1, "temp_mc", 90_000, 1))
    station.desk.emit(Reading("thermo", 1, "temp_mc", 90_000, 1))
    station.desk.emit(TagsSeen("tags", {}, 1))
    station.scan("SF123")
    station.desk.emit(Pulses("water", 1, 17, 3, 1))
    assert station.desk.dropped == 2
    assert len(station.desk._queue) == QUEUE_MAX + 2


def test_what_waits_is_kept_when_the_agent_leaves(station: Station, tmp_path: Path) -> None:
    async def story() -> None:
        for cap, value in (("power_mw", 0), ("energy_wh", 7)):
            station.desk.emit(Reading("charger", 1, cap, value, station.clock.ms))
        station.scan(Phone().code(NOW))
        station.desk.finish()
        station.store.outbox.close()
        again = Station(tmp_path)
        for wh, mw, ms in ((9, 90_000, 0), (9, 90_000, 31_000), (9, 0, 1_000), (9, 0, 121_000)):
            again.clock.ms += ms
            for cap, value in (("power_mw", mw), ("energy_wh", wh)):
                again.desk.emit(Reading("charger", 1, cap, value, again.clock.ms))
            await again.round()
        assert station.facts(Visit) == 1
        assert again.facts(Charge) == 1
        again.scan(Phone().code(NOW))
        await again.round()
        assert again.facts(Visit) == 0

    asyncio.run(story())
