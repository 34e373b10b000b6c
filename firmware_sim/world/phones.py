"""Riders' phones: each holds its key and certificate, and makes a fresh code for every gate."""

import base64
import json
import os
from pathlib import Path
from typing import Any, Final, Literal, Protocol, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.credential import assemble, time_message, to_digits

RENEWAL_S: Final = 30
"""A code on the screen is replaced by a newer one after this many seconds."""
Algorithm = Literal["ed25519", "p256"]


class PhoneError(Exception):
    """A phone's file that cannot be used; the text is a sentence for a person."""


class Key(Protocol):
    """A phone's private key."""

    def public(self) -> bytes:
        """The public key as the certificate holds it."""

    def private(self) -> bytes:
        """The raw 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""


class Ed25519Key:
    """An Ed25519 key; `raw` is its seed."""

    def __init__(self, raw: bytes) -> None:
        self._key = ed25519.Ed25519PrivateKey.from_private_bytes(raw)

    def public(self) -> bytes:
        """32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def private(self) -> bytes:
        """The seed."""
        return self._key.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """A signature of RFC 8032."""
        return self._key.sign(message)


class P256Key:
    """A P-256 key; `raw` is its scalar, big-endian."""

    def __init__(self, raw: bytes) -> None:
        self._key = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())

    def public(self) -> bytes:
        """The compressed point, 33 bytes."""
        return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def private(self) -> bytes:
        """The scalar."""
        return self._key.private_numbers().private_value.to_bytes(32, "big")

    def sign(self, message: bytes) -> bytes:
        """ECDSA with SHA-256 as r ‖ s, the form of WebCrypto."""
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


KEYS: Final[dict[Algorithm, type[Ed25519Key] | type[P256Key]]] = {
    "ed25519": Ed25519Key,
    "p256": P256Key,
}


def new_key(algorithm: Algorithm) -> Key:
    """A fresh key of the system's random source."""
    if algorithm == "ed25519":
        return Ed25519Key(ed25519.Ed25519PrivateKey.generate().private_bytes_raw())
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    return P256Key(numbers.private_value.to_bytes(32, "big"))


class Phone:
    """One enrolled phone.

    Args:
        name: of its file.
        algorithm: of its key.
        key: the private key.
        certificate: as the server issued it.
        expires: UTC ms.
        clock_error_s: how far its clock is ahead.
    """

    def __init__(
        self,
        *,
        name: str,
        algorithm: Algorithm,
        key: Key,
        certificate: bytes,
        expires: int,
        clock_error_s: int = 0,
    ) -> None:
        self.name = name
        self.algorithm = algorithm
        self.key = key
        self.certificate = certificate
        self.expires = expires
        self.clock_error_s = clock_error_s
        self._shown = 0
        self._code: tuple[int, str] | None = None

    @classmethod
    def load(cls, path: Path) -> Self:
        """A phone from its file.

        Raises:
            PhoneError: the file does not fit.
        """
        try:
            data: dict[str, Any] = json.loads(path.read_text("utf-8"))
            algorithm: Algorithm = data["algorithm"]
            return cls(
                name=path.stem,
                algorithm=algorithm,
                key=KEYS[algorithm](unpack(data["private"])),
                certificate=unpack(data["certificate"]),
                expires=int(data["expires"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PhoneError(f"{path}: is no phone: {error!r}") from error

    def save(self, folder: Path) -> Path:
        """Write the phone's file, readable by its owner only."""
        path = folder / f"{self.name}.json"
        content = {
            "algorithm": self.algorithm,
            "private": pack(self.key.private()),
            "certificate": pack(self.certificate),
            "expires": self.expires,
        }
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(content, file)
        fresh.replace(path)
        return path

    def token(self, ts: int) -> bytes:
        """The raw credential for `ts`, seconds since 1970."""
        return assemble(self.certificate, ts, self.key.sign(time_message(self.certificate, ts)))

    def open_page(self, now_s: int) -> str:
        """The digits on the screen when the rider opens the code: never a time shown before."""
        ts = max(now_s + self.clock_error_s, self._shown + 1)
        return self._renew(ts)

    def look(self, now_s: int) -> str:
        """The digits on a screen already open: renewed every `RENEWAL_S`."""
        if self._code is None or now_s + self.clock_error_s - self._code[0] >= RENEWAL_S:
            return self.open_page(now_s)
        return self._code[1]

    def _renew(self, ts: int) -> str:
        self._shown = ts
        self._code = (ts, to_digits(self.token(ts)))
        return self._code[1]


def load_phones(folder: Path) -> list[Phone]:
    """Every phone of a folder, by name.

    Raises:
        PhoneError: a file does not fit.
    """
    return [Phone.load(path) for path in sorted(folder.glob("*.json"))]


def pack(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpack(text: str) -> bytes:
    """The inverse of `pack`; padding is allowed.

    Raises:
        ValueError: not base64url.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
