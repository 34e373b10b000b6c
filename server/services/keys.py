"""The server's signing keys: files only the server's account can read."""

import os
import secrets
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.services.errors import ServiceError

SEED_BYTES: Final = 32
_KIDS: Final = range(1, 256)


class SigningKey(NamedTuple):
    """A key that signs certificates, and the number stations know it by."""

    kid: int
    key: Ed25519PrivateKey

    @property
    def public_hex(self) -> str:
        """What goes into a station's settings."""
        return self.key.public_key().public_bytes_raw().hex()


def create(folder: Path) -> SigningKey:
    """Make the next key: `<kid>.key` (raw seed, mode 0600) and `<kid>.pub` (hex).

    The newest key signs; the public keys of older ones stay, so that certificates already out
    keep working until they expire.

    Raises:
        ServiceError: `keys_full`, or `keys_folder` when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kid = max((*_numbers(folder), 0)) + 1
        if kid not in _KIDS:
            raise ServiceError("keys_full", "密钥编号已用完（最多255）。")
        seed = secrets.token_bytes(SEED_BYTES)
        made = SigningKey(kid, Ed25519PrivateKey.from_private_bytes(seed))
        _write(folder / f"{kid}.pub", made.public_hex.encode() + b"\n", 0o644)
        _write(folder / f"{kid}.key", seed, 0o600)
    except OSError as error:
        raise ServiceError("keys_folder", f"密钥目录无法写入：{error}") from error
    return made


def _write(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _numbers(folder: Path) -> list[int]:
    return [int(path.stem) for path in folder.glob("*.pub") if path.stem.isdecimal()]


def signing_key(folder: Path) -> SigningKey:
    """The newest key.

    Raises:
        ServiceError: `keys_missing`, `keys_broken`, or `keys_open` when others may read it.
    """
    kids = [int(path.stem) for path in folder.glob("*.key") if path.stem.isdecimal()]
    if not kids:
        raise ServiceError(
            "keys_missing", f"{folder} 中没有签名密钥，请先运行 keys new。", status=503
        )
    path = folder / f"{max(kids)}.key"
    try:
        if path.stat().st_mode & 0o077:
            raise ServiceError("keys_open", f"{path} 可被其他账户读取，请设为 0600。", status=503)
        seed = path.read_bytes()
    except OSError as error:
        raise ServiceError("keys_broken", f"{path} 无法读取：{error}", status=503) from error
    if len(seed) != SEED_BYTES:
        raise ServiceError("keys_broken", f"{path} 不是 {SEED_BYTES} 字节的密钥。", status=503)
    return SigningKey(max(kids), Ed25519PrivateKey.from_private_bytes(seed))


def public_keys(folder: Path) -> dict[int, bytes]:
    """Every public key by number, also those that no longer sign.

    Raises:
        ServiceError: `keys_broken`.
    """
    keys: dict[int, bytes] = {}
    for kid in sorted(_numbers(folder)):
        path = folder / f"{kid}.pub"
        try:
            raw = bytes.fromhex(path.read_text("ascii").strip())
            Ed25519PublicKey.from_public_bytes(raw)
        except (OSError, ValueError) as error:
            raise ServiceError("keys_broken", f"{path} 不是公钥。", status=503) from error
        keys[kid] = raw
    return keys
