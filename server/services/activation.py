"""One-time codes, and the certificate a phone gets for one."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Final, NamedTuple

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from protocol.credential import Algorithm, issue
from protocol.errors import CredentialError
from server.services.errors import ServiceError
from server.services.keys import SigningKey
from server.storage.tables import ActivationCode, IssuedCertificate

Clock = Callable[[], int]
"""UTC milliseconds."""

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which people confuse with 1, 0 and V."""
CODE_LENGTH: Final = 10
CODE_LIFE_MS: Final = 30 * 86_400_000
CERTIFICATE_LIFE_MS: Final = 30 * 86_400_000
_HOUR_MS: Final = 3_600_000
_CONFUSED: Final = str.maketrans({"I": "1", "L": "1", "O": "0", " ": None, "-": None})
ALGORITHMS: Final = {"ed25519": Algorithm.ED25519, "p256": Algorithm.P256}


class Activated(NamedTuple):
    """A signed certificate and when it ends, UTC ms."""

    certificate: bytes
    expires: int


def normalise(code: str) -> str:
    """A code as a person typed it: spaces, dashes, small letters and look-alikes forgiven."""
    return code.upper().translate(_CONFUSED)


def _hash(code: str) -> str:
    return hashlib.sha256(b"qinlin/1/activation\x00" + code.encode()).hexdigest()


def create_codes(session: Session, clock: Clock, count: int) -> list[str]:
    """New codes; only their hashes are kept. 50 random bits each, good for 30 days."""
    now = clock()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(count)]
    if codes:
        session.execute(
            insert(ActivationCode),
            [
                {
                    "code_hash": _hash(code),
                    "created": now,
                    "expires": now + CODE_LIFE_MS,
                    "used": None,
                }
                for code in codes
            ],
        )
    return codes


def activate(
    session: Session, clock: Clock, *, code: str, algorithm: str, key: bytes, signer: SigningKey
) -> Activated:
    """Spend a code on a certificate over a phone's key.

    The code is spent by one conditional update, so two phones that race for it cannot both win.
    It is looked up by hash: how long that takes tells nothing about other codes. Unknown, used
    and expired codes are refused alike.

    Args:
        session: of a writing transaction, committed by the caller.
        clock: UTC ms.
        code: as typed.
        algorithm: `ed25519` or `p256`.
        key: the phone's public key, 32 bytes or a compressed point of 33.
        signer: the server's key.

    Raises:
        ServiceError: `code_refused`, `algorithm_unknown` or `key_invalid`; nothing is spent.
    """
    known = ALGORITHMS.get(algorithm)
    if known is None:
        raise ServiceError("algorithm_unknown", "这部手机的密钥类型不支持。")
    now = clock()
    exp_h = (now + CERTIFICATE_LIFE_MS) // _HOUR_MS
    rid = secrets.token_bytes(8)
    try:
        certificate = issue(
            signer.key,
            kid=signer.kid,
            rid=rid,
            enterprise=0,
            exp_h=exp_h,
            algorithm=known,
            phone_key=key,
        )
    except CredentialError as error:
        raise ServiceError("key_invalid", "手机密钥无效，请刷新页面再试。") from error
    spent = session.execute(
        update(ActivationCode)
        .where(
            ActivationCode.code_hash == _hash(normalise(code)),
            ActivationCode.used.is_(None),
            ActivationCode.expires > now,
        )
        .values(used=now)
        .returning(ActivationCode.code_hash)
    ).all()
    if not spent:
        raise ServiceError("code_refused", "激活码不对或已用过，请核对后再试。", status=403)
    expires = exp_h * _HOUR_MS
    session.execute(
        insert(IssuedCertificate),
        [
            {
                "rid": rid,
                "kid": signer.kid,
                "issued": now,
                "expires": expires,
                "certificate_hash": hashlib.sha256(certificate).hexdigest(),
            }
        ],
    )
    return Activated(certificate, expires)
