"""One child process: started in a group of its own, logged to a file, ended for certain."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from firmware_sim.demo.errors import DemoError

_POLL_S: Final = 0.02
_SETPRIV: Final = shutil.which("setpriv")


class ChildError(DemoError):
    """A child ended, or did not become ready in time. The sentence ends with its last lines."""


class Child:
    """A process that writes to a log file.

    It leads its own process group, and the kernel sends it SIGTERM when the thread that started
    it is gone (`setpriv --pdeathsig`), so nothing stays behind a starter killed with SIGKILL.
    """

    def __init__(
        self,
        *,
        name: str,
        argv: Sequence[str | Path],
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.argv = [str(word) for word in argv]
        self.log = log
        self._env = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            **(env or {}),
        }
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._log_from = 0

    @property
    def pid(self) -> int:
        """Process id; of the last run when it ended."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Exit status, negative signal number, or None while it runs."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.poll()

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, *, stdin: bytes | None = None) -> None:
        """Start it; `stdin` is written and closed, else there is no input."""
        if self.running:
            raise RuntimeError(f"{self.name} is running")
        guard = [_SETPRIV, "--pdeathsig", "TERM", "--"] if _SETPRIV else []
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as sink:
            self._log_from = sink.tell()
            self._process = subprocess.Popen(
                [*guard, *self.argv],
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
            )
        if stdin is not None and self._process.stdin is not None:
            with self._process.stdin as pipe:
                pipe.write(stdin)

    def output(self) -> str:
        """What this run has written so far."""
        with self.log.open("rb") as source:
            source.seek(self._log_from)
            return source.read().decode("utf-8", "replace")

    def tail(self, lines: int = 20) -> str:
        """The last lines of this run."""
        return "\n".join(self.output().splitlines()[-lines:])

    def is_ready(self, pattern: str = r"^ready$") -> bool:
        """Whether a whole line matching `pattern` was written."""
        written, _, _ = self.output().rpartition("\n")
        return re.search(pattern, written, re.MULTILINE) is not None

    def wait_ready(self, *, timeout: float, pattern: str = r"^ready$") -> None:
        """Wait for the line that says it is ready.

        Raises:
            ChildError: it ended, or `timeout` seconds passed.
        """
        deadline = time.monotonic() + timeout
        while not self.is_ready(pattern):
            if not self.running:
                raise self.failure(f"已退出（状态 {self.status}）")
            if time.monotonic() > deadline:
                raise self.failure(f"{timeout:.0f} 秒内没有就绪")
            time.sleep(_POLL_S)

    def wait(self, *, timeout: float) -> int:
        """Wait for its end and return the status.

        Raises:
            ChildError: `timeout` seconds passed.
        """
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise self.failure(f"{timeout:.0f} 秒内没有结束") from error

    def failure(self, what: str) -> ChildError:
        """An error that names this process and shows its last lines."""
        return ChildError(f"{self.name} {what}。日志 {self.log} 的最后几行：\n{self.tail()}")

    def terminate(self) -> None:
        """Ask it to end."""
        if self.running:
            self.signal(signal.SIGTERM)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process itself."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self, *, timeout: float = 10.0) -> int | None:
        """End it: SIGTERM, after `timeout` seconds SIGKILL to its whole group."""
        if self._process is None:
            return None
        self.terminate()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        self._sweep()
        return self._process.returncode

    def kill(self) -> None:
        """Cut it off as a power cut would: SIGKILL to the whole group, and reap it."""
        if self._process is None:
            return
        self._sweep()
        self._process.wait()

    def _sweep(self) -> None:
        """Nothing of the group may stay, workers of its own included."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
