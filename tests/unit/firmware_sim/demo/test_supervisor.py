"""What a person sees when a process of the demonstration dies."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim.demo.console import Console
from firmware_sim.demo.process import Child, ChildError
from firmware_sim.demo.supervisor import RESTARTS, Supervisor
from tests.support.process import wait_until

_WAIT = "import signal\nprint('last words')\nprint('ready')\nsignal.pause()"


class Scene:
    """A supervisor whose terminal is a string and whose clock is a number."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.terminal = io.StringIO()
        self.now = 0.0
        self.supervisor = Supervisor(Console(self.terminal), clock=lambda: self.now)

    def child(self, name: str, code: str) -> Child:
        return Child(name=name, argv=[sys.executable, "-c", code], log=self.folder / name)

    def murder(self, child: Child) -> None:
        os.kill(child.pid, signal.SIGKILL)
        wait_until(lambda: not child.running, what="its death")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    one = Scene(tmp_path)
    yield one
    one.supervisor.kill()


def test_a_dead_process_is_reported_and_started_again(scene: Scene) -> None:
    child = scene.child("ingest", _WAIT)
    scene.supervisor.start(child)
    first = child.pid
    scene.murder(child)
    scene.supervisor.check()
    assert child.running
    assert child.pid != first
    said = scene.terminal.getvalue()
    assert "ingest 意外退出（状态 -9）" in said
    assert "last words" in said
    assert "重新启动 ingest" in said


def test_a_process_that_keeps_dying_ends_the_demonstration(scene: Scene) -> None:
    child = scene.child("web", _WAIT)
    scene.supervisor.start(child)
    for _ in range(RESTARTS):
        scene.murder(child)
        scene.supervisor.check()
        scene.now += 1
    scene.murder(child)
    with pytest.raises(ChildError, match="web 反复退出"):
        scene.supervisor.check()


def test_a_death_an_hour_is_not_dying_too_often(scene: Scene) -> None:
    child = scene.child("web", _WAIT)
    scene.supervisor.start(child)
    for _ in range(RESTARTS + 2):
        scene.murder(child)
        scene.supervisor.check()
        scene.now += 3_600
    assert child.running


def test_a_task_that_ends_well_is_followed_by_what_was_agreed(scene: Scene) -> None:
    ended: list[str] = []
    task = scene.child("fleet", "print('done')")
    scene.supervisor.begin(task, lambda: ended.append("fleet"))
    assert scene.supervisor.working == [task]
    task.wait(timeout=20)
    scene.supervisor.check()
    assert ended == ["fleet"]
    assert scene.supervisor.working == []


def test_a_task_that_fails_ends_the_demonstration_with_its_last_lines(scene: Scene) -> None:
    task = scene.child("fleet", "raise SystemExit('no broker')")
    scene.supervisor.begin(task, lambda: None)
    task.wait(timeout=20)
    with pytest.raises(ChildError, match=r"(?s)fleet 失败（状态 1）.*no broker"):
        scene.supervisor.check()


def test_retired_processes_end_and_are_not_revived(scene: Scene) -> None:
    one, other = scene.child("one", _WAIT), scene.child("other", _WAIT)
    scene.supervisor.start(one, other)
    scene.supervisor.retire([one], timeout=10)
    scene.supervisor.check()
    assert not one.running
    assert other.running
