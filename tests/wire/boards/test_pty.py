"""A simulated serial port: raw bytes, faults on the wire, unplugging."""

import asyncio
import gc
from pathlib import Path

import pytest

from firmware_sim.boards.lock8a import Lock8a
from firmware_sim.boards.pzem016 import Pzem016
from firmware_sim.boards.waveshare_relay import WaveshareRelay
from firmware_sim.wire.faults import Faults
from firmware_sim.wire.line import Receive, Send
from firmware_sim.wire.pty import Pty
from firmware_sim.wire.rtu import Adu, Bus
from tests.wire.boards.lines import PATIENCE_S, Port, on_loop, until

THRESHOLD = "01 03 00 01 00 02 95 CB"
THRESHOLD_REPLY = Adu(1, bytes.fromhex("03 04 0898 0001")).rtu().hex(" ").upper()
RESET = "01 42 80 11"


class Tap:
    """A device that keeps what arrives."""

    def __init__(self) -> None:
        self.received = b""
        self.lines: list[Send] = []

    def connect(self, send: Send) -> Receive:
        self.lines.append(send)
        return self._receive

    def disconnect(self, send: Send) -> None:
        self.lines.remove(send)

    def _receive(self, data: bytes) -> None:
        self.received += data


def open_files() -> list[Path]:
    gc.collect()
    return sorted(Path("/proc/self/fd").iterdir())


@on_loop
async def test_every_byte_value_passes_both_ways_unchanged(tmp_path: Path) -> None:
    tap = Tap()
    pty = Pty(tap, link=tmp_path / "bus0")
    pty.plug()
    every = bytes(range(256))
    with Port(pty.path) as port:
        port.write(every.hex())
        await until(lambda: len(tap.received) >= 256)
        assert tap.received == every
        tap.lines[0](every)
        assert await port.read(256) == every.hex(" ").upper()
    pty.unplug()


@on_loop
async def test_a_reader_may_come_and_go(tmp_path: Path) -> None:
    pty = Pty(Bus([Pzem016(threshold_w=2200)]), link=tmp_path / "bus0")
    pty.plug()
    for _ in range(3):
        with Port(pty.path) as port:
            assert await port.ask(THRESHOLD, 9) == THRESHOLD_REPLY
    pty.unplug()


@on_loop
async def test_a_request_in_single_bytes_is_answered(tmp_path: Path) -> None:
    pty = Pty(Bus([Pzem016(threshold_w=2200)], silence_ms=PATIENCE_S * 1000), link=tmp_path / "b")
    pty.plug()
    with Port(pty.path) as port:
        for byte in THRESHOLD.split():
            port.write(byte)
            await asyncio.sleep(0)
        assert await port.read(9) == THRESHOLD_REPLY
    pty.unplug()


@on_loop
async def test_a_request_right_behind_garbage_is_answered_after_silence(tmp_path: Path) -> None:
    pty = Pty(Bus([Pzem016(threshold_w=2200)]), link=tmp_path / "bus0")
    pty.plug()
    with Port(pty.path) as port:
        # The garbage promises a write of 60 bytes that never come.
        assert await port.ask("01 10 00 00 00 1E 3C" + THRESHOLD, 9) == THRESHOLD_REPLY
    pty.unplug()


@pytest.mark.parametrize(
    ("faults", "on_the_wire"),
    [
        (Faults(flip_byte=-1), "01 42 80 10"),
        (Faults(flip_byte=1), "01 43 80 11"),
        (Faults(truncate=3), "01 42 80"),
        (Faults(wrong_id=9), Adu(9, b"\x42").rtu().hex(" ").upper()),
        (Faults(duplicate=True), "01 42 80 11 01 42 80 11"),
        (Faults(noise=b"\x00\xff"), "00 FF 01 42 80 11"),
        (Faults(drip_ms=1), "01 42 80 11"),
        (Faults(delay_ms=3), "01 42 80 11"),
        (Faults(mute=True), ""),
    ],
)
def test_a_fault_of_one_answer_shows_on_the_wire_and_the_next_answer_is_clean(
    tmp_path: Path, faults: Faults, on_the_wire: str
) -> None:
    async def run() -> None:
        meter = Pzem016(threshold_w=2200)
        pty = Pty(Bus([meter]), link=tmp_path / "bus0")
        pty.plug()
        meter.faults.once(faults)
        with Port(pty.path) as port:
            faulty = len(bytes.fromhex(on_the_wire))
            assert await port.ask(RESET, faulty) == on_the_wire
            assert await port.ask(THRESHOLD, 9) == THRESHOLD_REPLY
        pty.unplug()

    on_loop(run)()


