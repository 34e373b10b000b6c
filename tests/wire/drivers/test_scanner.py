"""The QR scanner: set up and read back, texts whole and once, settings lost and found."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from firmware_sim.boards.gm65 import MODE, SETUP_CODES, TAIL, Gm65
from firmware_sim.wire.faults import Faults
from firmware_sim.wire.pty import Pty
from station_agent.drivers.scanner.config import ScannerConfig
from station_agent.drivers.scanner.driver import ScannerDriver
from station_agent.observations import CodeScanned
from tests.wire.drivers.running import Seen, clock, eventually, play, running

TOKEN = "17" * 218
"""436 digits, as long as a credential gets."""


@asynccontextmanager
async def scanner(
    folder: Path, *, configure: bool = True, heartbeat_s: float = 0.1, faults: Faults | None = None
) -> AsyncIterator[tuple[Gm65, Pty, ScannerDriver, Seen]]:
    board = Gm65(mode="button")
    if faults is not None:
        board.faults.always = faults
    pty = Pty(board, link=folder / "scan0")
    pty.plug()
    driver = ScannerDriver(
        config=ScannerConfig(id="scanner", port=str(pty.path), configure=configure),
        clock=clock,
        heartbeat_s=heartbeat_s,
    )
    try:
        async with running(driver) as seen:
            yield board, pty, driver, seen
    finally:
        pty.unplug()


async def scanned(seen: Seen, text: str) -> None:
    """Wait for the next text and see that it is this one."""
    found = await seen.until(lambda o: isinstance(o, CodeScanned))
    assert isinstance(found, CodeScanned)
    assert (found.device, found.text) == ("scanner", text)


def test_a_scanner_fresh_from_the_box_is_set_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scanner(tmp_path) as (board, _, driver, seen):
            await eventually(lambda: driver.configured)
            assert board.mode == "sensor"
            assert board.register(TAIL) >> 5 & 3 == 0
            assert board.register(MODE) & 0xFC == 0xD4
            assert not board.show_setup_code(MODE, 0xD4)
            assert board.register(SETUP_CODES) == 0x02
            await seen.condition("scanner", "ok")

            assert board.scan(TOKEN)
            await scanned(seen, TOKEN)

    play(scenario())


def test_a_payload_in_two_parts_is_one_text(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scanner(tmp_path) as (board, _, driver, seen):
            await eventually(lambda: driver.configured)
            board.split_at, board.split_ms = 100, 90
            board.scan(TOKEN)
            await scanned(seen, TOKEN)

    play(scenario())


def test_a_code_merged_with_an_acknowledgement_is_not_lost(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scanner(tmp_path, faults=Faults(delay_ms=100)) as (board, _, driver, seen):
            board.scan_at_next_ack("4711")
            await scanned(seen, "4711")
            await eventually(lambda: driver.configured)

    play(scenario())


def test_the_same_code_held_before_the_lens_is_one_scan(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scanner(tmp_path) as (board, _, driver, seen):
            await eventually(lambda: driver.configured)
            for _ in range(5):
                board.scan("4711")
            board.scan("4712")
            await seen.until(lambda o: isinstance(o, CodeScanned) and o.text == "4712")

        assert [o.text for o in seen.all if isinstance(o, CodeScanned)] == ["4711", "4712"]

    play(scenario())


def test_settings_lost_in_a_power_cut_are_made_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scanner(tmp_path) as (board, _, driver, seen):
            await eventually(lambda: driver.configured)
            board.faults.always = Faults(mute=True)
            await seen.condition("scanner", "mute")
            board.power_cycle()
            assert board.mode == "button"
            board.faults.clear()
            await seen.condition("scanner", "ok")
            await eventually(lambda: board.mode == "sensor")

    play(scenario())


def test_a_scanner_that_takes_no_settings_is_listened_to_all_the_same(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scanner(tmp_path, configure=False) as (board, pty, driver, seen):
            await seen.condition("scanner", "ok")
            pty.noise(b"no tail, only silence")
            await scanned(seen, "no tail, only silence")
            assert not driver.configured
            assert board.mode == "button"

    play(scenario())


def test_a_flood_is_cut_and_the_next_code_is_read(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scanner(tmp_path) as (board, pty, driver, seen):
            await eventually(lambda: driver.configured)
            pty.noise(b"9" * 5_000 + b"\r")
            board.scan("4711")
            await scanned(seen, "4711")

    play(scenario())


@pytest.mark.parametrize("noise", [b"\x02\x00\x00\xff", b"\xff\x00\x02", b"\x03"])
def test_a_code_behind_noise_and_silence_is_read(tmp_path: Path, noise: bytes) -> None:
    async def scenario() -> None:
        async with scanner(tmp_path) as (board, pty, driver, seen):
            await eventually(lambda: driver.configured)
            pty.noise(noise)
            await asyncio.sleep(0.5)  # longer than any silence that ends a text
            board.scan("4711")
            await seen.until(lambda o: isinstance(o, CodeScanned) and o.text == "4711")

    play(scenario())


def test_pulling_the_adapter_is_told_and_plugging_it_in_resumes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scanner(tmp_path) as (board, pty, driver, seen):
            await seen.condition("scanner", "ok")
            pty.unplug()
            await seen.condition("scanner", "unplugged")
            assert not driver.configured or board.mode == "sensor"
            pty.plug()
            await seen.condition("scanner", "ok")
            await eventually(lambda: driver.configured)
            board.scan("4711")
            await scanned(seen, "4711")

    play(scenario())
