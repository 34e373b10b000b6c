"""The scanner: the vendor's frames, reading modes, tails, set-up codes, merged and split codes."""

import asyncio
from binascii import crc_hqx

import pytest

from firmware_sim.boards.gm65 import MODE, SETUP_CODES, TAIL, Gm65
from firmware_sim.wire.faults import Faults
from tests.wire.boards.lines import Wire, in_virtual_time, until

ACK = "02 00 00 01 00 33 31"
TRIGGER = "7E 00 08 01 00 02 01 02 DA"


def checked(body: str) -> str:
    """A reply with the check the standard library computes (CCITT, start 0)."""
    raw = bytes.fromhex(body)
    return (b"\x02\x00" + raw + crc_hqx(raw, 0).to_bytes(2, "big")).hex(" ").upper()


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (TRIGGER, ACK),
        ("7E 00 08 01 00 02 01 AB CD", ACK),
        ("7E 00 08 01 00 00 D5 EF 41", ACK),
        ("7E 00 07 01 00 00 01 01 41", checked("00 01 D6")),
        ("7E 00 07 01 00 2A 02 D8 0F", checked("00 02 39 01")),
        ("7E 00 08 02 00 2A 39 01 A7 EA", ACK),
        ("7E 00 09 01 00 00 00 DE C8", ACK),
        ("7E 00 08 01 00 D9 50 81 D3", ACK),
        ("7E 00 0A 01 00 00 00 30 1A", "03 00 00 01 00 33 31"),
        ("7E 00 08 01 00 03 02 01 88", ACK),
        ("7E 00 08 01 00 03 02 01 89", ""),
        ("7E 00 05 01 00 03 02 AB CD", ""),
    ],
)
def test_vendor_frames(request_: str, reply: str) -> None:
    async def run() -> None:
        assert Wire(Gm65()).ask(request_) == reply

    in_virtual_time(run)()


@pytest.mark.parametrize(
    ("value", "tail"), [(0x00, b"\r"), (0x20, b"\r\n"), (0x40, b"\t"), (0x60, b"")]
)
def test_payload_ends_with_the_tail_that_was_set(value: int, tail: bytes) -> None:
    async def run() -> None:
        scanner = Gm65()
        wire = Wire(scanner)
        wire.ask(f"7E 00 08 01 00 60 {value:02X} AB CD")
        wire.frames.clear()
        assert scanner.scan("亲邻-1")
        assert wire.frames == ["亲邻-1".encode() + tail]

    in_virtual_time(run)()


@in_virtual_time
async def test_in_command_mode_one_trigger_reads_one_code() -> None:
    scanner = Gm65(mode="command")
    wire = Wire(scanner)
    assert not scanner.scan("EARLY")
    assert wire.ask(TRIGGER) == ACK
    assert scanner.reading
    assert scanner.scan("FIRST")
    assert not scanner.scan("SECOND")
    assert wire.frames == [bytes.fromhex(ACK), b"FIRST"]


@pytest.mark.parametrize(("tenths", "seconds"), [(1, 0.1), (50, 5.0), (255, 25.5)])
def test_the_read_time_ends_a_trigger(tenths: int, seconds: float) -> None:
    async def run() -> None:
        scanner = Gm65(mode="command")
        wire = Wire(scanner)
        wire.ask(f"7E 00 08 01 00 06 {tenths:02X} AB CD")
        wire.ask(TRIGGER)
        await asyncio.sleep(seconds - 0.01)
        assert scanner.reading
        await asyncio.sleep(0.02)
        assert not scanner.scan("LATE")

    in_virtual_time(run)()


@in_virtual_time
async def test_a_read_time_of_zero_does_not_end() -> None:
    scanner = Gm65(mode="command")
    wire = Wire(scanner)
    wire.ask("7E 00 08 01 00 06 00 AB CD")
    wire.ask(TRIGGER)
    await asyncio.sleep(3600)
    assert scanner.scan("PATIENT")


@in_virtual_time
async def test_the_button_is_needed_after_a_factory_reset() -> None:
    scanner = Gm65()
    assert scanner.scan("BEFORE")
    Wire(scanner).ask("7E 00 08 01 00 D9 50 81 D3")
    assert scanner.mode == "button"
    assert not scanner.scan("AFTER")


@in_virtual_time
async def test_set_up_codes_work_until_they_are_switched_off() -> None:
    scanner = Gm65()
    assert scanner.show_setup_code(TAIL, 0x00)
    assert scanner.register(TAIL) == 0
    Wire(scanner).ask("7E 00 08 01 00 03 02 01 88")
    assert scanner.register(SETUP_CODES) == 0x02
    assert not scanner.show_setup_code(MODE, 0xD4)
    assert scanner.mode == "continuous"


@in_virtual_time
async def test_only_saved_registers_survive_a_loss_of_power() -> None:
    scanner = Gm65()
    wire = Wire(scanner)
    wire.ask("7E 00 08 01 00 60 00 AB CD")
    wire.ask("7E 00 09 01 00 00 00 DE C8")
    wire.ask("7E 00 08 01 00 00 D5 EF 41")
    assert not scanner.scan("COMMAND MODE")
    scanner.power_cycle()
    assert scanner.scan("CONTINUOUS MODE")
    assert wire.frames[-1] == b"CONTINUOUS MODE\r"


@in_virtual_time
async def test_payload_may_come_in_one_piece_with_the_acknowledgement() -> None:
    scanner = Gm65()
    wire = Wire(scanner)
    scanner.scan_at_next_ack("MERGED")
    wire.ask("7E 00 08 01 00 03 02 01 88")
    wire.receive(bytes.fromhex("7E 00 08 01 00 03 02 01 88"))
    assert wire.frames == [bytes.fromhex(ACK) + b"MERGED", bytes.fromhex(ACK)]


@in_virtual_time
async def test_payload_may_come_in_two_pieces() -> None:
    scanner = Gm65()
    scanner.split_at = 3
    wire = Wire(scanner)
    assert scanner.scan("ABCDEF")
    assert wire.frames == [b"ABC"]
    await until(lambda: len(wire.frames) == 2)
    assert wire.frames == [b"ABC", b"DEF"]


@in_virtual_time
async def test_a_mute_scanner_says_nothing_once() -> None:
    scanner = Gm65()
    wire = Wire(scanner)
    scanner.faults.once(Faults(mute=True))
    assert wire.ask(TRIGGER) == ""
    assert wire.ask(TRIGGER) == ACK