@on_loop
async def test_an_unknown_id_is_silent_and_its_neighbour_still_answers(tmp_path: Path) -> None:
    pty = Pty(Bus([Pzem016(threshold_w=2200)]), link=tmp_path / "bus0")
    pty.plug()
    with Port(pty.path) as port:
        port.write(Adu(77, bytes.fromhex("03 0001 0002")).rtu().hex())
        assert await port.ask(THRESHOLD, 9) == THRESHOLD_REPLY
    pty.unplug()


@on_loop
async def test_a_late_answer_comes_after_the_next_one(tmp_path: Path) -> None:
    meter = Pzem016(threshold_w=2200)
    pty = Pty(Bus([meter]), link=tmp_path / "bus0")
    pty.plug()
    meter.faults.once(Faults(delay_ms=100))
    with Port(pty.path) as port:
        port.write(RESET + THRESHOLD)
        assert await port.read(13) == f"{THRESHOLD_REPLY} {RESET}"
    pty.unplug()


@on_loop
async def test_local_echo_of_an_unlock_looks_like_its_failure(tmp_path: Path) -> None:
    rack = Lock8a(reply_ms=1)
    pty = Pty(rack, link=tmp_path / "lock0", local_echo=True)
    pty.plug()
    with Port(pty.path) as port:
        assert await port.ask("8A 01 01 11 9B", 10) == "8A 01 01 11 9B 8A 01 01 00 8A"
    pty.unplug()


@on_loop
async def test_noise_comes_without_a_request(tmp_path: Path) -> None:
    pty = Pty(Bus(), link=tmp_path / "bus0")
    pty.noise(b"nobody hears this")
    pty.plug()
    with Port(pty.path) as port:
        pty.noise(b"\x00\xff")
        assert await port.read(2) == "00 FF"
    pty.unplug()


@on_loop
async def test_unplugged_port_is_gone_for_its_reader_and_back_under_the_same_name(
    tmp_path: Path,
) -> None:
    relay = WaveshareRelay()
    pty = Pty(Bus([relay]), link=tmp_path / "bus0")
    pty.plug()
    pty.plug()
    switch, read = "01 05 00 00 FF 00 8C 3A", "01 01 00 00 00 08 3D CC"
    with Port(pty.path) as port:
        assert await port.ask(switch, 8) == switch
        pty.unplug()
        pty.unplug()
        assert not pty.path.is_symlink()
        with pytest.raises(OSError, match="Input/output error"):
            port.write(read)
    pty.plug()
    assert pty.plugged
    with Port(pty.path) as port:
        assert await port.ask(read, 6) == Adu(1, b"\x01\x01\x01").rtu().hex(" ").upper()
    pty.unplug()


@on_loop
async def test_an_answer_still_on_its_way_is_lost_when_unplugged(tmp_path: Path) -> None:
    meter = Pzem016(threshold_w=2200, energy_wh=5)
    pty = Pty(Bus([meter]), link=tmp_path / "bus0")
    pty.plug()
    meter.faults.once(Faults(delay_ms=20))
    with Port(pty.path) as port:
        port.write(RESET)
        await until(lambda: meter.energy_wh == 0)
    pty.unplug()
    pty.plug()
    meter.faults.once(Faults(delay_ms=60))
    with Port(pty.path) as port:
        assert await port.ask(THRESHOLD, 9) == THRESHOLD_REPLY
    pty.unplug()


@on_loop
async def test_what_a_full_port_cannot_take_is_lost_and_counted(tmp_path: Path) -> None:
    tap = Tap()
    pty = Pty(tap, link=tmp_path / "bus0")
    pty.plug()
    for _ in range(100):
        tap.lines[0](bytes(1000))
    assert 0 < pty.lost_bytes < 100_000
    with Port(pty.path) as port:
        assert await port.read(100_000 - pty.lost_bytes)
        tap.lines[0](b"\x01")
        assert await port.read(1) == "01"
    pty.unplug()


@on_loop
async def test_a_stale_link_is_replaced_but_a_file_of_somebody_is_not(tmp_path: Path) -> None:
    link = tmp_path / "bus0"
    link.symlink_to(tmp_path / "gone")
    pty = Pty(Bus(), link=link)
    pty.plug()
    with Port(link) as port:
        pty.noise(b"\x01")
        assert await port.read(1) == "01"
    pty.unplug()
    link.write_text("letters")
    with pytest.raises(FileExistsError, match="bus0"):
        pty.plug()
    assert link.read_text() == "letters"


@on_loop
async def test_a_port_in_a_folder_that_is_not_there_fails_and_leaves_nothing_open(
    tmp_path: Path,
) -> None:
    before = open_files()
    with pytest.raises(FileNotFoundError):
        Pty(Bus(), link=tmp_path / "none" / "bus0").plug()
    assert open_files() == before
