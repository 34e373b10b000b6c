from sqlalchemy import Engine, insert, select

from server.services.retention import CODES_MS, QUARANTINE_MS, RAW_SAMPLES_MS, prune
from server.storage.engine import reading, writing
from server.storage.tables import ActivationCode, Quarantine, SampleRaw
from tests.unit.server.ingest.support import NOW, enter_stations


def test_what_is_too_old_goes_and_what_is_not_stays(engine: Engine) -> None:
    numbers = enter_stations(engine)
    edge = NOW - RAW_SAMPLES_MS
    with writing(engine).begin() as session:
        session.execute(
            insert(SampleRaw),
            [
                {
                    "station_no": numbers["yz-001"],
                    "device": "charger",
                    "unit": 1,
                    "cap": "power_mw",
                    "at": at,
                    "value": 1,
                }
                for at in (edge - 9_000_000_000, edge - 5_000_000, edge - 1, edge, NOW)
            ],
        )
        session.execute(
            insert(Quarantine),
            [
                {
                    "received": at,
                    "topic": "t",
                    "reason": "malformed",
                    "sentence": "",
                    "size": 0,
                    "payload": b"",
                }
                for at in (NOW - QUARANTINE_MS - 1, NOW - QUARANTINE_MS, NOW)
            ],
        )
        session.execute(
            insert(ActivationCode),
            [
                {"code_hash": name, "created": 0, "expires": expires, "used": None}
                for name, expires in (("old", NOW - CODES_MS - 1), ("kept", NOW - CODES_MS))
            ],
        )
    assert prune(writing(engine), lambda: NOW) == {
        "sample_raw": 3,
        "quarantine": 1,
        "activation_code": 1,
    }
    with reading(engine)() as session:
        assert sorted(session.scalars(select(SampleRaw.at))) == [edge, NOW]
        assert sorted(session.scalars(select(Quarantine.received))) == [NOW - QUARANTINE_MS, NOW]
        assert list(session.scalars(select(ActivationCode.code_hash))) == ["kept"]
    assert set(prune(writing(engine), lambda: NOW).values()) == {0}
