from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from server.services import keys
from server.services.errors import ServiceError


def test_the_newest_key_signs_and_older_ones_still_verify(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first, second = keys.create(folder), keys.create(folder)
    assert (first.kid, second.kid) == (1, 2)
    signer = keys.signing_key(folder)
    assert (signer.kid, signer.public_hex) == (2, second.public_hex)
    known = keys.public_keys(folder)
    assert {kid: raw.hex() for kid, raw in known.items()} == {
        1: first.public_hex,
        2: second.public_hex,
    }
    Ed25519PublicKey.from_public_bytes(known[2]).verify(signer.key.sign(b"x"), b"x")


def test_only_the_servers_account_can_read_a_private_key(tmp_path: Path) -> None:
    keys.create(tmp_path)
    assert (tmp_path / "1.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "1.key").chmod(0o640)
    with pytest.raises(ServiceError) as refused:
        keys.signing_key(tmp_path)
    assert refused.value.code == "keys_open"


def test_an_old_private_key_can_be_destroyed_and_its_number_is_not_used_again(
    tmp_path: Path,
) -> None:
    keys.create(tmp_path)
    (tmp_path / "1.key").unlink()
    assert keys.create(tmp_path).kid == 2
    assert sorted(keys.public_keys(tmp_path)) == [1, 2]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("1.key", b"short", "keys_broken"),
        ("x.key", b"", "keys_missing"),
    ],
)
def test_a_key_that_cannot_sign_is_told(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ServiceError) as refused:
        keys.signing_key(tmp_path)
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["", "zz", "00" * 31])
def test_a_broken_public_key_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "7.pub").write_text(text)
    with pytest.raises(ServiceError) as refused:
        keys.public_keys(tmp_path)
    assert refused.value.code == "keys_broken"
