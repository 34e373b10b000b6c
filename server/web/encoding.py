"""Base64url without padding, as scripts write bytes into JSON."""

import base64
import binascii


def to_base64url(raw: bytes) -> str:
    """Bytes as base64url text without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """The bytes in base64url text without padding.

    Raises:
        ValueError: a character or a length that base64url never has.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if to_base64url(raw) != text:
        raise ValueError("not base64url")
    return raw
