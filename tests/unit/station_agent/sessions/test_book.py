"""A whole station's sessions, killed and restarted."""

from pathlib import Path

import pytest

from protocol.events import Charge, Coverage, Device, Draw, Event, Sample, State, UmbrellaTaken
from station_agent.observations import ConditionChanged, Observation, Pulses, Reading, TagsSeen
from station_agent.sessions.book import Sessions
from station_agent.sessions.moment import Stamp
from tests.unit.station_agent.station import config

DAY0 = 1_790_000_000_000 // 300_000 * 300_000


class Station:
    """Sessions and what a disk would hold of them."""

    def __init__(self, folder: Path) -> None:
        self.config = config(folder)
        self.disk: dict[str, bytes] = {}
        self.events: list[Event] = []
        self.mono = 0
        self.start()

    def start(self, boot: str = "boot1") -> None:
        self.sessions = Sessions(self.config, boot=boot)
        assert self.sessions.restore(self.disk) == []

    @property
    def now(self) -> Stamp:
        return Stamp(DAY0 + self.mono, self.mono)

    def see(self, *seen: Observation) -> None:
        for one in seen:
            self.events += self.sessions.observe(one, self.now)
        self.keep()

    def pass_(self, ms: int) -> None:
        self.mono += ms
        self.events += self.sessions.tick(self.now)
        self.keep()

    def keep(self) -> None:
        rows = self.sessions.changed(self.now)
        self.disk.update(rows)
        self.sessions.saved(rows)

    def meter(self, unit: int, wh: int, mw: int) -> None:
        self.see(
            Reading("charger", unit, "power_mw", mw, self.mono),
            Reading("charger", unit, "energy_wh", wh, self.mono),
        )

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def states(self, device: str, cap: str) -> list[tuple[int, int]]:
        return [
            (event.unit, event.value)
            for event in self.events
            if isinstance(event, State) and (event.device, event.cap) == (device, cap)
        ]


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


def test_a_charge_killed_in_the_middle_is_one_fact(station: Station) -> None:
    station.meter(2, 10, 0)
    for wh in range(10, 20):
        station.pass_(20_000)
        station.meter(2, wh, 60_000)
    station.start()
    for _ in range(8):
        station.pass_(20_000)
        station.meter(2, 23, 0)
    [fact] = station.of(Charge)
    assert isinstance(fact, Charge)
    assert (fact.unit, fact.wh, fact.peak_mw, fact.suspect) == (2, 13, 60_000, False)


def test_sockets_show_free_charging_off_and_fault(station: Station) -> None:
    station.pass_(100)
    station.see(*(Reading("relay", channel, "relay", 1, station.mono) for channel in range(1, 9)))
    station.meter(1, 0, 0)
    for _ in range(4):
        station.pass_(9_000)
        station.meter(1, 0, 60_000)
        station.meter(2, 0, 0)
    station.pass_(9_000)
    station.meter(1, 1, 60_000)
    station.see(Reading("relay", 1, "relay", 0, station.mono))
    station.pass_(11_000)
    told = station.states("charger", "port_state")
    assert [value for unit, value in told if unit == 1] == [1, 2, 0]
    assert [value for unit, value in told if unit == 2] == [1, 3]
    assert [value for unit, value in told if unit == 4] == [3]


def test_a_draw_knows_the_boilers_temperature(station: Station) -> None:
    station.see(Reading("thermo", 1, "temp_mc", 92_500, 0), Pulses("water", 1, 17, 90, 0))
    station.pass_(6_000)
    [draw] = station.of(Draw)
    assert isinstance(draw, Draw)
    assert (draw.device, draw.unit, draw.ml, draw.temp_mc) == ("water", 1, 200, 92_500)
    assert station.states("water", "flowing") == [(1, 1), (1, 0)]
    assert station.states("water", "temp_mc") == [(1, 92_500)]


def test_an_umbrella_leaves_by_switch_and_tag(station: Station) -> None:
    tags = {f"E20000000000000000000{n:03X}": -50 for n in (1, 2)}
    hung = {1, 2}
    for step in range(40):
        if step == 20:
            hung.discard(1)
        station.pass_(500)
        station.see(
            *(Reading("rack", s, "slot_state", int(s in hung), station.mono) for s in range(1, 9)),
            TagsSeen("tags", tags if 1 in hung else dict([*tags.items()][1:]), station.mono),
        )
    [taken] = station.of(UmbrellaTaken)
    assert isinstance(taken, UmbrellaTaken)
    assert (taken.device, taken.unit, taken.tag) == ("rack", 1, "E20000000000000000000001")
    assert [value for slot, value in station.states("rack", "slot_state") if slot == 1] == [1, 0]


