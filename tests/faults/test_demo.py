"""`make demo` as its user lives it: it balances, goes on, and leaves nothing behind."""

import re
import signal
import urllib.request
from pathlib import Path

from tests.support.ports import free_port
from tests.support.process import Child, module, wait_until

_ADDRESSES = r"本系统统计服务"
_PASSWORDS = re.compile(r"密码 ([a-z0-9-]{14})")


def demo(root: Path, *words: str) -> Child:
    ports = (
        *("--web-port", str(free_port()), "--live-port", str(free_port())),
        *("--mqtt-port", str(free_port())),
    )
    few = ("--live", "1", "--phones", "2", "--per-day", "600")
    log = root.with_name("demo.log")
    return module("firmware_sim", "demo", "--root", root, *ports, *few, *words, log=log)


def processes_of(root: Path) -> list[str]:
    """Command lines that name this demonstration, the orchestrator included."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(root) in line:
            found.append(line)
    return found


def page(run: Child) -> str:
    found = re.search(r"http://\S+/r", run.output())
    assert found is not None
    with urllib.request.urlopen(found[0], timeout=20) as answer:  # noqa: S310 - our own address
        text: str = answer.read().decode("utf-8")
    return text


def test_a_demonstration_with_an_end_balances(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    run = demo(root, "--fleet", "1", "--days", "2", "--seconds", "8")
    run.start()
    assert run.wait(timeout=170) == 0, run.output()
    balanced = re.search(r"reconciled: (\d+) events, 0 lost, 0 twice, 0 different", run.output())
    assert balanced is not None
    assert int(balanced[1]) > 20
    assert processes_of(root) == []


def test_it_ends_by_ctrl_c_goes_on_afterwards_and_leaves_no_orphans(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    first = demo(root, "--fleet", "0", "--days", "0")
    first.start()
    first.wait_ready(timeout=100, pattern=_ADDRESSES)
    assert "演示数据" in page(first)
    first.signal(signal.SIGINT)
    assert first.wait(timeout=60) == 130
    assert "Traceback" not in first.output()
    assert processes_of(root) == []
    passwords = _PASSWORDS.findall(first.output())
    assert len(passwords) == 2

    second = demo(root, "--fleet", "0", "--days", "0")
    second.start()
    second.wait_ready(timeout=100, pattern=_ADDRESSES)
    assert _PASSWORDS.findall(second.output()) == passwords
    second.signal(signal.SIGKILL)
    second.wait(timeout=20)
    wait_until(lambda: processes_of(root) == [], what="the end of every process", timeout=60)
