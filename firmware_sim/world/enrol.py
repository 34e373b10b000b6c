"""Enrols phones at the rider's page, as a phone does: its key goes up, a certificate comes back."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from firmware_sim.world.phones import Algorithm, Phone, PhoneError, new_key, pack, unpack

_TIMEOUT_S: Final = 20.0
_P256_EVERY: Final = 3
"""Every third phone's browser has no Ed25519 and takes P-256."""


def enrol(url: str, codes: list[str], folder: Path) -> list[Phone]:
    """Enrol one phone for each activation code, and keep them in `folder`.

    Args:
        url: base address of the server's web process.
        codes: activation codes, each good for one phone.
        folder: made when missing, readable by its owner only.

    Returns:
        the new phones, named `phone-001` and on, after those already there.

    Raises:
        PhoneError: the server refused a code or does not answer.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise PhoneError(f"{url}: is no http address")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    first = len(list(folder.glob("phone-*.json"))) + 1
    phones: list[Phone] = []
    for number, code in enumerate(codes, first):
        phone = _enrol_one(url, code, f"phone-{number:03}", number)
        phone.save(folder)
        phones.append(phone)
    return phones


def _enrol_one(url: str, code: str, name: str, number: int) -> Phone:
    algorithm: Algorithm = "ed25519" if number % _P256_EVERY else "p256"
    key = new_key(algorithm)
    body = json.dumps({"code": code, "algorithm": algorithm, "key": pack(key.public())}).encode()
    request = urllib.request.Request(  # noqa: S310  the scheme was checked by `enrol`
        url.rstrip("/") + "/r/activate",
        data=body,
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:  # noqa: S310  same
            answer = json.load(response)
        certificate, expires = unpack(answer["certificate"]), int(answer["expires"])
    except urllib.error.HTTPError as error:
        with error:
            raise PhoneError(f"{name}: the server refused: HTTP {error.code}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PhoneError(f"{name}: no certificate from {url}: {error}") from error
    return Phone(name=name, algorithm=algorithm, key=key, certificate=certificate, expires=expires)
