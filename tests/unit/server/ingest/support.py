"""Batches and stations for tests of the ingest."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Engine, insert, select

from protocol.envelope import encode_batch
from protocol.events import Charge, Draw, Event, Visit, encode
from protocol.topics import batch as batch_topic
from server.ingest.message import Incoming, Receipt, read
from server.ingest.transaction import Committer
from server.services.seed import DEVICES
from server.storage.engine import reading, writing
from server.storage.tables import Device, Fact, Region, Station
from server.storage.telemetry import SqlWindow

NOW: Final = 1_795_000_000_000
HOUR: Final = 498_600
"""A UTC hour shortly before NOW."""
EPOCH: Final = 117_000_000_000_000
RECEIPT: Final = Receipt(mid=1, connection=1)


def enter_stations(engine: Engine, names: Sequence[str] = ("yz-001", "yz-002")) -> dict[str, int]:
    """Stations with their devices; returns numbers by id."""
    with writing(engine).begin() as session:
        if session.get(Region, "c") is None:
            session.add(Region(id="c", level="community", name="七里庄", position=0, demo=True))
            session.flush()
        session.execute(
            insert(Station),
            [
                {
                    "id": name,
                    "name": name,
                    "region_id": "c",
                    "kind": "station",
                    "address": "",
                    "latitude": 34.8,
                    "longitude": 116.1,
                    "opens": 0,
                    "closes": 1_440,
                    "in_service_from": 0,
                    "demo": True,
                    "link": "never",
                }
                for name in names
            ],
        )
        numbers = {row.id: row.no for row in session.execute(select(Station.id, Station.no))}
        session.add_all(
            Device(station_no=numbers[name], device=device, kind=kind, name=title, units=units)
            for name in names
            for device, kind, title, units in DEVICES
        )
    return numbers


def committer(engine: Engine) -> Committer:
    """Stores into `engine`, at NOW."""
    return Committer(engine=engine, telemetry=SqlWindow(), clock=lambda: NOW)


def message(
    events: Sequence[Event], *, station: str = "yz-001", epoch: int = EPOCH, low: int = 1
) -> Incoming:
    """A batch as it comes from the wire."""
    return raw([encode(event) for event in events], station=station, epoch=epoch, low=low)


def raw(
    bodies: Sequence[bytes], *, station: str = "yz-001", epoch: int = EPOCH, low: int = 1
) -> Incoming:
    """A batch of encoded events."""
    payload = encode_batch(
        epoch=epoch, boot="boot", sent=NOW, mono=0, synced=True, low=low, bodies=bodies
    )
    return read(batch_topic(station), payload, RECEIPT)


def charge(seq: int, *, wh: int = 12, hour: int = HOUR) -> Charge:
    """An hour-long charge that ended at the beginning of `hour`."""
    at = hour * 3_600_000
    return Charge(
        seq=seq, at=at, mono=0, device="charger", unit=2, start=at - 3_600_000, wh=wh, peak_mw=9
    )


def draw(seq: int, *, ml: int = 250, hour: int = HOUR) -> Draw:
    """A draw of ten seconds."""
    at = hour * 3_600_000 + 10_000
    return Draw(seq=seq, at=at, mono=0, device="water", unit=1, start=at - 10_000, ml=ml)


def tap(seq: int, *, hour: int = HOUR) -> Visit:
    """A press of the anonymous button."""
    return Visit(seq=seq, at=hour * 3_600_000, mono=0, by="tap")


def fact_seqs(engine: Engine, station_no: int) -> list[int]:
    """Sequence numbers of a station's facts."""
    with reading(engine)() as session:
        found = session.scalars(
            select(Fact.seq).where(Fact.station_no == station_no).order_by(Fact.seq)
        )
        return list(found)
