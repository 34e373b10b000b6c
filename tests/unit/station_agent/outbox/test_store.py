"""The outbox file: facts survive, numbers never repeat, drops are counted, damage is survived."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from protocol.events import Event, Sample, Visit
from station_agent.outbox.store import Outbox

AT = 1_790_000_000_000


def _fact(mono: int = 1) -> Event:
    return Visit(at=AT, mono=mono, by="tap")


def _sample(mono: int = 1) -> Event:
    return Sample(at=AT, mono=mono, device="charger", unit=1, values={"power_mw": mono})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "outbox.sqlite"


@pytest.fixture
def epochs() -> Iterator[int]:
    return count(100)


def _open(path: Path, epochs: Iterator[int], max_bytes: int = 2**20) -> Outbox:
    return Outbox(path, new_epoch=lambda: next(epochs), max_bytes=max_bytes)


class Ear:
    """Hears what the outbox tells."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int, int]] = []

    def appended(self, lo: int, hi: int) -> None:
        self.heard.append(("appended", lo, hi))

    def dropped(self, lo: int, hi: int) -> None:
        self.heard.append(("dropped", lo, hi))

    def renewed(self) -> None:
        self.heard.append(("renewed", 0, 0))


def test_events_are_numbered_from_one_and_read_back(path: Path, epochs: Iterator[int]) -> None:
    outbox = _open(path, epochs)
    assert outbox.append([_fact(1), _fact(2)]) == [1, 2]
    assert outbox.append_samples([_sample(3)]) == [3]
    rows = outbox.read([(1, 3)], limit=10, max_bytes=10_000)
    assert [seq for seq, _ in rows] == [1, 2, 3]
    assert b'"seq":3' in rows[2][1]


def test_numbers_go_on_after_everything_was_forgotten(path: Path, epochs: Iterator[int]) -> None:
    outbox = _open(path, epochs)
    outbox.append([_fact(), _fact()])
    outbox.forget([(1, 2)])
    outbox.close()
    again = _open(path, epochs)
    assert (again.epoch, again.append([_fact()])) == (outbox.epoch, [3])


def test_what_is_kept_goes_with_the_facts(path: Path, epochs: Iterator[int]) -> None:
    outbox = _open(path, epochs)
    outbox.append([_fact()], keep={"charge/1": b"open", "gate/a": b"1"})
    outbox.append([], keep={"charge/1": b""})
    outbox.close()
    assert _open(path, epochs).kept("") == {"gate/a": b"1"}
    assert _open(path, epochs).kept("charge/") == {}


def test_samples_are_dropped_first_oldest_first_and_counted(
    path: Path, epochs: Iterator[int]
) -> None:
    outbox = _open(path, epochs, max_bytes=10_000)
    ear = Ear()
    outbox.listen(ear)
    facts = outbox.append([_fact(n) for n in range(50)])
    for n in range(200):
        outbox.append_samples([_sample(n)])
    stats = outbox.stats()
    assert stats.size <= 10_000
    assert stats.dropped_facts == 0
    assert stats.dropped_samples == 250 - stats.events
    held = set(outbox.held())
    assert set(facts) <= held
    dropped = [r for kind, lo, hi in ear.heard if kind == "dropped" for r in range(lo, hi + 1)]
    assert dropped == list(range(51, 51 + stats.dropped_samples))
    assert not held & set(dropped)


def test_facts_go_only_beyond_twice_the_bound_and_are_counted(
    path: Path, epochs: Iterator[int]
) -> None:
    outbox = _open(path, epochs, max_bytes=5_000)
    for n in range(60):
        outbox.append([_fact(n)])
    assert outbox.stats().dropped_facts == 0
    for n in range(400):
        outbox.append([_fact(n)])
    stats = outbox.stats()
    assert stats.size <= 10_000 + 200
    assert stats.dropped_facts == 460 - stats.events
    outbox.close()
    assert _open(path, epochs).stats().dropped_facts == stats.dropped_facts


@pytest.mark.parametrize("damage", [b"not a database at all", bytes(4096)])
def test_a_corrupt_file_is_moved_aside_and_a_new_epoch_begins(
    path: Path, epochs: Iterator[int], damage: bytes
) -> None:
    outbox = _open(path, epochs)
    outbox.append([_fact()])
    outbox.close()
    path.write_bytes(damage * 3)
    again = _open(path, epochs)
    assert again.epoch != outbox.epoch
    assert again.append([_fact()]) == [1]
    kept = sorted(p.name for p in path.parent.iterdir() if "corrupt" in p.name)
    assert kept[0] == "outbox.sqlite.corrupt-0"


def test_damage_while_running_begins_a_new_epoch_and_the_fact_is_kept(
    path: Path, epochs: Iterator[int]
) -> None:
    outbox = _open(path, epochs)
    ear = Ear()
    outbox.append([_fact(n) for n in range(300)])
    outbox.listen(ear)
    first = outbox.epoch
    outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(os.urandom(size))
    outbox._db.execute("PRAGMA shrink_memory")
    assert outbox.append([_fact(7)]) == [1]
    assert outbox.epoch != first
    assert ("renewed", 0, 0) in ear.heard
    assert [seq for seq, _ in outbox.read([(1, 9)], limit=9, max_bytes=9_999)] == [1]


def test_read_keeps_to_its_bounds_but_always_gives_something(
    path: Path, epochs: Iterator[int]
) -> None:
    outbox = _open(path, epochs)
    outbox.append([_fact(n) for n in range(20)])
    size = len(outbox.read([(1, 1)], limit=1, max_bytes=1)[0][1])
    assert [s for s, _ in outbox.read([(1, 20)], limit=20, max_bytes=1)] == [1]
    assert [s for s, _ in outbox.read([(3, 4), (9, 20)], limit=3, max_bytes=9_999)] == [3, 4, 9]
    assert len(outbox.read([(1, 9)], limit=20, max_bytes=size * 3)) == 3


_WRITER = """
import sys
from pathlib import Path
from protocol.events import Visit
from station_agent.outbox.store import Outbox
outbox = Outbox(Path(sys.argv[1]), new_epoch=lambda: 5, max_bytes=2**24)
while True:
    three = [Visit(at=1_790_000_000_000, mono=1, by="tap")] * 3
    seqs = outbox.append(three, keep={"n": b"%d" % outbox._next})
    print(seqs[-1], flush=True)
"""


def test_a_kill_in_the_middle_of_a_write_keeps_every_confirmed_fact(
    path: Path, epochs: Iterator[int]
) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    confirmed = 0
    for line in writer.stdout:
        confirmed = int(line)
        if confirmed > 60:
            break
    os.kill(writer.pid, signal.SIGKILL)
    confirmed = max([confirmed, *map(int, writer.stdout.read().split()[:-1])])
    writer.wait()
    writer.stdout.close()
    outbox = _open(path, epochs)
    held = outbox.held().ranges()
    assert held[0][0] == 1
    assert held == [(1, held[0][1])]
    assert held[0][1] >= confirmed
    assert held[0][1] % 3 == 0
    assert outbox.kept("n") == {"n": b"%d" % (held[0][1] - 2)}
    assert outbox.append([_fact()]) == [held[0][1] + 1]