def test_slots_are_unknown_while_the_board_is_mute(station: Station) -> None:
    station.see(Reading("rack", 1, "slot_state", 1, 0))
    station.see(ConditionChanged("rack", "mute", "no answer", 5))
    station.see(ConditionChanged("rack", "ok", "", 9))
    assert station.states("rack", "slot_state") == [(1, 1), (1, 2), (1, 1)]
    devices = station.of(Device)
    assert [(d.device, d.condition) for d in devices if isinstance(d, Device)] == [
        ("rack", "mute"),
        ("rack", "ok"),
    ]


def coverage(station: Station) -> dict[str, int]:
    [fact] = station.of(Coverage)
    assert isinstance(fact, Coverage)
    return fact.devices


def test_only_devices_in_order_and_read_are_covered(station: Station) -> None:
    station.pass_(1_000)
    for device in ("charger", "rack", "scanner", "gpio", "thermo"):
        station.see(ConditionChanged(device, "ok", "", station.mono))
    station.meter(1, 0, 0)
    station.see(Reading("thermo", 1, "temp_mc", 90_000, station.mono))
    station.pass_(1_000)
    station.pass_(300_000)
    assert coverage(station) == {"charger": 1, "water": 1, "scanner": 1, "gpio": 1}


def test_water_is_not_covered_while_its_probe_is_out_of_order(station: Station) -> None:
    station.pass_(1_000)
    for device, condition in (("gpio", "ok"), ("thermo", "implausible")):
        station.see(ConditionChanged(device, condition, "", station.mono))  # type: ignore[arg-type]  # literals of a table
    station.see(Reading("thermo", 1, "temp_mc", 85_000, station.mono))
    station.pass_(1_000)
    station.pass_(300_000)
    assert coverage(station) == {"gpio": 1}


def test_samples_come_once_a_period_with_the_litres_of_the_tap(station: Station) -> None:
    station.pass_(0)
    station.see(Pulses("water", 1, 17, 450, 0), Reading("thermo", 1, "temp_mc", 90_000, 0))
    station.meter(3, 5, 1_000)
    station.pass_(29_000)
    assert station.of(Sample) == []
    station.pass_(1_000)
    values = {(s.device, s.unit): s.values for s in station.of(Sample) if isinstance(s, Sample)}
    assert values == {
        ("water", 1): {"temp_mc": 90_000, "litres_ml": 1_000},
        ("charger", 3): {"power_mw": 1_000, "energy_wh": 5},
    }


def test_an_idle_station_keeps_nothing_but_a_sign_of_life_each_sample_period(
    station: Station,
) -> None:
    station.meter(1, 5, 0)
    station.pass_(30_000)
    written = []
    for _ in range(60):
        station.mono += 1_000
        station.sessions.tick(station.now)
        for cap, value in (("power_mw", 0), ("energy_wh", 5)):
            station.sessions.observe(Reading("charger", 1, cap, value, station.mono), station.now)
        rows = station.sessions.changed(station.now)
        station.sessions.saved(rows)
        written.append(set(rows))
    assert written == [*[set()] * 29, {"alive"}, *[set()] * 29, {"alive"}]


def test_a_state_of_another_version_begins_anew_and_the_others_go_on(station: Station) -> None:
    station.see(Pulses("water", 1, 17, 90, 0))
    station.disk["charge/charger/1"] = b'{"phase": 9}'
    sessions = Sessions(station.config, boot="boot1")
    assert sessions.restore(station.disk) == ["charge/charger/1"]
    events = sessions.tick(Stamp(DAY0, 1)) + sessions.tick(Stamp(DAY0 + 90_000, 90_000))
    assert [event.ml for event in events if isinstance(event, Draw)] == [200]


def test_a_lost_file_makes_everything_be_kept_again(station: Station) -> None:
    station.meter(1, 5, 0)
    assert station.sessions.changed(station.now) == {}
    station.sessions.forgotten()
    assert {"charge/charger/1", "draw/water/1", "umbrella/rack", "coverage", "alive"} <= set(
        station.sessions.changed(station.now)
    )
