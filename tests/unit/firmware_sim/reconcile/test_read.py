"""Ledgers and the server's tables are read on both databases, and told apart line by line."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from firmware_sim.ledger.act import Act
from firmware_sim.ledger.store import Ledger
from firmware_sim.reconcile.command import command
from server.services.seed import seed_demo
from server.storage.engine import writing
from tests.support.database import (
    database_url,
    engine,
    postgres,
    postgres_url,
    sqlite_template,
    sqlite_url,
)

__all__ = [
    "database_url",
    "engine",
    "postgres",
    "postgres_url",
    "sqlite_template",
    "sqlite_url",
]
T0 = 1_764_000_000_000
HOUR = T0 // 3_600_000
CHARGE = Act("charge", T0, T0 + 60_000, "charger", 2, 31)
TAP = Act("visit", T0 + 9_000, T0 + 9_000, "gpio", by="tap")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Ledgers of two stations, one of them with a history beside the present."""
    for station, name, act in (
        ("yz-001", "ledger", CHARGE),
        ("yz-001", "history", TAP),
        ("yz-002", "ledger", TAP),
    ):
        folder = tmp_path / "stations" / station
        folder.mkdir(parents=True, exist_ok=True)
        with Ledger(folder / f"{name}.sqlite", station=station, seed=1, tempo=1) as ledger:
            ledger.write(act)
    return tmp_path


def fill(engine: Engine) -> None:
    """What a server that missed nothing has stored; and a third station nobody has a ledger of."""
    with writing(engine).begin() as session:
        seed_demo(session, lambda: T0)
    fact = text(
        "INSERT INTO fact (station_no, epoch, seq, kind, at, began, device, unit, amount, word,"
        " flags, received) SELECT no, 1, :seq, :kind, :at, :began, :device, :unit, :amount,"
        " :word, 0, :at FROM station WHERE id = :id"
    )
    cell = text(
        "INSERT INTO rollup_hour (station_no, hour, measure, n, amount, seconds)"
        " SELECT no, :hour, :measure, 1, :amount, :seconds FROM station WHERE id = :id"
    )
    tap = {"kind": "visit", "at": T0 + 9_010, "word": "tap"}
    empty = dict.fromkeys(("began", "device", "unit", "amount", "word"))
    charge = {
        "kind": "charge", "at": T0 + 60_200, "began": T0 + 200, "device": "charger", "unit": 2,
        "amount": 31,
    }  # fmt: skip
    with engine.begin() as db:
        for seq, (station, row) in enumerate(
            [("yz-001", charge), ("yz-001", tap), ("yz-002", tap), ("yz-003", tap)]
        ):
            db.execute(fact, {**empty, **row, "seq": seq, "id": station})
            charged = row["kind"] == "charge"
            db.execute(
                cell,
                {
                    "id": station,
                    "hour": HOUR,
                    "measure": "charge" if charged else "visit_tap",
                    "amount": 31 if charged else 0,
                    "seconds": 60 if charged else 0,
                },
            )


def run(root: Path, url: str, *more: str) -> Result:
    return CliRunner().invoke(command, ["--root", str(root), "--database", url, *more])


def test_what_balances_says_so_in_one_line(root: Path, engine: Engine, database_url: str) -> None:
    fill(engine)
    result = run(root, database_url)
    assert result.output == "reconciled: 3 events, 0 lost, 0 twice, 0 different\n"
    assert result.exit_code == 0
    verbose = run(root, database_url, "-v").output.splitlines()
    assert verbose[1].split() == ["charge", "1", "1", "0", "0"]
    assert verbose[-2].split() == ["roll-up", "cells", "3"]
    later = run(root, database_url, "--since", str(T0 + 30_000))
    assert later.output.startswith("reconciled: 1 events, 0 lost")


def test_each_difference_is_one_line_a_person_can_read(
    root: Path, engine: Engine, database_url: str
) -> None:
    fill(engine)
    with engine.begin() as db:
        db.execute(text("UPDATE fact SET amount = 30 WHERE kind = 'charge'"))
        db.execute(
            text(
                "DELETE FROM fact WHERE kind = 'visit' AND station_no ="
                " (SELECT no FROM station WHERE id = 'yz-002')"
            )
        )
    result = run(root, database_url)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        (
            "different yz-001 rollup 2025-11-25 00:00:00: device did charge facts n=1 amount=30"
            " seconds=60; server says n=1 amount=31 seconds=60"
        ),
        (
            "different yz-002 rollup 2025-11-25 00:00:00: device did visit_tap facts n=0 amount=0"
            " seconds=0; server says n=1 amount=0 seconds=0"
        ),
        (
            "lost      yz-002 visit_tap 2025-11-25 00:00:09: device did visit by tap;"
            " server says nothing"
        ),
        (
            "different yz-001 charge 2025-11-25 00:01:00: device did charger socket 2, 31 Wh;"
            " server says charger socket 2, 30 Wh"
        ),
        "reconciled: 3 events, 1 lost, 0 twice, 3 different",
    ]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////nowhere/at/all.sqlite", "the server's tables cannot be read"),
        ("not a url", "the database cannot be opened"),
        ("oracle://host/name", "the database cannot be opened"),
    ],
)
def test_a_database_that_cannot_be_read_is_told_in_a_sentence(
    root: Path, url: str, said: str
) -> None:
    result = run(root, url)
    assert result.exit_code == 2
    assert said in result.output
