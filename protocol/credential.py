"""The rider's two-link QR credential: a certificate by the server, a time by the phone.

    token = certificate ‖ ts4 ‖ phone signature 64                     179 or 180 bytes
    certificate = ver ‖ kid ‖ rid8 ‖ ent2 ‖ exp_h3 ‖ phone key ‖ server signature 64

`ver` is version nibble 1 and algorithm nibble: 0x11 Ed25519 (key 32 bytes), 0x12 ECDSA P-256
with SHA-256 (compressed point, 33 bytes; signature r ‖ s). The server always signs with
Ed25519. Both signatures cover a domain string, so that neither can stand for the other.
All integers are big-endian. `exp_h` is hours, `ts` seconds since 1970. The QR holds the decimal
of 0x01 ‖ token: the densest text form, and immune to keyboard layouts.

A station holds public keys only; nothing on it can make a certificate.
"""

import hashlib
from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from protocol.errors import CredentialError

CERT_DOMAIN: Final = b"qinlin/1/cert\x00"
TIME_DOMAIN: Final = b"qinlin/1/time\x00"
SIGNATURE: Final = 64
_HEAD: Final = 15
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
DIGITS_MAX: Final = 436
"""No token has more digits; anything longer is not read as a number at all."""


class Algorithm(IntEnum):
    """The phone's key, by the first byte of the certificate."""

    ED25519 = 0x11
    P256 = 0x12


_KEY_BYTES: Final = {Algorithm.ED25519: 32, Algorithm.P256: 33}


class Certificate(NamedTuple):
    """The server's statement: this phone key belongs to pseudonymous rider `rid` until `exp_h`."""

    algorithm: Algorithm
    kid: int
    rid: bytes
    enterprise: int
    exp_h: int
    phone_key: bytes
    raw: bytes

    @property
    def signed_part(self) -> bytes:
        """What the server's signature covers, without the domain string."""
        return self.raw[:-SIGNATURE]


class Token(NamedTuple):
    """A parsed, not yet verified token."""

    certificate: Certificate
    ts: int
    signature: bytes
    raw: bytes


def issue(
    key: Ed25519PrivateKey,
    *,
    kid: int,
    rid: bytes,
    enterprise: int,
    exp_h: int,
    algorithm: Algorithm,
    phone_key: bytes,
) -> bytes:
    """A certificate's bytes, signed by the server.

    Args:
        key: the server's private key.
        kid: its number, 0 to 255.
        rid: 8 random bytes of this credential; not derived from anything about the person.
        enterprise: 0 to 65535, 0 when not stated.
        exp_h: last hour of validity, hours since 1970.
        algorithm: of the phone's key.
        phone_key: 32 bytes (Ed25519) or 33 (compressed P-256 point).

    Raises:
        CredentialError: `key` when the phone's key is no key of that algorithm.
    """
    if len(rid) != 8:
        raise ValueError("rid is 8 bytes")
    check_phone_key(algorithm, phone_key)
    body = b"".join(
        (
            bytes((algorithm, kid)),
            rid,
            enterprise.to_bytes(2, "big"),
            exp_h.to_bytes(3, "big"),
            phone_key,
        )
    )
    return body + key.sign(CERT_DOMAIN + body)


def check_phone_key(algorithm: Algorithm, phone_key: bytes) -> None:
    """Refuse bytes that are no public key.

    Raises:
        CredentialError: `key`.
    """
    if len(phone_key) != _KEY_BYTES[algorithm]:
        raise CredentialError("key", f"the phone's key must have {_KEY_BYTES[algorithm]} bytes")
    if algorithm is Algorithm.P256:
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), phone_key)
        except ValueError as error:
            raise CredentialError("key", "the phone's key is no point of P-256") from error


def time_message(certificate: bytes, ts: int) -> bytes:
    """What the phone signs: domain ‖ SHA-256(certificate) ‖ ts."""
    return TIME_DOMAIN + hashlib.sha256(certificate).digest() + ts.to_bytes(4, "big")


def assemble(certificate: bytes, ts: int, signature: bytes) -> bytes:
    """A token from its parts."""
    return certificate + ts.to_bytes(4, "big") + signature


def to_digits(token: bytes) -> str:
    """The QR's text: decimal of 0x01 ‖ token."""
    return str(int.from_bytes(b"\x01" + token, "big"))


def from_digits(text: str) -> bytes:
    """The token in a scanned text.

    Raises:
        CredentialError: `malformed`.
    """
    if not text or len(text) > DIGITS_MAX or not text.isascii() or not text.isdigit():
        raise CredentialError("malformed", "not the digits of a credential")
    number = int(text)
    raw = number.to_bytes((number.bit_length() + 7) // 8 or 1, "big")
    if raw[0] != 1 or text[0] == "0":
        raise CredentialError("malformed", "not the digits of a credential")
    return raw[1:]


def parse_certificate(raw: bytes) -> Certificate:
    """Split a certificate, without verifying it.

    Raises:
        CredentialError: `malformed` or `version`.
    """
    if len(raw) < _HEAD:
        raise CredentialError("malformed", "too short for a certificate")
    try:
        algorithm = Algorithm(raw[0])
    except ValueError as error:
        raise CredentialError(
            "version", "a version or algorithm this station does not know"
        ) from error
    if len(raw) != _HEAD + _KEY_BYTES[algorithm] + SIGNATURE:
        raise CredentialError("malformed", "a certificate of the wrong length")
    return Certificate(
        algorithm=algorithm,
        kid=raw[1],
        rid=raw[2:10],
        enterprise=int.from_bytes(raw[10:12], "big"),
        exp_h=int.from_bytes(raw[12:15], "big"),
        phone_key=raw[_HEAD : _HEAD + _KEY_BYTES[algorithm]],
        raw=raw,
    )


def parse_token(raw: bytes) -> Token:
    """Split a token, without verifying it.

    Raises:
        CredentialError: `malformed` or `version`.
    """
    tail = 4 + SIGNATURE
    if len(raw) <= tail:
        raise CredentialError("malformed", "too short for a credential")
    certificate = parse_certificate(raw[:-tail])
    ts = int.from_bytes(raw[-tail:-SIGNATURE], "big")
    return Token(certificate, ts, raw[-SIGNATURE:], raw)


def verify(token: Token, server_keys: Mapping[int, bytes]) -> None:
    """Check both signatures. Times are judged by the caller, who has a clock.

    Args:
        token: as parsed.
        server_keys: Ed25519 public keys (32 bytes) by `kid`.

    Raises:
        CredentialError: `unknown_key` or `forged`.
    """
    certificate = token.certificate
    server_key = server_keys.get(certificate.kid)
    if server_key is None:
        raise CredentialError("unknown_key", "signed with a key this station does not hold")
    try:
        Ed25519PublicKey.from_public_bytes(server_key).verify(
            certificate.raw[-SIGNATURE:], CERT_DOMAIN + certificate.signed_part
        )
        _verify_phone(certificate, token.signature, time_message(certificate.raw, token.ts))
    except (InvalidSignature, ValueError) as error:
        raise CredentialError("forged", "a signature does not hold") from error


def _verify_phone(certificate: Certificate, signature: bytes, message: bytes) -> None:
    if certificate.algorithm is Algorithm.ED25519:
        Ed25519PublicKey.from_public_bytes(certificate.phone_key).verify(signature, message)
        return
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < _ORDER and 0 < s < _ORDER):
        raise InvalidSignature
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), certificate.phone_key)
    point.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))


def scan_hash(text: str) -> str:
    """Pairs two records of one scan without keeping what was scanned: SHA-256, 16 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
