"""The UHF reader over the rack: dialect found, tags seen with their signal, silence told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from firmware_sim.boards.uhf_m100 import Dialect, UhfM100
from firmware_sim.wire.faults import Faults
from firmware_sim.wire.pty import Pty
from station_agent.drivers.uhf.config import UhfConfig
from station_agent.drivers.uhf.driver import UhfDriver
from station_agent.observations import TagsSeen
from tests.wire.drivers.running import Seen, clock, play, running

A, B, LONG = "30751FEB705C5904E3D50D70", "E2000000000000000000A001", "11" * 16


@asynccontextmanager
async def reader(
    folder: Path, dialect: Dialect = "BB"
) -> AsyncIterator[tuple[UhfM100, Pty, UhfDriver, Seen]]:
    board = UhfM100(dialect=dialect, round_ms=5)
    pty = Pty(board, link=folder / "uhf0")
    pty.plug()
    driver = UhfDriver(
        config=UhfConfig(id="tags", port=str(pty.path), rack="rack", poll_s=0.05, timeout_s=0.5),
        clock=clock,
    )
    try:
        async with running(driver) as seen:
            yield board, pty, driver, seen
    finally:
        pty.unplug()


async def tags(seen: Seen, expected: dict[str, int]) -> None:
    """Wait for a round that saw exactly these tags."""
    await seen.until(lambda o: isinstance(o, TagsSeen) and o.tags == expected)


@pytest.mark.parametrize("dialect", ["BB", "AA"])
def test_tags_come_and_go(tmp_path: Path, dialect: Dialect) -> None:
    async def scenario() -> None:
        async with reader(tmp_path, dialect) as (board, _, driver, seen):
            await tags(seen, {})
            assert driver.dialect == dialect.lower()
            board.place(A, -55)
            board.place(LONG, -60)
            await tags(seen, {A: -55, LONG: -60})
            board.remove(A)
            await tags(seen, {LONG: -60})
            assert seen.conditions("tags") == ["ok"]

    play(scenario())


def test_a_tag_of_the_rack_next_door_is_too_weak_to_count(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with reader(tmp_path) as (board, _, _, seen):
            board.place(A, -70)
            board.place(B, -71)
            await tags(seen, {A: -70})

        assert all(B not in o.tags for o in seen.all if isinstance(o, TagsSeen))

    play(scenario())


def test_a_mute_reader_reports_no_empty_rack(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with reader(tmp_path) as (board, _, _, seen):
            board.place(A, -55)
            await tags(seen, {A: -55})
            board.faults.always = Faults(mute=True)
            await seen.condition("tags", "mute")
            board.faults.clear()
            await seen.condition("tags", "ok")
            await tags(seen, {A: -55})

        rounds = [o.tags for o in seen.all if isinstance(o, TagsSeen)]
        first = rounds.index({A: -55})
        assert {} not in rounds[first:]

    play(scenario())


def test_a_reader_swapped_for_one_of_the_other_dialect_is_found_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with reader(tmp_path) as (board, _, driver, seen):
            await seen.condition("tags", "ok")
            board.dialect = "AA"
            board.place(B, -40)
            await tags(seen, {B: -40})
            assert driver.dialect == "aa"

    play(scenario())


@pytest.mark.parametrize(
    "faults",
    [Faults(noise=b"\xbb\x02\x22\x00"), Faults(duplicate=True), Faults(drip_ms=1)],
    ids=["behind noise", "twice", "dripped"],
)
def test_notifications_that_come_oddly_are_still_read(tmp_path: Path, faults: Faults) -> None:
    async def scenario() -> None:
        async with reader(tmp_path) as (board, _, _, seen):
            board.round_ms = 40  # dripped notifications must not overlap
            board.faults.always = faults
            board.place(A, -55)
            await tags(seen, {A: -55})

    play(scenario())


def test_flipped_bits_are_told_and_never_read_as_tags(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with reader(tmp_path) as (board, _, _, seen):
            await seen.condition("tags", "ok")
            board.place(A, -55)
            await tags(seen, {A: -55})
            board.faults.always = Faults(flip_byte=10)
            told = await seen.condition("tags", "garbled")
            assert "no valid frame" in told.detail

        assert {epc for o in seen.all if isinstance(o, TagsSeen) for epc in o.tags} == {A}

    play(scenario())


def test_an_endless_inventory_left_by_an_earlier_agent_is_ended(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with reader(tmp_path) as (board, pty, _, seen):
            await seen.condition("tags", "ok")
            board.round_ms = 2
            pty.noise(b"")
            board.consume(bytearray.fromhex("BB 00 27 00 03 22 27 10 83 7E"))
            board.place(A, -55)
            await tags(seen, {A: -55})
            board.remove(A)
            await tags(seen, {})

    play(scenario())


def test_pulling_the_adapter_is_told_and_plugging_it_in_resumes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with reader(tmp_path) as (board, pty, _, seen):
            await seen.condition("tags", "ok")
            pty.unplug()
            await seen.condition("tags", "unplugged")
            board.place(A, -50)
            pty.plug()
            await tags(seen, {A: -50})
            assert seen.conditions("tags") == ["ok", "unplugged", "ok"]

    play(scenario())
