"""The lock board: the vendor's frames, both polarities, hooks that hold, release and relock."""

import asyncio

import pytest

from firmware_sim.boards.lock8a import Lock8a
from firmware_sim.wire.faults import Faults
from tests.wire.boards.lines import Wire, in_virtual_time, until


@pytest.mark.parametrize(
    ("feedback", "hangs", "request_", "reply"),
    [
        ("door_closing", False, "80 01 01 33 B3", "80 01 01 00 80"),
        ("door_closing", True, "80 01 01 33 B3", "80 01 01 11 91"),
        ("door_opening", True, "80 01 01 33 B3", "80 01 01 00 80"),
        ("door_opening", False, "80 01 01 33 B3", "80 01 01 11 91"),
        ("door_closing", False, "80 01 00 33 B2", "80 01 00 33 B2"),
        ("door_closing", True, "80 01 00 33 B2", "80 01 01 33 B3"),
        ("door_opening", True, "80 01 00 33 B2", "80 01 FE 33 4C"),
    ],
)
def test_query_frames(feedback: str, hangs: bool, request_: str, reply: str) -> None:  # noqa: FBT001  a column of the table
    async def run() -> None:
        rack = Lock8a(feedback="door_closing" if feedback == "door_closing" else "door_opening")
        if hangs:
            rack.insert(1)
        assert Wire(rack).ask(request_) == reply

    in_virtual_time(run)()


@in_virtual_time
async def test_captured_query_of_an_8_channel_board_that_sends_three_groups() -> None:
    wire = Wire(rack := Lock8a(extra_groups=2))
    assert wire.ask("80 01 00 33 B2") == "80 01 00 00 00 33 B2"
    rack.insert(3)
    assert wire.ask("80 01 00 33 B2") == "80 01 00 00 04 33 B6"


@in_virtual_time
async def test_highest_group_comes_first() -> None:
    rack = Lock8a(slots=18)
    for slot in (1, 9, 10, 18):
        rack.insert(slot)
    assert Wire(rack).ask("80 01 00 33 B2") == "80 01 02 03 01 33 B2"


@in_virtual_time
async def test_a_hanging_umbrella_is_reported_after_half_a_second_by_the_request_itself() -> None:
    rack = Lock8a()
    rack.insert(1)
    wire = Wire(rack)
    assert wire.ask("8A 01 01 11 9B") == ""
    assert rack.unlocked(1)
    await asyncio.sleep(0.499)
    assert wire.frames == []
    await asyncio.sleep(0.002)
    assert wire.frames == [bytes.fromhex("8A 01 01 11 9B")]


@in_virtual_time
async def test_unlock_reply_tells_that_the_umbrella_was_pulled_meanwhile() -> None:
    rack = Lock8a()
    rack.insert(1)
    wire = Wire(rack)
    rack.on_unlock(rack.pull)
    wire.ask("8A 01 01 11 9B")
    await until(lambda: bool(wire.frames))
    assert wire.frames == [bytes.fromhex("8A 01 01 00 8A")]


@in_virtual_time
async def test_open_all_releases_every_hook_and_says_nothing() -> None:
    rack = Lock8a(slots=3, reply_ms=0)
    released: list[int] = []
    rack.on_unlock(released.append)
    wire = Wire(rack)
    assert wire.ask("8A 01 00 11 9A") == ""
    assert released == [1, 2, 3]
    wire.receive(bytes.fromhex("8A 01 02 11 98"))
    await until(lambda: bool(wire.frames))
    assert wire.frames == [bytes.fromhex("8A 01 02 00 89")]


def test_a_locked_hook_holds_its_umbrella() -> None:
    rack = Lock8a()
    rack.insert(4)
    assert not rack.pull(4)
    assert rack.occupied(4)


@in_virtual_time
async def test_an_unlocked_hook_gives_one_umbrella_and_locks_behind_it() -> None:
    rack = Lock8a()
    rack.insert(4)
    rack.unlock(4)
    assert rack.pull(4)
    assert not rack.occupied(4)
    assert not rack.pull(4)
    rack.insert(4)
    assert not rack.pull(4)


@in_virtual_time
async def test_a_hook_nobody_pulls_at_locks_again() -> None:
    rack = Lock8a(relock_s=20)
    rack.insert(4)
    rack.unlock(4)
    await asyncio.sleep(19.9)
    assert rack.unlocked(4)
    await asyncio.sleep(0.2)
    assert not rack.pull(4)


def test_an_occupied_hook_takes_no_second_umbrella() -> None:
    rack = Lock8a()
    rack.insert(4)
    with pytest.raises(ValueError, match="slot 4"):
        rack.insert(4)


@pytest.mark.parametrize(
    "other",
    ["80 02 01 33 B0", "80 01 09 33 BB", "80 01 01 33 B2", "8A 01 01 12 98", "9D 01 02 11 8F"],
)
def test_another_board_channel_check_or_function_is_met_with_silence(other: str) -> None:
    async def run() -> None:
        rack = Lock8a()
        wire = Wire(rack)
        assert wire.ask(other) == ""
        assert wire.ask("80 01 01 33 B3") == "80 01 01 00 80"
        assert not any(rack.unlocked(slot) for slot in range(1, 9))

    in_virtual_time(run)()


@in_virtual_time
async def test_faults_of_a_lock_board() -> None:
    rack = Lock8a()
    wire = Wire(rack)
    for faults, reply in [
        (Faults(wrong_id=7), "80 07 01 00 86"),
        (Faults(flip_byte=-1), "80 01 01 00 81"),
        (Faults(truncate=3), "80 01 01"),
        (Faults(mute=True), ""),
        (Faults(duplicate=True), "80 01 01 00 80 80 01 01 00 80"),
    ]:
        rack.faults.once(faults)
        assert wire.ask("80 01 01 33 B3") == reply
    assert wire.ask("80 01 01 33 B3") == "80 01 01 00 80"
