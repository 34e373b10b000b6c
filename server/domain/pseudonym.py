"""Who was here, without knowing who: a pseudonym that lives one month."""

import hmac
from typing import Final

KEY_BYTES: Final = 32
PID_BYTES: Final = 16


def pid(key: bytes, rid: bytes) -> bytes:
    """16 bytes of HMAC-SHA256(month key, rid): the same person all month, nobody afterwards."""
    return hmac.digest(key, b"person\x00" + rid, "sha256")[:PID_BYTES]


def use_of_code(key: bytes, rid: bytes, ts: int) -> bytes:
    """16 bytes that are equal for two uses of one code (rid, ts) and reveal neither."""
    return hmac.digest(key, b"use\x00" + rid + ts.to_bytes(4, "big"), "sha256")[:PID_BYTES]
