"""The request framer and the bus: lengths, resynchronisation, silence and collisions."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.boards.pzem016 import Pzem016
from firmware_sim.boards.waveshare_relay import WaveshareRelay
from firmware_sim.wire import crc
from firmware_sim.wire.rtu import Adu, Bus, Framer, collide, request_length
from tests.wire.boards.lines import Wire, in_virtual_time

READ = Adu(1, bytes.fromhex("04 0000 000A"))
WRITE_COILS = Adu(10, bytes.fromhex("0F 0000 0008 01 FF"))

fixed = st.builds(
    lambda code, rest: bytes((code,)) + rest,
    st.integers(1, 6),
    st.binary(min_size=4, max_size=4),
)
counted = st.binary(min_size=1, max_size=100).map(
    lambda data: bytes.fromhex("10 0000 0001") + bytes((len(data),)) + data
)
requests = st.builds(Adu, st.integers(0, 255), fixed | counted | st.just(b"\x42"))


@pytest.mark.parametrize(
    ("head", "length"),
    [
        ("", None),
        ("01", None),
        ("01 04", 8),
        ("01 42", 4),
        ("F8 41", 6),
        ("01 0F 00 00 00 08", None),
        ("01 0F 00 00 00 08 01", 10),
        ("01 10 00 00 00 02 04", 13),
        ("01 10 00 00 00 02 FF", 0),
        ("01 65", 0),
    ],
)
def test_length_follows_from_the_function_code(head: str, length: int | None) -> None:
    assert request_length(bytes.fromhex(head)) == length


@given(st.lists(requests, max_size=5), st.data())
def test_requests_are_found_however_the_stream_is_cut(
    asked: list[Adu], data: st.DataObject
) -> None:
    stream = b"".join(adu.rtu() for adu in asked)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    framer = Framer()
    found: list[Adu] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += framer.feed(stream[start:end])
    assert found == asked
    assert framer.silence() == []


@given(st.binary(max_size=600))
def test_a_request_after_any_garbage_and_silence_is_found(garbage: bytes) -> None:
    framer = Framer()
    framer.feed(garbage)
    framer.silence()
    assert framer.feed(READ.rtu()) == [READ]


@given(st.binary(max_size=300))
def test_a_request_right_behind_garbage_is_found_when_the_line_falls_silent(garbage: bytes) -> None:
    framer = Framer()
    found = framer.feed(garbage + READ.rtu()) + framer.silence()
    # Garbage may swallow the request only by being, with it, a valid frame itself.
    assert READ in found or any(len(adu.pdu) > 5 for adu in found)


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_a_bus_answers_after_any_garbage_and_silence(chunks: list[bytes]) -> None:
    async def run() -> None:
        meter = Pzem016(address=1)
        wire = Wire(Bus([meter, WaveshareRelay(address=10)]))
        for chunk in chunks:
            wire.receive(chunk)
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        request = Adu(meter.address, bytes.fromhex("03 0002 0001"))
        reply = Adu(meter.address, bytes((3, 2, 0, meter.address)))
        assert wire.ask(request.rtu().hex()) == reply.rtu().hex(" ").upper()

    in_virtual_time(run)()


def test_idle_noise_in_front_of_a_request_does_not_delay_it() -> None:
    assert Framer().feed(b"\x00\xff" + READ.rtu()) == [READ]


def test_a_request_with_a_wrong_check_is_dropped_and_the_next_one_found() -> None:
    broken = bytearray(READ.rtu())
    broken[-1] ^= 1
    assert Framer().feed(bytes(broken) + WRITE_COILS.rtu()) == [WRITE_COILS]


def test_an_unknown_function_code_is_answered_with_exception_1() -> None:
    async def run() -> None:
        wire = Wire(Bus([Pzem016()]))
        request = Adu(1, bytes.fromhex("65 01 02")).rtu()
        assert wire.ask(request.hex()) == Adu(1, bytes.fromhex("E5 01")).rtu().hex(" ").upper()

    in_virtual_time(run)()


@in_virtual_time
async def test_a_slave_that_is_not_there_or_has_no_power_is_silent() -> None:
    meter = Pzem016()
    wire = Wire(Bus([meter]))
    assert wire.ask(Adu(2, READ.pdu).rtu().hex()) == ""
    meter.powered = False
    assert wire.ask(READ.rtu().hex()) == ""
    meter.powered = True
    assert wire.ask(READ.rtu().hex()) != ""


@in_virtual_time
async def test_a_broadcast_is_carried_out_by_all_and_answered_by_none() -> None:
    first, second = WaveshareRelay(address=10), WaveshareRelay(address=11)
    wire = Wire(Bus([first, second]))
    assert wire.ask(Adu(0, bytes.fromhex("05 0003 FF00")).rtu().hex()) == ""
    assert first.is_on(4)
    assert second.is_on(4)


@in_virtual_time
async def test_two_slaves_at_one_address_collide() -> None:
    first, second = Pzem016(), Pzem016(energy_wh=5)
    bus = Bus([first, second])
    wire = Wire(bus)
    wire.ask(READ.rtu().hex())
    (mixed,) = wire.frames
    assert crc.modbus(mixed[:-2]) != mixed[-2:]
    bus.remove(second)
    wire.ask(READ.rtu().hex())
    (clean,) = wire.frames
    assert crc.modbus(clean[:-2]) == clean[-2:]


@given(st.lists(requests.map(Adu.rtu), min_size=2, max_size=3))
def test_a_collision_never_passes_the_check(frames: list[bytes]) -> None:
    mixed = collide(frames)
    assert len(mixed) == max(map(len, frames))
    assert crc.modbus(mixed[:-2]) != mixed[-2:]
