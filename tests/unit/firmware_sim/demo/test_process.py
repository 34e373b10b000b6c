"""Child processes of the demonstration: ready lines, logs, and a certain end."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_sim.demo.process import Child, ChildError
from tests.support.process import running, wait_until

_READY_THEN_WAIT = "import signal\nprint('ready')\nsignal.pause()"
_DEAF = (
    "import signal\nsignal.signal(15, signal.SIG_IGN)\nprint('ready')\nwhile True: signal.pause()"
)
_WITH_WORKER = (
    "import subprocess, sys, signal\n"
    "worker = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
    "print('worker', worker.pid)\nprint('ready')\nsignal.pause()"
)
_STARTER = (
    "import sys, signal\nfrom pathlib import Path\n"
    "from firmware_sim.demo.process import Child\n"
    "child = Child(name='c', argv=[sys.executable, '-c', sys.argv[1]], log=Path(sys.argv[2]))\n"
    "child.start()\nchild.wait_ready(timeout=20)\nprint('child', child.pid)\nprint('ready')\n"
    "signal.pause()"
)


def python(code: str, log: Path, *args: str) -> Child:
    return Child(name="sample", argv=[sys.executable, "-c", code, *args], log=log)


@contextmanager
def started(child: Child) -> Iterator[Child]:
    child.start()
    try:
        yield child
    finally:
        child.kill()


def alive(pid: int) -> bool:
    """Whether the process exists and is more than a zombie nobody has reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def number_after(word: str, child: Child) -> int:
    return int(child.output().split(word, 1)[1].split()[0])


def test_a_process_that_says_ready_is_ready(tmp_path: Path) -> None:
    with running(python(_READY_THEN_WAIT, tmp_path / "log")) as child:
        assert child.running
        assert child.output() == "ready\n"
    assert child.status == -signal.SIGTERM


def test_half_a_line_is_not_ready_yet(tmp_path: Path) -> None:
    code = "import signal\nprint('ready', end='', flush=True)\nsignal.pause()"
    with started(python(code, tmp_path / "log")) as child:
        wait_until(lambda: child.output() == "ready", what="its output")
        assert not child.is_ready()


def test_a_death_before_ready_is_told_with_the_last_lines(tmp_path: Path) -> None:
    child = python("print('no disk left')\nraise SystemExit(3)", tmp_path / "log")
    child.start()
    with pytest.raises(ChildError, match=r"(?s)sample 已退出（状态 3）.*no disk left"):
        child.wait_ready(timeout=20)


def test_a_process_that_never_gets_ready_is_given_up(tmp_path: Path) -> None:
    child = python("import signal\nprint('hm')\nsignal.pause()", tmp_path / "log")
    with started(child), pytest.raises(ChildError, match="没有就绪"):
        child.wait_ready(timeout=0.3)


def test_a_deaf_process_is_ended_all_the_same(tmp_path: Path) -> None:
    child = python(_DEAF, tmp_path / "log")
    child.start()
    child.wait_ready(timeout=20)
    assert child.stop(timeout=0.2) == -signal.SIGKILL


def test_workers_end_with_their_process(tmp_path: Path) -> None:
    child = python(_WITH_WORKER, tmp_path / "log")
    child.start()
    child.wait_ready(timeout=20)
    worker = number_after("worker", child)
    assert alive(worker)
    child.stop()
    wait_until(lambda: not alive(worker), what="the worker's end")


def test_nothing_stays_behind_a_starter_that_is_killed(tmp_path: Path) -> None:
    starter = python(_STARTER, tmp_path / "log", _READY_THEN_WAIT, str(tmp_path / "child.log"))
    starter.start()
    starter.wait_ready(timeout=20)
    child = number_after("child", starter)
    assert alive(child)
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait(timeout=20)
    wait_until(lambda: not alive(child), what="the child's end")


def test_a_log_keeps_earlier_runs_and_output_shows_the_last(tmp_path: Path) -> None:
    log = tmp_path / "log"
    first, second = python("print('one')", log), python("print('two')", log)
    for child in (first, second):
        child.start()
        assert child.wait(timeout=20) == 0
    assert second.output() == "two\n"
    assert log.read_text() == "one\ntwo\n"


def test_a_process_reads_what_it_is_told_on_its_input(tmp_path: Path) -> None:
    child = python("print(input()[::-1])", tmp_path / "log")
    child.start(stdin="密码abc\n".encode())
    assert child.wait(timeout=20) == 0
    assert child.output() == "cba码密\n"


def test_starting_twice_and_asking_before_the_start_are_mistakes(tmp_path: Path) -> None:
    child = python(_READY_THEN_WAIT, tmp_path / "log")
    with pytest.raises(RuntimeError, match="was not started"):
        _ = child.pid
    with started(child), pytest.raises(RuntimeError, match="is running"):
        child.start()
