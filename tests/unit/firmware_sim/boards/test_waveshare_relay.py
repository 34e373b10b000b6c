"""The relay board: the vendor's frames, toggles and flashes that end by themselves."""

import pytest

from firmware_sim.boards.waveshare_relay import WaveshareRelay
from firmware_sim.wire.rtu import Adu, Bus
from tests.wire.boards.lines import Wire, in_virtual_time, now_ms, until

ALL = {*range(1, 9)}


def on(relay: WaveshareRelay) -> set[int]:
    return {channel for channel in ALL if relay.is_on(channel)}


@pytest.mark.parametrize(
    ("request_", "reply", "before", "after"),
    [
        ("01 05 00 00 FF 00 8C 3A", "01 05 00 00 FF 00 8C 3A", set(), {1}),
        ("01 05 00 00 00 00 CD CA", "01 05 00 00 00 00 CD CA", {1, 2}, {2}),
        ("01 05 00 00 55 00 F2 9A", "01 05 00 00 55 00 F2 9A", set(), {1}),
        ("01 05 00 00 55 00 F2 9A", "01 05 00 00 55 00 F2 9A", {1}, set()),
        ("01 05 00 FF FF 00 BC 0A", "01 05 00 FF FF 00 BC 0A", {3}, ALL),
        ("01 05 00 FF 00 00 FD FA", "01 05 00 FF 00 00 FD FA", {3}, set()),
        ("01 05 02 00 00 07 8D B0", "01 05 02 00 00 07 8D B0", set(), {1}),
        ("01 05 02 01 00 08 9C 74", "01 05 02 01 00 08 9C 74", set(), {2}),
        ("01 05 04 00 00 07 8D 38", "01 05 04 00 00 07 8D 38", {1, 8}, {8}),
        ("01 01 00 00 00 08 3D CC", "01 01 01 05 91 8B", {1, 3}, {1, 3}),
        ("01 0F 00 00 00 08 01 FF BE D5", "01 0F 00 00 00 08 54 0D", {1}, ALL),
        ("00 06 40 00 00 02 1C 1A", "", {4}, {4}),
    ],
)
def test_vendor_frames(request_: str, reply: str, before: set[int], after: set[int]) -> None:
    async def run() -> None:
        relay = WaveshareRelay()
        for channel in before:
            relay.set_channel(channel, on=True)
        assert Wire(Bus([relay])).ask(request_) == reply
        assert on(relay) == after

    in_virtual_time(run)()


@in_virtual_time
async def test_settings_are_read_and_written_as_the_vendor_prints() -> None:
    relay = WaveshareRelay()
    wire = Wire(Bus([relay]))
    wire.ask("00 06 40 00 00 02 1C 1A")
    assert relay.address == 2
    assert wire.ask("00 03 40 00 00 01 90 1B") == (
        Adu(2, bytes.fromhex("03 02 0002")).rtu().hex(" ").upper()
    )
    relay.address = 1
    assert wire.ask("00 03 80 00 00 01 AC 1B") == ""
    assert relay.serve(Adu(1, bytes.fromhex("03 8000 0001"))) == Adu(1, b"\x03\x02\x00\xc8")
    assert relay.serve(Adu(1, bytes.fromhex("06 2000 0001"))) == Adu(1, b"\x06\x20\x00\x00\x01")


@pytest.mark.parametrize(
    ("pdu", "reply"),
    [
        ("05 0008 FF00", "85 02"),
        ("05 0000 1234", "85 03"),
        ("05 0200 0000", "85 03"),
        ("05 0200 FF00", "85 03"),
        ("05 0208 0001", "85 02"),
        ("01 0001 0008", "81 02"),
        ("01 0000 0009", "81 03"),
        ("02 0000 0008", "82 01"),
        ("03 1000 0001", "83 02"),
        ("06 1000 0001", "86 02"),
        ("06 4000 0000", "86 03"),
        ("0F 0000 0009 02 FF01", "8F 03"),
        ("0F 0004 0005 01 FF", "8F 02"),
        ("0F 0000", "8F 03"),
    ],
)
def test_what_the_board_refuses(pdu: str, reply: str) -> None:
    relay = WaveshareRelay()
    assert relay.serve(Adu(1, bytes.fromhex(pdu))) == Adu(1, bytes.fromhex(reply))
    assert on(relay) == set()


def test_the_vendors_exception_frame() -> None:
    assert Adu(1, bytes.fromhex("85 03")).rtu() == bytes.fromhex("01 85 03 02 91")


def test_one_write_toggles_every_relay() -> None:
    relay = WaveshareRelay()
    relay.set_channel(2, on=True)
    relay.serve(Adu(1, bytes.fromhex("05 01FF FF00")))
    assert on(relay) == ALL - {2}


def test_part_of_the_channels_can_be_written_and_read() -> None:
    relay = WaveshareRelay()
    relay.serve(Adu(1, bytes.fromhex("0F 0002 0003 01 FD")))
    assert on(relay) == {3, 5}
    assert relay.serve(Adu(1, bytes.fromhex("01 0002 0003"))) == Adu(1, b"\x01\x01\x05")


@in_virtual_time
async def test_a_flash_ends_by_itself_and_both_edges_are_told() -> None:
    relay = WaveshareRelay()
    relay.set_channel(8, on=True)
    moves: list[tuple[float, int, bool]] = []
    relay.on_change(lambda channel, on: moves.append((now_ms(), channel, on)))
    relay.serve(Adu(1, bytes.fromhex("05 0206 0007")))
    relay.serve(Adu(1, bytes.fromhex("05 0407 0010")))
    await until(lambda: len(moves) == 4)
    assert moves == [(0, 7, True), (0, 8, False), (700, 7, False), (1600, 8, True)]


@in_virtual_time
async def test_a_write_during_a_flash_ends_the_flash() -> None:
    relay = WaveshareRelay()
    moves: list[tuple[int, bool]] = []
    relay.on_change(lambda channel, on: moves.append((channel, on)))
    relay.serve(Adu(1, bytes.fromhex("05 0206 0001")))
    relay.serve(Adu(1, bytes.fromhex("05 0006 FF00")))
    relay.serve(Adu(1, bytes.fromhex("05 0205 0003")))
    await until(lambda: not relay.is_on(6))
    assert on(relay) == {7}
    assert moves == [(7, True), (6, True), (6, False)]


@in_virtual_time
async def test_a_second_flash_replaces_the_first() -> None:
    relay = WaveshareRelay()
    relay.serve(Adu(1, bytes.fromhex("05 0206 0001")))
    relay.serve(Adu(1, bytes.fromhex("05 0206 7FFF")))
    relay.serve(Adu(1, bytes.fromhex("05 0205 0002")))
    await until(lambda: not relay.is_on(6))
    assert on(relay) == {7}


def test_nobody_is_told_when_nothing_moves() -> None:
    relay = WaveshareRelay()
    moves: list[tuple[int, bool]] = []
    relay.on_change(lambda channel, on: moves.append((channel, on)))
    relay.serve(Adu(1, bytes.fromhex("05 0000 0000")))
    assert moves == []
