"""GPIO edges in a FIFO: the kernel's struct, counters that never lose, a buffer that is full."""

import os
import struct
from pathlib import Path
from typing import NamedTuple

import pytest

from firmware_sim.wire.gpio import GpioFifo
from tests.wire.boards.lines import on_loop, until


class Edge(NamedTuple):
    timestamp_ns: int
    id: int
    offset: int
    seqno: int
    line_seqno: int


class Reader:
    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def edges(self) -> list[Edge]:
        data = b""
        try:
            while chunk := os.read(self._fd, 48 * 64):
                data += chunk
        except BlockingIOError:
            pass
        assert len(data) % 48 == 0
        found = []
        for fields in struct.iter_unpack("QIIIIIIIIII", data):
            assert fields[5:] == (0,) * 6
            found.append(Edge(*fields[:5]))
        return found

    def ended(self) -> bool:
        return os.read(self._fd, 1) == b""

    def close(self) -> None:
        os.close(self._fd)


@pytest.fixture
def gpio(tmp_path: Path) -> GpioFifo:
    fifo = GpioFifo(tmp_path / "gpio0")
    fifo.plug()
    return fifo


def test_pulses_are_rising_edges_numbered_by_chip_and_by_line(gpio: GpioFifo) -> None:
    reader = Reader(gpio.path)
    gpio.pulse(17, 2)
    gpio.pulse(18)
    gpio.pulse(17)
    edges = reader.edges()
    assert [edge[1:] for edge in edges] == [
        (1, 17, 1, 1),
        (1, 17, 2, 2),
        (1, 18, 3, 1),
        (1, 17, 4, 3),
    ]
    assert [edge.timestamp_ns for edge in edges] == sorted(edge.timestamp_ns for edge in edges)
    reader.close()
    gpio.unplug()


def test_pulses_count_while_nobody_reads_and_wait_for_the_next_reader(gpio: GpioFifo) -> None:
    first = Reader(gpio.path)
    gpio.pulse(17, 450)
    assert first.edges()[-1].line_seqno == 450
    first.close()
    gpio.pulse(17, 300)
    second = Reader(gpio.path)
    edges = second.edges()
    assert [edge.line_seqno for edge in edges] == list(range(451, 751))
    second.close()
    gpio.unplug()


def test_a_full_fifo_drops_edges_and_the_gap_in_the_sequence_tells(gpio: GpioFifo) -> None:
    gpio.pulse(17, 3000)
    assert gpio.count(17) == 3000
    reader = Reader(gpio.path)
    edges = reader.edges()
    assert [edge.line_seqno for edge in edges] == list(range(1, 3001 - gpio.dropped))
    assert gpio.dropped > 0
    gpio.pulse(17)
    assert [edge.line_seqno for edge in reader.edges()] == [3001]
    reader.close()
    gpio.unplug()


@on_loop
async def test_a_press_is_a_rising_edge_and_later_a_falling_one(tmp_path: Path) -> None:
    gpio = GpioFifo(tmp_path / "gpio0")
    gpio.plug()
    reader = Reader(gpio.path)
    gpio.press(22, held_ms=5)
    assert [edge[1:] for edge in reader.edges()] == [(1, 22, 1, 1)]
    await until(lambda: gpio.count(22) == 2)
    assert [edge[1:] for edge in reader.edges()] == [(2, 22, 2, 2)]
    gpio.press(23, held_ms=5, bounces=2)
    await until(lambda: gpio.count(23) == 6)
    assert [edge.id for edge in reader.edges()] == [1, 2, 1, 2, 1, 2]
    reader.close()
    gpio.unplug()
    gpio.press(22, held_ms=0)


def test_unplugged_fifo_ends_for_its_reader(gpio: GpioFifo) -> None:
    reader = Reader(gpio.path)
    gpio.unplug()
    gpio.unplug()
    assert reader.ended()
    assert not gpio.path.exists()
    reader.close()


def test_a_fifo_that_is_there_is_taken_over_but_a_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "gpio0"
    os.mkfifo(path)
    reader = Reader(path)
    gpio = GpioFifo(path)
    gpio.plug()
    gpio.pulse(17)
    assert [edge.line_seqno for edge in reader.edges()] == [1]
    reader.close()
    gpio.unplug()
    path.write_text("letters")
    with pytest.raises(FileExistsError):
        gpio.plug()
