"""The transmitter: when bytes reach the line, in exact virtual time."""

import asyncio

import pytest

from firmware_sim.wire.faults import CLEAN, Faults
from firmware_sim.wire.line import Transmitter
from tests.wire.boards.lines import in_virtual_time, now_ms

PZEM_REPLY = bytes(25)


class Log:
    def __init__(self, baud: int | None = None) -> None:
        self.written: list[tuple[float, bytes]] = []
        self.line = Transmitter(lambda data: self.written.append((now_ms(), data)), baud=baud)


@pytest.mark.parametrize(
    ("faults", "written"),
    [
        (CLEAN, [(0, b"abc")]),
        (Faults(delay_ms=400), [(400, b"abc")]),
        (Faults(delay_ms=10, drip_ms=2), [(10, b"a"), (12, b"b"), (14, b"c")]),
    ],
)
def test_faults_in_time(faults: Faults, written: list[tuple[float, bytes]]) -> None:
    async def run() -> None:
        log = Log()
        log.line.send(b"abc", faults)
        await asyncio.sleep(1)
        assert log.written == written

    in_virtual_time(run)()


@in_virtual_time
async def test_reading_a_meter_takes_34_milliseconds_of_wire_at_9600_baud() -> None:
    log = Log(baud=9600)
    log.line.received(bytes(8))
    log.line.send(PZEM_REPLY)
    await asyncio.sleep(1)
    assert log.written == [(34.375, PZEM_REPLY)]


@in_virtual_time
async def test_frames_follow_one_another_on_a_paced_line() -> None:
    log = Log(baud=1000)
    log.line.send(b"1")
    log.line.send(b"22")
    await asyncio.sleep(1)
    log.line.send(b"3")
    await asyncio.sleep(1)
    assert log.written == [(10, b"1"), (30, b"22"), (1010, b"3")]


@in_virtual_time
async def test_an_echo_is_heard_while_the_request_is_sent() -> None:
    log = Log(baud=1000)
    log.line.received(b"ab", echo=True)
    log.line.send(b"c")
    await asyncio.sleep(1)
    assert log.written == [(20, b"ab"), (30, b"c")]


@in_virtual_time
async def test_a_late_answer_is_overtaken_by_the_next_one() -> None:
    log = Log()
    log.line.send(b"late", Faults(delay_ms=400))
    log.line.send(b"next")
    await asyncio.sleep(1)
    assert log.written == [(0, b"next"), (400, b"late")]


@in_virtual_time
async def test_nothing_is_sent_after_the_line_was_taken_away() -> None:
    log = Log()
    log.line.send(b"late", Faults(delay_ms=400))
    log.line.cancel()
    await asyncio.sleep(1)
    assert log.written == []
