"""The umbrella rack on its own serial line: slots seen, locks pulsed, echoes and silence told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest

from firmware_sim.boards.lock8a import Lock8a
from firmware_sim.wire.faults import Faults
from firmware_sim.wire.pty import Pty
from station_agent.drivers.lockboard.config import LockboardConfig
from station_agent.drivers.lockboard.driver import LockboardDriver
from tests.wire.drivers.running import Seen, clock, eventually, play, running

Feedback = Literal["door_closing", "door_opening"]


@asynccontextmanager
async def rack(
    folder: Path,
    *,
    feedback: Feedback = "door_closing",
    local_echo: bool = False,
    extra_groups: int = 0,
    reply_ms: float = 20,
    timeout_s: float = 0.3,
) -> AsyncIterator[tuple[Lock8a, Pty, LockboardDriver, Seen]]:
    board = Lock8a(feedback=feedback, extra_groups=extra_groups, reply_ms=reply_ms)
    pty = Pty(board, link=folder / "lock0", local_echo=local_echo)
    pty.plug()
    driver = LockboardDriver(
        config=LockboardConfig(
            id="rack",
            port=str(pty.path),
            slots=8,
            feedback=feedback,
            poll_s=0.05,
            timeout_s=timeout_s,
        ),
        clock=clock,
    )
    try:
        async with running(driver) as seen:
            yield board, pty, driver, seen
    finally:
        pty.unplug()


@pytest.mark.parametrize("feedback", ["door_closing", "door_opening"])
@pytest.mark.parametrize("local_echo", [False, True], ids=["clean line", "echoing adapter"])
@pytest.mark.parametrize("extra_groups", [0, 2])
def test_umbrellas_are_seen_and_taken(
    tmp_path: Path,
    feedback: Feedback,
    local_echo: bool,  # noqa: FBT001  a parameter of the test
    extra_groups: int,
) -> None:
    async def scenario() -> None:
        async with rack(
            tmp_path, feedback=feedback, local_echo=local_echo, extra_groups=extra_groups
        ) as (board, _, driver, seen):
            await seen.reading(8, "slot_state", 0)
            assert driver.echoes is local_echo
            board.insert(3)
            await seen.reading(3, "slot_state", 1)
            await seen.reading(4, "slot_state", 0)

            assert await driver.unlock(3) == "closed"  # the umbrella hangs until it is pulled
            assert board.pull(3)
            await seen.reading(3, "slot_state", 0)
            assert await driver.unlock(5) == "opened"
            assert seen.conditions("rack") == ["ok"]

    play(scenario())


def test_a_lost_unlock_reply_is_resolved_by_reading_and_never_sent_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rack(tmp_path) as (board, _, driver, seen):
            released: list[int] = []
            board.on_unlock(released.append)
            board.insert(2)
            await seen.reading(2, "slot_state", 1)

            board.reply_ms = 2_000
            assert await driver.unlock(2) == "closed"
            assert await driver.unlock(1) == "opened"

            assert released == [2, 1]

    play(scenario())


def test_an_unlock_nobody_answers_is_unknown(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rack(tmp_path) as (board, pty, driver, seen):
            released: list[int] = []
            board.on_unlock(released.append)
            await seen.condition("rack", "ok")

            board.faults.always = Faults(mute=True)
            assert await driver.unlock(2) == "unknown"
            assert released == [2]
            await seen.condition("rack", "mute")

            pty.unplug()
            await seen.condition("rack", "unplugged")
            assert await driver.unlock(2) == "unknown"
            with pytest.raises(ValueError, match="1 to 8"):
                await driver.unlock(9)

    play(scenario())


def test_a_dead_board_behind_an_echoing_adapter_is_mute_not_closed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rack(tmp_path, local_echo=True) as (board, _, driver, seen):
            await seen.condition("rack", "ok")
            board.insert(1)
            await seen.reading(1, "slot_state", 1)
            board.faults.always = Faults(mute=True)

            assert await driver.unlock(1) == "unknown"
            await seen.condition("rack", "mute")

    play(scenario())


@pytest.mark.parametrize(
    "faults",
    [
        Faults(drip_ms=2),
        Faults(noise=b"\x80\x01\xff"),
        Faults(duplicate=True),
        Faults(delay_ms=100),
    ],
    ids=["dripped", "behind noise", "twice", "slow"],
)
def test_replies_that_come_oddly_are_still_read(tmp_path: Path, faults: Faults) -> None:
    async def scenario() -> None:
        async with rack(tmp_path, timeout_s=1.0) as (board, _, driver, seen):
            board.faults.always = faults
            board.insert(7)
            await seen.reading(7, "slot_state", 1)
            await seen.reading(6, "slot_state", 0)
            assert await driver.unlock(7) == "closed"
            assert seen.conditions("rack") == ["ok"]

    play(scenario())


def test_flipped_bits_are_told_and_never_read_as_slots(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rack(tmp_path) as (board, _, _, seen):
            await seen.condition("rack", "ok")
            board.faults.always = Faults(flip_byte=2)
            told = await seen.condition("rack", "garbled")
            assert "no valid reply" in told.detail

        assert {o.value for o in seen.all if getattr(o, "cap", "") == "slot_state"} == {0}  # type: ignore[union-attr]  # readings, by the filter

    play(scenario())


def test_pulling_the_adapter_is_told_and_plugging_it_in_resumes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rack(tmp_path) as (board, pty, _, seen):
            await seen.condition("rack", "ok")
            pty.unplug()
            await seen.condition("rack", "unplugged")
            board.insert(1)
            pty.plug()
            await seen.reading(1, "slot_state", 1)
            assert seen.conditions("rack") == ["ok", "unplugged", "ok"]
            await eventually(lambda: pty.lost_bytes == 0)

    play(scenario())
