"""Riders on paper: certificates by a test key, phones that sign the time."""

from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.credential import Algorithm, assemble, issue, time_message, to_digits

SERVER: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KID: Final = 7
NOW: Final = 1_790_000_000_000
"""The wall clock of these tests, UTC ms."""


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


@dataclass
class Phone:
    """One rider's phone. `number` makes the rid; `server` signs its certificate."""

    number: int = 1
    p256: bool = False
    kid: int = KID
    server: Ed25519PrivateKey = SERVER
    exp_h: int = NOW // 3_600_000 + 24
    ed_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    ec_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def certificate(self) -> bytes:
        point = self.ec_key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return issue(
            self.server,
            kid=self.kid,
            rid=self.number.to_bytes(8, "big"),
            enterprise=3,
            exp_h=self.exp_h,
            algorithm=Algorithm.P256 if self.p256 else Algorithm.ED25519,
            phone_key=point if self.p256 else public(self.ed_key),
        )

    def token(self, at_ms: int) -> bytes:
        ts = at_ms // 1_000
        certificate = self.certificate
        message = time_message(certificate, ts)
        if not self.p256:
            return assemble(certificate, ts, self.ed_key.sign(message))
        r, s = decode_dss_signature(self.ec_key.sign(message, ec.ECDSA(hashes.SHA256())))
        return assemble(certificate, ts, r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def code(self, at_ms: int) -> str:
        """What its screen shows at a time of the phone's clock."""
        return to_digits(self.token(at_ms))
