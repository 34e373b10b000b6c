"""The county as its users start it: ports, people, a graceful end, and a second run."""

import asyncio
import random
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_sim.ledger.act import Act
from firmware_sim.ledger.store import Ledger, read_records
from firmware_sim.world.clock import Tempo
from firmware_sim.world.command import command
from firmware_sim.world.people import ChargePlan
from firmware_sim.world.place import Place
from firmware_sim.world.resume import tag_of
from firmware_sim.world.station import FLOW_LINE, TAP_LINE, Station
from firmware_sim.world.timing import Timing
from protocol.credential import scan_hash
from tests.support.process import module, running, wait_until

START = 1_764_000_000_000
BRISK = Timing(
    charge_on_s=0.05, charge_off_s=0.1, draw_gap_s=0.3, light_s=0.3, unlock_s=0.3,
    rack_rest_s=0.01, button_rest_s=0.01, scan_rest_s=0.01, relock_s=0.1,
)  # fmt: skip


class _Scene:
    """One place whose devices answer as an agent would make them."""

    def __init__(self, folder: Path) -> None:
        self.tempo = Tempo(600, start_ms=START)
        self.ledger = Ledger(folder / "ledger.sqlite", station="yz-001", seed=1, tempo=600)
        stock = {1: tag_of("yz-001", 1)}
        self.station = Station(folder, clock=self.tempo, stock=stock)
        self.leave = asyncio.Event()
        self.place = Place(
            station=self.station,
            ledger=self.ledger,
            tempo=self.tempo,
            timing=BRISK,
            rng=random.Random(3),
            leave=self.leave,
        )

    def acts(self) -> list[Act]:
        return self.ledger.acts()


def play(folder: Path, story: Callable[[_Scene], Awaitable[None]]) -> None:
    async def played() -> None:
        scene = _Scene(folder)
        scene.station.power_up()

        async def physics() -> None:
            while True:
                scene.station.tick()
                await asyncio.sleep(0.01)

        running_physics = asyncio.create_task(physics())
        try:
            await story(scene)
        finally:
            running_physics.cancel()
            scene.station.power_down()
            scene.ledger.close()

    asyncio.run(played())


def test_a_charge_is_written_with_what_the_meter_shows(tmp_path: Path) -> None:
    async def story(scene: _Scene) -> None:
        before = [meter.energy_wh for meter in scene.station.meters]
        plan = ChargePlan(peak_mw=200_000, wanted_wh=900, stay_s=1_800)
        assert await scene.place.charge(plan)
        (act,) = scene.acts()
        assert (act.kind, act.device) == ("charge", "charger")
        assert act.unit is not None
        assert act.amount == scene.station.meters[act.unit - 1].energy_wh - before[act.unit - 1]
        assert act.amount > 50
        assert act.ended - act.began >= BRISK.charge_min_s * 1_000 - 60

    play(tmp_path, story)


def test_a_draw_is_written_with_every_pulse(tmp_path: Path) -> None:
    async def story(scene: _Scene) -> None:
        await scene.place.fill(500)
        (act,) = scene.acts()
        pulses = scene.station.gpio.count(FLOW_LINE)
        assert (act.kind, act.unit, act.amount) == ("draw", 1, scene.station.flow.ml(pulses))
        assert pulses <= 225

    play(tmp_path, story)


def test_umbrellas_are_taken_after_an_unlock_only_and_hung_on_empty_hooks(tmp_path: Path) -> None:
    async def story(scene: _Scene) -> None:
        assert await scene.place.take_umbrella() is None
        assert scene.acts() == []
        asyncio.get_running_loop().call_later(0.05, scene.station.rack.unlock, 1)
        tag = await scene.place.take_umbrella()
        assert tag == tag_of("yz-001", 1)
        assert await scene.place.take_umbrella() is None
        assert await scene.place.return_umbrella(tag)
        taken, back = scene.acts()
        assert (taken.kind, taken.unit, taken.tag) == ("umbrella_taken", 1, tag)
        assert (back.kind, back.tag) == ("umbrella_returned", tag)
        assert scene.station.filled_slots() == [back.unit]

    play(tmp_path, story)


