"""A past is written whole or not at all, and never twice."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_sim.fleet.history import history
from firmware_sim.fleet.history_command import command
from firmware_sim.fleet.options import past_of
from firmware_sim.fleet.things import Told
from firmware_sim.fleet.write import new_epoch, write_past
from firmware_sim.ledger.store import read_records
from station_agent.outbox.store import Outbox


def told() -> list[Told]:
    return history(past_of("yz-002", days=3, seed=1), [])


def test_outbox_and_ledger_hold_the_same_past(tmp_path: Path) -> None:
    past = told()
    outbox, ledger = tmp_path / "state" / "outbox.sqlite", tmp_path / "history.sqlite"
    write_past(past, station="yz-002", seed=1, outbox=outbox, ledger=ledger)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history.sqlite", "state"]
    box = Outbox(outbox, new_epoch=new_epoch)
    try:
        assert box.held().ranges() == [(1, len(past))]
    finally:
        box.close()
    acts = [item.act for item in past if item.act is not None]
    assert [record.act for record in read_records(ledger)] == acts


def test_what_a_killed_run_left_is_made_again(tmp_path: Path) -> None:
    outbox, ledger = tmp_path / "outbox.sqlite", tmp_path / "ledger.sqlite"
    for name in ("outbox.sqlite.new", "ledger.sqlite.new", "ledger.sqlite.new-wal"):
        (tmp_path / name).write_bytes(b"half")
    ledger.write_bytes(b"half")
    past = told()
    write_past(past, station="yz-002", seed=1, outbox=outbox, ledger=ledger)
    assert len(read_records(ledger)) == sum(item.act is not None for item in past)


def test_a_past_is_never_written_over_an_outbox(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.sqlite"
    outbox.touch()
    with pytest.raises(FileExistsError, match="its past is written"):
        write_past([], station="yz-002", seed=1, outbox=outbox, ledger=tmp_path / "l.sqlite")


def test_the_history_command_writes_once(tmp_path: Path) -> None:
    words = ["--outbox", str(tmp_path / "o.sqlite"), "--ledger", str(tmp_path / "l.sqlite")]
    words += ["--station", "yz-002", "--days", "2"]
    first = CliRunner().invoke(command, words)
    assert first.exit_code == 0, first.output
    assert "events of 2 days" in first.output
    before = (tmp_path / "o.sqlite").read_bytes()
    second = CliRunner().invoke(command, words)
    assert (second.exit_code, "nothing written" in second.output) == (0, True)
    assert (tmp_path / "o.sqlite").read_bytes() == before
    broken = tmp_path / "phones"
    broken.mkdir()
    (broken / "phone-001.json").write_text("{}")
    words[1] = str(tmp_path / "other.sqlite")
    third = CliRunner().invoke(command, [*words, "--phones", str(broken)])
    assert third.exit_code == 2
    assert "phone-001.json: is no phone" in third.output
