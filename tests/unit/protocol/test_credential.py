"""The two-link code: what holds is taken, and one changed bit is not."""

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import credential
from protocol.credential import Algorithm
from protocol.errors import CredentialError

SERVER = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"server of this test").digest())
KEYS = {3: SERVER.public_key().public_bytes_raw()}
PHONE = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"phone of this test").digest())
PHONE_P256 = ec.derive_private_key(987_654_321, ec.SECP256R1())
RID = bytes(range(8))
TS = 1_790_000_000


def _issue(algorithm: Algorithm, phone_key: bytes) -> bytes:
    return credential.issue(
        SERVER,
        kid=3,
        rid=RID,
        enterprise=0,
        exp_h=TS // 3600 + 24,
        algorithm=algorithm,
        phone_key=phone_key,
    )


def _ed25519() -> bytes:
    certificate = _issue(Algorithm.ED25519, PHONE.public_key().public_bytes_raw())
    return credential.assemble(
        certificate, TS, PHONE.sign(credential.time_message(certificate, TS))
    )


def _p256() -> bytes:
    point = PHONE_P256.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    certificate = _issue(Algorithm.P256, point)
    der = PHONE_P256.sign(credential.time_message(certificate, TS), ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(der)
    return credential.assemble(certificate, TS, r.to_bytes(32, "big") + s.to_bytes(32, "big"))


@pytest.mark.parametrize(("token", "size", "digits"), [(_ed25519(), 179, 432), (_p256(), 180, 434)])
def test_a_code_is_read_back_and_holds(token: bytes, size: int, digits: int) -> None:
    text = credential.to_digits(token)
    assert (len(token), len(text)) == (size, digits)
    parsed = credential.parse_token(credential.from_digits(text))
    credential.verify(parsed, KEYS)
    assert (parsed.certificate.rid, parsed.ts, parsed.certificate.kid) == (RID, TS, 3)
    assert parsed.certificate.exp_h == TS // 3600 + 24


@pytest.mark.parametrize("token", [_ed25519(), _p256()])
def test_no_changed_bit_survives(token: bytes) -> None:
    for bit in range(len(token) * 8):
        changed = bytearray(token)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CredentialError):
            credential.verify(credential.parse_token(bytes(changed)), KEYS)


def test_a_key_the_station_does_not_hold_is_named() -> None:
    with pytest.raises(CredentialError) as caught:
        credential.verify(credential.parse_token(_ed25519()), {4: KEYS[3]})
    assert caught.value.code == "unknown_key"


def test_a_station_that_signs_with_its_own_key_forges_nothing() -> None:
    fake = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"thief").digest())
    certificate = credential.issue(
        fake,
        kid=3,
        rid=RID,
        enterprise=0,
        exp_h=TS // 3600 + 24,
        algorithm=Algorithm.ED25519,
        phone_key=PHONE.public_key().public_bytes_raw(),
    )
    token = credential.assemble(
        certificate, TS, PHONE.sign(credential.time_message(certificate, TS))
    )
    with pytest.raises(CredentialError) as caught:
        credential.verify(credential.parse_token(token), KEYS)
    assert caught.value.code == "forged"


@settings(deadline=None)
@given(st.text(max_size=450) | st.text("0123456789", max_size=450))
def test_any_text_is_a_token_or_a_named_error(text: str) -> None:
    try:
        credential.verify(credential.parse_token(credential.from_digits(text)), KEYS)
    except CredentialError as error:
        assert error.code in {"malformed", "version", "unknown_key", "forged"}
    else:
        pytest.fail("a random text was taken for a credential")


def test_truncated_and_prolonged_codes_are_malformed() -> None:
    token = _ed25519()
    for size in range(len(token)):
        with pytest.raises(CredentialError):
            credential.parse_token(token[:size])
    with pytest.raises(CredentialError) as caught:
        credential.parse_token(token + b"\x00")
    assert caught.value.code == "malformed"


def test_leading_zero_and_foreign_digits_are_malformed() -> None:
    for text in ("0" + credential.to_digits(_ed25519()), "١٢٣", "9" * 437, "", "257"[:0] + "2"):
        with pytest.raises(CredentialError) as caught:
            credential.from_digits(text)
        assert caught.value.code == "malformed"


@pytest.mark.parametrize("key", [b"\x02" + b"\xff" * 32, b"\x05" * 33, b"\x02" * 32])
def test_a_phone_key_that_is_no_point_gets_no_certificate(key: bytes) -> None:
    with pytest.raises(CredentialError) as caught:
        _issue(Algorithm.P256, key)
    assert caught.value.code == "key"
