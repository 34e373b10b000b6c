"""The agent's command line."""

import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import structlog

from station_agent.cli import main
from station_agent.version import VERSION
from tests.unit.station_agent.station import settings, write_settings


@pytest.fixture(autouse=True)
def _log_of_others() -> Iterator[None]:
    """`run` sets up the log of its process and refuses an import, which here is everybody's."""
    yield
    structlog.reset_defaults()
    if sys.modules.get("rich", sys) is None:
        del sys.modules["rich"]


def test_check_says_what_the_station_would_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_settings(tmp_path, port=1884)
    assert main(["check", "--config", str(path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "station yz-001 → 127.0.0.1:1884 without TLS"
    assert "accepts codes signed by keys 7" in said
    assert f"device scanner: gm65 on {tmp_path}/scan0" in said
    assert "device charger: pzem016 on bus bus0" in said
    assert said[-1] == "reports coverage of charger, water, rack, gpio, scanner"
    assert not (tmp_path / "state").exists()


def broken(tmp_path: Path, old: str, new: str) -> Path:
    path = write_settings(tmp_path)
    text = settings(tmp_path)
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("slots = 8", "slots = 80"), ["slots", "80"]),
        (('id = "yz-001"', 'id = "七里庄"'), ["station.id"]),
        (('bus = "bus0"', 'bus = "bus9"'), ["bus9", "bus0"]),
        (("[[bus]]", "[[bus]"), ["not valid TOML"]),
        (("poll_s = 0.1", "pol_s = 0.1"), ["pol_s"]),
        (("/password", "/nothing"), ["password_file", "nothing"]),
    ],
)
def test_a_mistake_is_one_sentence_that_names_it(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    change: tuple[str, str],
    names: list[str],
) -> None:
    path = broken(tmp_path, *change)
    assert main([command, "--config", str(path)]) == 2
    out, said = capsys.readouterr()
    assert out == ""
    assert len(said.splitlines()) == 1
    assert str(path) in said
    assert [name for name in names if name not in said] == []


def test_a_missing_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--config", str(tmp_path / "none.toml")]) == 2
    assert "none.toml: cannot be read" in capsys.readouterr().err


def test_a_state_folder_that_is_a_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_settings(tmp_path)
    (tmp_path / "state").write_text("not a folder", "utf-8")
    assert main(["run", "--config", str(path)]) == 2
    assert "station.state_dir" in capsys.readouterr().err


def test_a_wrong_option_is_told_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["run"])
    assert end.value.code == 2
    assert "--config" in capsys.readouterr().err


def test_the_agent_names_the_version_that_is_installed() -> None:
    assert version("qinlin-station") == VERSION
