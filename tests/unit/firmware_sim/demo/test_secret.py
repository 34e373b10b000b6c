"""Passwords: made once, the same ever after, unreadable for others."""

import re
from pathlib import Path

from firmware_sim.demo import secret


def test_a_second_run_finds_the_same_passwords(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = secret.machine(folder, "ingest"), secret.person(folder, "committee")
    assert (secret.machine(folder, "ingest"), secret.person(folder, "committee")) == first


def test_no_two_users_and_no_two_demonstrations_share_a_password(tmp_path: Path) -> None:
    words = [
        secret.machine(tmp_path / place, user) for place in ("a", "b") for user in ("one", "two")
    ]
    assert len(set(words)) == 4


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    secret.machine(tmp_path / "secrets", "ingest")
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "secrets" / "ingest").stat().st_mode & 0o777 == 0o600


def test_a_persons_password_can_be_read_off_a_screen(tmp_path: Path) -> None:
    word = secret.person(tmp_path, "committee")
    assert re.fullmatch(r"[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){2}", word)


def test_a_private_file_that_was_open_to_all_is_closed_when_replaced(tmp_path: Path) -> None:
    path = tmp_path / "nats.conf"
    path.write_text("old")
    path.chmod(0o644)
    secret.write_private(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
