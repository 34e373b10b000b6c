"""The ledger keeps every act that was written, over kills and second openings."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_sim.ledger.act import Act
from firmware_sim.ledger.store import Ledger, LedgerError, find_ledgers, read_records

CHARGE = Act("charge", 1_700_000_000_000, 1_700_000_060_000, "charger", 2, 31)
VISIT = Act(
    "visit",
    1_700_000_100_000,
    1_700_000_100_400,
    "scanner",
    None,
    None,
    None,
    "code",
    "00112233445566ff",
    1,
)


def _ledger(path: Path, station: str = "yz-001") -> Ledger:
    return Ledger(path, station=station, seed=7, tempo=60.0)


def test_acts_come_back_as_written(tmp_path: Path) -> None:
    with _ledger(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.write(CHARGE) == 1
        ledger.write_all([VISIT, CHARGE])
        assert ledger.acts() == [CHARGE, VISIT, CHARGE]
        assert [ledger.meta(k) for k in ("station", "seed", "tempo")] == ["yz-001", "7", "60"]
    records = read_records(tmp_path / "ledger.sqlite")
    assert [(r.station, r.id, r.act.kind) for r in records] == [
        ("yz-001", 1, "charge"),
        ("yz-001", 2, "visit"),
        ("yz-001", 3, "charge"),
    ]


def test_a_ledger_in_use_can_be_read(tmp_path: Path) -> None:
    with _ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write(CHARGE)
        assert [r.act for r in read_records(tmp_path / "ledger.sqlite")] == [CHARGE]


def test_a_second_opening_continues_and_another_station_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with _ledger(path) as ledger:
        ledger.write(CHARGE)
    with _ledger(path) as ledger:
        ledger.write(VISIT)
        assert ledger.acts() == [CHARGE, VISIT]
    with pytest.raises(LedgerError, match="ledger of yz-001, not of yz-002"):
        _ledger(path, "yz-002")


def test_a_failed_batch_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = CHARGE._replace(ended=None)  # type: ignore[arg-type]  # what must not be stored
    with _ledger(tmp_path / "ledger.sqlite") as ledger:
        with pytest.raises(Exception, match="NOT NULL"):
            ledger.write_all([VISIT, broken])
        assert ledger.acts() == []


def test_only_ledgers_are_found(tmp_path: Path) -> None:
    (tmp_path / "yz-001").mkdir()
    (tmp_path / "yz-001" / "state").mkdir()
    _ledger(tmp_path / "yz-001" / "history.sqlite").close()
    _ledger(tmp_path / "yz-001" / "ledger.sqlite").close()
    (tmp_path / "yz-001" / "state" / "outbox.sqlite").write_bytes(b"not a database at all")
    found = [path.name for path in find_ledgers(tmp_path)]
    assert found == ["history.sqlite", "ledger.sqlite"]


def test_what_is_no_database_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"x" * 4096)
    with pytest.raises(LedgerError, match="is no ledger"):
        _ledger(path)


_WRITER = """
import sys
from pathlib import Path
from firmware_sim.ledger.act import Act
from firmware_sim.ledger.store import Ledger
ledger = Ledger(Path(sys.argv[1]), station="yz-001", seed=1, tempo=1)
n = 0
while True:
    n += 1
    ledger.write(Act("draw", n, n, "water", 1, n))
    print(n, flush=True)
"""


def test_every_act_told_written_is_there_after_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(50)]
        os.kill(writer.pid, signal.SIGKILL)
        told += [int(line) for line in writer.stdout if line.endswith("\n")]
    amounts = [record.act.amount for record in read_records(path)]
    assert amounts[: len(told)] == told
    assert len(amounts) - len(told) in (0, 1)
