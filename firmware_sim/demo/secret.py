"""Passwords of the demonstration: made once, kept readable by their owner only."""

import os
import secrets
from pathlib import Path
from typing import Final

_BYTES: Final = 24
_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters people confuse when they type a password from a screen."""


def machine(folder: Path, user: str) -> str:
    """Password of a program: 192 random bits."""
    return _kept(folder / user, secrets.token_urlsafe(_BYTES))


def person(folder: Path, user: str) -> str:
    """Password of a person: three groups of four, 59 random bits."""
    groups = ("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(3))
    return _kept(folder / user, "-".join(groups))


def write_private(path: Path, text: str) -> None:
    """Replace a file by one with mode 0600; never half-written, never readable by others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _kept(path: Path, fresh: str) -> str:
    """What the file holds; `fresh` when there is none yet."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        return path.read_text("utf-8")
    write_private(path, fresh)
    return fresh
