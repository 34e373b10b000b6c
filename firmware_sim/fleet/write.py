"""Writes a past into an outbox and a ledger, both or neither."""

import secrets
import time
from pathlib import Path
from typing import Final

from firmware_sim.fleet.things import Told
from firmware_sim.ledger.store import Ledger
from protocol.ids import epoch_at
from station_agent.outbox.store import Outbox

_CHUNK: Final = 2_000


def new_epoch() -> int:
    """A number for a new outbox."""
    return epoch_at(int(time.time()), secrets.randbits(16))


def write_past(told: list[Told], *, station: str, seed: int, outbox: Path, ledger: Path) -> None:
    """Make the two files from what was told.

    They are written beside their places and moved there at the end, the ledger first: as long
    as there is no outbox, nothing of this past was ever sent and all of it can be made again.

    Args:
        told: events in the order to be numbered, with the acts behind them.
        station: whose.
        seed: noted in the ledger.
        outbox: must not exist.
        ledger: replaced when it exists.

    Raises:
        FileExistsError: there is an outbox already.
    """
    if outbox.exists():
        raise FileExistsError(f"{outbox}: exists already, its past is written")
    for path in (outbox, ledger):
        path.parent.mkdir(parents=True, exist_ok=True)
    new_outbox, new_ledger = _fresh(outbox), _fresh(ledger)
    with Ledger(new_ledger, station=station, seed=seed, tempo=1) as book:
        book.write_all(item.act for item in told if item.act is not None)
    box = Outbox(new_outbox, new_epoch=new_epoch)
    try:
        for first in range(0, len(told), _CHUNK):
            box.append([item.event for item in told[first : first + _CHUNK]])
    finally:
        box.close()
    new_ledger.replace(ledger)
    new_outbox.replace(outbox)


def _fresh(path: Path) -> Path:
    """A name beside `path` that is free, whatever a killed run left there."""
    fresh = path.with_name(f"{path.name}.new")
    for leftover in (fresh, *(fresh.with_name(fresh.name + end) for end in ("-wal", "-shm"))):
        leftover.unlink(missing_ok=True)
    return fresh
