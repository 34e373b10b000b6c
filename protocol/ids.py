"""Identifiers that travel in topics and rows: lower-case ASCII, never personal data."""

import re
from typing import Annotated, Final

import msgspec

ID_PATTERN: Final = r"^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$"
_ID = re.compile(ID_PATTERN)

Id = Annotated[str, msgspec.Meta(pattern=ID_PATTERN, max_length=32)]
"""Station, device or command id: 1 to 32 of `[a-z0-9-]`, no dash at either end."""


def is_id(text: str) -> bool:
    """Whether `text` may stand as a level of a topic."""
    return _ID.fullmatch(text) is not None


def epoch_at(unix_s: int, noise: int) -> int:
    """A new outbox epoch: unix seconds (31 bits) << 16 | 16 random bits; fits a JSON number.

    A station whose outbox was lost starts a new epoch and counts `seq` from 1 again.
    """
    return (unix_s & 0x7FFF_FFFF) << 16 | (noise & 0xFFFF)