@pytest.mark.parametrize(
    ("channel", "written"), [(7, [1]), (8, []), (None, [0])], ids=["green", "red", "dark"]
)
def test_a_code_is_a_visit_by_the_light_it_gets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channel: int | None, written: list[int]
) -> None:
    async def story(scene: _Scene) -> None:
        def answer(_frame: bytes) -> None:
            """The agent's part: a light answers what the scanner read."""
            if channel is not None:
                asyncio.get_running_loop().call_soon(light, channel)

        def light(number: int) -> None:
            scene.station.relay.set_channel(number, on=True)

        monkeypatch.setattr(scene.station.scanner, "emit", answer)
        await scene.place.show_code("1234567890" * 40)
        acts = scene.acts()
        assert [act.confirmed for act in acts] == written
        assert all(act.scan == scan_hash("1234567890" * 40) for act in acts)

    play(tmp_path, story)


def test_a_label_is_never_a_visit_and_a_press_always_is(tmp_path: Path) -> None:
    async def story(scene: _Scene) -> None:
        await scene.place.show_label("SF1234567890123")
        await scene.place.press_tap()
        (act,) = scene.acts()
        assert (act.kind, act.by, act.confirmed) == ("visit", "tap", None)
        assert scene.station.gpio.count(TAP_LINE) >= 1

    play(tmp_path, story)


def test_nobody_begins_anything_once_it_is_time_to_leave(tmp_path: Path) -> None:
    async def story(scene: _Scene) -> None:
        scene.leave.set()
        await scene.place.fill(300)
        await scene.place.press_tap()
        assert await scene.place.show_code("123") is None
        assert await scene.place.take_umbrella() is None
        assert not await scene.place.return_umbrella("E2" * 12)
        assert scene.acts() == []

    play(tmp_path, story)


def test_the_command_opens_every_port_and_ends_when_told(tmp_path: Path) -> None:
    words = ["county", "--root", str(tmp_path), "--stations", "yz-001,yz-002", "--seed", "3"]
    words += ["--tempo", "240", "--per-day", "900", "--doors", "0", "--charge-on", "0.05"]
    county = module("firmware_sim", *words, log=tmp_path / "county.log")
    ledger = tmp_path / "yz-001" / "ledger.sqlite"
    with running(county):
        for station in ("yz-001", "yz-002"):
            for port in ("bus0", "lock0", "uhf0", "scan0"):
                path = tmp_path / station / port
                assert path.is_symlink()
                assert stat.S_ISCHR(path.stat().st_mode)
            assert stat.S_ISFIFO((tmp_path / station / "gpio0").stat().st_mode)
        wait_until(lambda: len(read_records(ledger)) >= 2, what="two acts")
        assert county.stop(timeout=30) == 0, county.output()
    first = read_records(ledger)
    assert not (tmp_path / "yz-001" / "bus0").exists()
    assert all(record.act.ended >= record.act.began for record in first)
    county = module("firmware_sim", *words, "--until", "0", log=tmp_path / "again.log")
    with running(county):
        assert county.wait(timeout=30) == 0, county.output()
    assert read_records(ledger)[: len(first)] == first


def test_mistakes_are_told_in_a_sentence(tmp_path: Path) -> None:
    def said(*words: str) -> str:
        result = CliRunner().invoke(command, words)
        assert result.exit_code == 2
        return result.output

    assert "--root and --stations are needed" in said("--tempo", "60")
    assert "is no station id" in said("--root", str(tmp_path), "--stations", "YZ")
    assert "named twice" in said("--root", str(tmp_path), "--stations", "a,a")
    assert "--enrol needs --codes" in said("--enrol", "http://127.0.0.1:1")
    Ledger(_folder(tmp_path / "b") / "ledger.sqlite", station="a", seed=1, tempo=1).close()
    assert "the ledger of a, not of b" in said("--root", str(tmp_path), "--stations", "b")


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
