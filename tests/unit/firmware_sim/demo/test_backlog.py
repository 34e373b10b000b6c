"""The orchestrator's reading of an agent's outbox agrees with the agent's own."""

from pathlib import Path

from firmware_sim.demo import backlog
from protocol.events import Sample, Visit
from station_agent.outbox.store import Outbox

AT = 1_790_000_000_000


def test_a_station_without_an_outbox_has_nothing_waiting(tmp_path: Path) -> None:
    assert backlog.last_number(tmp_path / "none.sqlite") == 0
    assert backlog.unacknowledged(tmp_path / "none.sqlite", 10) == 0
    assert not (tmp_path / "none.sqlite").exists()


def test_facts_wait_until_they_are_acknowledged_and_samples_are_not_waited_for(
    tmp_path: Path,
) -> None:
    path = tmp_path / "outbox.sqlite"
    outbox = Outbox(path, new_epoch=lambda: 1)
    facts = outbox.append([Visit(at=AT, mono=1, by="tap"), Visit(at=AT, mono=2, by="tap")])
    outbox.append_samples([Sample(at=AT, mono=3, device="water", unit=1, values={"temp_mc": 1})])
    assert facts == [1, 2]
    assert backlog.last_number(path) == 3
    assert backlog.unacknowledged(path, 3) == 2
    outbox.append([Visit(at=AT, mono=4, by="tap")])
    assert backlog.unacknowledged(path, 3) == 2
    outbox.forget([(1, 1)])
    assert backlog.unacknowledged(path, 3) == 1
    outbox.forget([(2, 2)])
    assert backlog.unacknowledged(path, 3) == 0
    outbox.close()
