"""A phone's codes verify, are renewed, and never repeat a time."""

import json
import stat
from pathlib import Path

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from firmware_sim.world.phones import Algorithm, Phone, PhoneError, load_phones, new_key, unpack
from firmware_sim.world.picture import draw
from protocol import credential

NOW = 1_764_000_000
SERVER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WIRE = {"ed25519": credential.Algorithm.ED25519, "p256": credential.Algorithm.P256}


def enrolled(algorithm: Algorithm = "ed25519", name: str = "phone-001") -> Phone:
    key = new_key(algorithm)
    certificate = credential.issue(
        SERVER,
        kid=1,
        rid=b"12345678",
        enterprise=0,
        exp_h=NOW // 3600 + 720,
        algorithm=WIRE[algorithm],
        phone_key=key.public(),
    )
    return Phone(
        name=name, algorithm=algorithm, key=key, certificate=certificate, expires=NOW * 1000
    )


@pytest.mark.parametrize("algorithm", ["ed25519", "p256"])
def test_the_code_of_a_phone_read_from_its_file_is_genuine(
    tmp_path: Path, algorithm: Algorithm
) -> None:
    path = enrolled(algorithm).save(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(json.loads(path.read_text())) == {"algorithm", "private", "certificate", "expires"}
    (phone,) = load_phones(tmp_path)
    token = credential.parse_token(credential.from_digits(phone.open_page(NOW)))
    assert token.ts == NOW
    credential.verify(token, {1: SERVER.public_key().public_bytes_raw()})


@given(st.lists(st.integers(0, 90), min_size=2, max_size=20), st.integers(-900, 900))
def test_a_time_is_never_shown_twice_at_gates(steps: list[int], error: int) -> None:
    phone = enrolled()
    phone.clock_error_s = error
    now, shown = NOW, []
    for step in steps:
        now += step
        digits = phone.open_page(now)
        shown.append(credential.parse_token(credential.from_digits(digits)).ts)
    assert shown == sorted(set(shown))
    assert all(ts >= NOW + error for ts in shown)


def test_the_code_on_the_screen_is_renewed_every_30_seconds() -> None:
    phone = enrolled()
    first = phone.look(NOW)
    assert phone.look(NOW + 29) == first
    assert phone.look(NOW + 30) != first


@pytest.mark.parametrize("algorithm", ["ed25519", "p256"])
def test_the_picture_is_read_back_as_the_same_digits(algorithm: Algorithm) -> None:
    picture = draw(enrolled(algorithm).open_page(NOW))
    side = len(picture.modules)
    assert side in (53 + 8, 57 + 8)
    image = Image.new("L", (side, side))
    image.putdata([0 if dark else 255 for row in picture.modules for dark in row])
    found = zxingcpp.read_barcodes(image.resize((side * 4, side * 4), Image.Resampling.NEAREST))
    assert [code.text for code in found] == [picture.text]


def test_letters_are_not_drawn_as_a_credential() -> None:
    with pytest.raises((ValueError, TypeError)):
        draw("12a4")
    with pytest.raises(ValueError, match="at most 10"):
        draw("7" * 900)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"algorithm": "rsa", "private": "", "certificate": "", "expires": 1}'],
)
def test_a_file_that_is_no_phone_is_told_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "phone-001.json").write_text(content)
    with pytest.raises(PhoneError, match=r"phone-001\.json: is no phone"):
        load_phones(tmp_path)


@given(st.text(max_size=40))
def test_any_text_unpacks_or_is_refused(text: str) -> None:
    try:
        unpack(text)
    except ValueError:
        return
