import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, select, update

from protocol.credential import Algorithm, assemble, issue, time_message
from protocol.events import Visit
from server.services import keys
from server.services.audit import audit, reopen
from server.services.jobs import Jobs
from server.storage.engine import reading, writing
from server.storage.tables import Evidence, VisitPerson
from tests.unit.server.ingest.support import HOUR, committer, enter_stations, message

AT = HOUR * 3_600_000
SERVER = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
PHONE = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
KEYS = {1: SERVER.public_key().public_bytes_raw()}


def token(
    *, rid: bytes = b"rider--1", ts: int = AT // 1_000, exp_h: int = HOUR + 100, kid: int = 1
) -> bytes:
    certificate = issue(
        SERVER,
        kid=kid,
        rid=rid,
        enterprise=0,
        exp_h=exp_h,
        algorithm=Algorithm.ED25519,
        phone_key=PHONE.public_key().public_bytes_raw(),
    )
    return assemble(certificate, ts, PHONE.sign(time_message(certificate, ts)))


def visit(seq: int, raw: bytes, *, at: int = AT) -> Visit:
    return Visit(seq=seq, at=at, mono=0, by="code", scan=f"{seq:016x}", token=raw)


def verdicts(engine: Engine) -> dict[int, str]:
    with reading(engine)() as session:
        rows = session.execute(select(Evidence.seq, Evidence.verdict))
        return {row.seq: row.verdict for row in rows}


def run_audit(engine: Engine) -> dict[str, int]:
    with writing(engine).begin() as session:
        return dict(audit(session, KEYS))


def test_each_kind_of_evidence_gets_its_verdict(engine: Engine) -> None:
    enter_stations(engine)
    forged = bytearray(token(rid=b"rider--2"))
    forged[-1] ^= 1
    committer(engine).commit(
        [
            message(
                [
                    visit(1, token()),
                    visit(2, bytes(forged)),
                    visit(3, token(kid=9)),
                    visit(4, token(exp_h=HOUR, rid=b"rider--3")),
                    visit(5, token(ts=AT // 1_000 - 3_601, rid=b"rider--4")),
                    visit(6, b"\x00" * 179),
                    visit(7, b"\x11" * 180),
                    visit(8, token(), at=AT + 1_000),
                    visit(9, token(ts=AT // 1_000 + 30)),
                ]
            )
        ]
    )
    assert run_audit(engine) == {
        "sound": 2,
        "forged": 1,
        "unknown_key": 1,
        "expired": 1,
        "clock": 1,
        "version": 1,
        "malformed": 1,
        "replayed": 1,
    }
    assert verdicts(engine) == {
        1: "sound",
        2: "forged",
        3: "unknown_key",
        4: "expired",
        5: "clock",
        6: "version",
        7: "malformed",
        8: "replayed",
        9: "sound",
    }
    assert run_audit(engine) == {}


def test_the_token_of_a_sound_visit_is_deleted_and_of_a_doubtful_one_kept(engine: Engine) -> None:
    enter_stations(engine)
    committer(engine).commit([message([visit(1, token()), visit(2, token(kid=9))])])
    run_audit(engine)
    with reading(engine)() as session:
        tokens = {
            row.seq: row.token for row in session.execute(select(Evidence.seq, Evidence.token))
        }
    assert tokens == {1: None, 2: token(kid=9)}


def test_one_code_shown_at_two_stations_counts_as_replayed_even_days_later(
    engine: Engine,
) -> None:
    enter_stations(engine)
    ingest = committer(engine)
    ingest.commit([message([visit(1, token())])])
    run_audit(engine)
    ingest.commit([message([visit(2, token(), at=AT + 60_000)], station="yz-002")])
    assert run_audit(engine) == {"replayed": 1}
    assert verdicts(engine) == {1: "sound", 2: "replayed"}


def test_a_person_counts_once_a_day_and_station_under_a_pseudonym(engine: Engine) -> None:
    numbers = enter_stations(engine)
    committer(engine).commit(
        [
            message([visit(1, token()), visit(2, token(ts=AT // 1_000 + 60))]),
            message([visit(1, token())], station="yz-002"),
            message([visit(3, token(rid=b"rider--2"))]),
        ]
    )
    with reading(engine)() as session:
        people = session.scalars(select(VisitPerson)).all()
    assert sorted((person.station_no, person.day) for person in people) == [
        (numbers["yz-001"], 20261118),
        (numbers["yz-001"], 20261118),
        (numbers["yz-002"], 20261118),
    ]
    assert len({person.pid for person in people}) == 2
    assert all(len(person.pid) == 16 and b"rider" not in person.pid for person in people)


def test_evidence_waits_for_a_key_that_was_missing(engine: Engine) -> None:
    enter_stations(engine)
    committer(engine).commit([message([visit(1, token())])])
    with writing(engine).begin() as session:
        audit(session, {})
        assert reopen(session) == 1
    assert run_audit(engine) == {"sound": 1}


def test_the_jobs_process_audits_with_the_keys_of_its_folder(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    enter_stations(sqlite_engine)
    (tmp_path / "1.pub").write_text(KEYS[1].hex())
    committer(sqlite_engine).commit([message([visit(1, token()), visit(2, token(kid=2))])])
    jobs = Jobs(engine=sqlite_engine, keys=tmp_path, clock=lambda: AT)
    assert jobs.once()
    assert verdicts(sqlite_engine) == {1: "sound", 2: "unknown_key"}
    assert not jobs.once()


def test_the_jobs_process_outlives_a_broken_key_file(sqlite_engine: Engine, tmp_path: Path) -> None:
    enter_stations(sqlite_engine)
    committer(sqlite_engine).commit([message([visit(1, token())])])
    (tmp_path / "1.pub").write_text("no key")
    jobs = Jobs(engine=sqlite_engine, keys=tmp_path, clock=lambda: AT)
    stop = threading.Event()
    running = threading.Thread(target=jobs.run, args=(stop,))
    running.start()
    try:
        running.join(0.3)
        assert running.is_alive()
    finally:
        stop.set()
        running.join(20)
    assert verdicts(sqlite_engine) == {1: "pending"}


@pytest.mark.parametrize("verdict", ["sound", "forged"])
def test_judged_evidence_is_left_alone(sqlite_engine: Engine, verdict: str) -> None:
    enter_stations(sqlite_engine)
    committer(sqlite_engine).commit([message([visit(1, token())])])
    with writing(sqlite_engine).begin() as session:
        session.execute(update(Evidence).values(verdict=verdict))
    assert run_audit(sqlite_engine) == {}
    assert verdicts(sqlite_engine) == {1: verdict}


def test_keys_made_by_the_server_are_the_ones_it_audits_with(tmp_path: Path) -> None:
    made = keys.create(tmp_path)
    assert keys.public_keys(tmp_path)[made.kid].hex() == made.public_hex
