import hashlib
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from protocol.credential import Algorithm, assemble, parse_certificate, parse_token, time_message
from protocol.credential import verify as verify_token
from server.services.activation import (
    ALPHABET,
    CERTIFICATE_LIFE_MS,
    CODE_LENGTH,
    CODE_LIFE_MS,
    activate,
    create_codes,
    normalise,
)
from server.services.errors import ServiceError
from server.services.keys import SigningKey
from server.storage.engine import reading, writing
from server.storage.tables import ActivationCode, IssuedCertificate

NOW = 1_795_000_000_000
SIGNER = SigningKey(7, Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
PHONE = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
PHONE_KEY = PHONE.public_key().public_bytes_raw()


def make_code(engine: Engine) -> str:
    with writing(engine).begin() as session:
        (code,) = create_codes(session, lambda: NOW, 1)
    return code


def use(engine: Engine, code: str, *, now: int = NOW, key: bytes = PHONE_KEY) -> bytes:
    with writing(engine).begin() as session:
        return activate(
            session, lambda: now, code=code, algorithm="ed25519", key=key, signer=SIGNER
        ).certificate


def refusal(engine: Engine, code: str, *, now: int = NOW, key: bytes = PHONE_KEY) -> str:
    with pytest.raises(ServiceError) as refused:
        use(engine, code, now=now, key=key)
    return refused.value.code


def test_a_code_becomes_a_certificate_that_a_station_accepts(engine: Engine) -> None:
    raw = use(engine, make_code(engine))
    certificate = parse_certificate(raw)
    assert (certificate.kid, certificate.phone_key) == (7, PHONE_KEY)
    assert certificate.exp_h == (NOW + CERTIFICATE_LIFE_MS) // 3_600_000
    token = assemble(raw, 1, PHONE.sign(time_message(raw, 1)))
    verify_token(parse_token(token), {7: SIGNER.key.public_key().public_bytes_raw()})
    with reading(engine)() as session:
        (issued,) = session.scalars(select(IssuedCertificate)).all()
    assert issued.rid == certificate.rid
    assert issued.certificate_hash == hashlib.sha256(raw).hexdigest()
    assert issued.expires == certificate.exp_h * 3_600_000


def test_a_phone_without_ed25519_gets_one_too(engine: Engine) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    with writing(engine).begin() as session:
        (code,) = create_codes(session, lambda: NOW, 1)
        issued = activate(
            session, lambda: NOW, code=code, algorithm="p256", key=point, signer=SIGNER
        )
    assert parse_certificate(issued.certificate).algorithm is Algorithm.P256


def test_a_code_works_once(engine: Engine) -> None:
    code = make_code(engine)
    use(engine, code)
    assert refusal(engine, code) == "code_refused"


def test_of_phones_that_race_for_one_code_one_wins(engine: Engine) -> None:
    code = make_code(engine)
    outcomes: list[str] = []

    def race() -> None:
        try:
            use(engine, code)
            outcomes.append("won")
        except ServiceError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["code_refused"] * 3 + ["won"]
    with reading(engine)() as session:
        assert len(session.scalars(select(IssuedCertificate)).all()) == 1


def test_an_old_code_is_refused_and_a_wrong_one_alike(engine: Engine) -> None:
    code = make_code(engine)
    assert refusal(engine, code, now=NOW + CODE_LIFE_MS) == "code_refused"
    assert refusal(engine, "0000000000") == "code_refused"
    use(engine, code, now=NOW + CODE_LIFE_MS - 1)


def test_a_phone_key_that_is_none_does_not_spend_the_code(engine: Engine) -> None:
    code = make_code(engine)
    assert refusal(engine, code, key=b"short") == "key_invalid"
    with writing(engine).begin() as session, pytest.raises(ServiceError) as refused:
        activate(session, lambda: NOW, code=code, algorithm="rsa", key=PHONE_KEY, signer=SIGNER)
    assert refused.value.code == "algorithm_unknown"
    use(engine, code)


def test_the_database_does_not_know_the_codes(engine: Engine) -> None:
    code = make_code(engine)
    with reading(engine)() as session:
        (row,) = session.scalars(select(ActivationCode)).all()
    assert code not in row.code_hash
    assert len(row.code_hash) == 64


def test_codes_are_ten_characters_nobody_confuses(engine: Engine) -> None:
    with writing(engine).begin() as session:
        codes = create_codes(session, lambda: NOW, 200)
    assert len(set(codes)) == 200
    assert {len(code) for code in codes} == {CODE_LENGTH}
    assert set("".join(codes)) <= set(ALPHABET)


@pytest.mark.parametrize("typed", ["abcde-fgh10", " ABCDE FGHlO ", "abcdefghio", "ABCDEFGHL0"])
def test_a_code_is_recognised_however_it_is_typed(typed: str) -> None:
    assert normalise(typed) == "ABCDEFGH10"


@given(st.text(max_size=40))
def test_whatever_is_typed_is_refused_politely(typed: str) -> None:
    assert normalise(normalise(typed)) == normalise(typed)
