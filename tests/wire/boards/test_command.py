"""`python -m firmware_sim board …` as a person meets it."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.wire.boards.lines import PATIENCE_S

ROOT = Path(__file__).parents[3]


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "firmware_sim", "board", *options]


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(
        command(*options), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process, spoken(process)
        finally:
            process.kill()


def read(client: socket.socket, count: int) -> bytes:
    with client.makefile("rb") as stream:
        return stream.read(count)


def spoken(process: subprocess.Popen[str]) -> str:
    """The next line, unless it takes too long."""
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], PATIENCE_S)[0]
    return process.stdout.readline()


def tried(line: str) -> bytes:
    """The frame the board's own line proposes to send."""
    match = re.search(r"try: send ((?:[0-9A-F]{2} ?)+)", line)
    assert match is not None, line
    return bytes.fromhex(match[1])


def tcp_reply(line: str, count: int) -> str:
    match = re.search(r"127\.0\.0\.1:(\d+)", line)
    assert match is not None, line
    with socket.create_connection(("127.0.0.1", int(match[1])), timeout=PATIENCE_S) as client:
        client.sendall(tried(line))
        return read(client, count).hex(" ").upper()


@pytest.mark.parametrize(
    ("options", "words", "reply"),
    [
        (("pzem016", "--address", "7", "--load-w", "24.4"), "电能表", "07 04 14 08 FC"),
        (("waveshare-relay",), "继电器", "01 05 02 00 00 07 8D B0"),
        (("r4dcb08", "--temperature-c", "90.5"), "温度采集板", "01 03 10 03 89"),
        (("lock8a", "--umbrellas", "3"), "锁控板", "80 01 07 33 B5"),
        (("uhf-m100", "--dialect", "AA", "--tags", "E200"), "读卡器", "AA 02 22 00 07 C9"),
        (("gm65", "--code", "X"), "扫码器", "02 00 00 01 D6"),
    ],
)
def test_what_the_ready_line_proposes_is_answered(
    options: tuple[str, ...], words: str, reply: str
) -> None:
    with running(*options, "--tcp", "127.0.0.1:0") as (process, line):
        assert words in line
        assert "ready" in line
        assert tcp_reply(line, len(bytes.fromhex(reply))) == reply
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert "Traceback" not in output


def test_modbus_tcp_is_served_on_request() -> None:
    with running("r4dcb08", "--tcp", "127.0.0.1:0", "--framing", "mbap") as (process, line):
        assert "(mbap)" in line
        port = int(re.findall(r"127\.0\.0\.1:(\d+)", line)[0])
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as client:
            client.sendall(bytes.fromhex("0009 0000 0006 01 03 0000 0001"))
            assert read(client, 11) == bytes.fromhex("0009 0000 0005 01 03 02 0389")
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0


def test_a_pseudo_terminal_works_and_is_gone_at_the_end(tmp_path: Path) -> None:
    link = tmp_path / "scan0"
    with running("gm65", "--pty", str(link), "--code", "TIME TO EAT", "--every-s", "0.1") as (
        process,
        line,
    ):
        assert str(link) in line
        fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
        seen = b""
        while b"TIME TO EAT" not in seen:
            assert select.select([fd], [], [], PATIENCE_S)[0]
            seen += os.read(fd, 100)
        os.close(fd)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    assert not link.is_symlink()


def test_an_unlocked_umbrella_is_pulled_and_both_are_told() -> None:
    with running("lock8a", "--tcp", "127.0.0.1:0", "--pull-s", "0") as (process, line):
        port = int(re.findall(r"127\.0\.0\.1:(\d+)", line)[0])
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as client:
            client.sendall(bytes.fromhex("8A 01 02 11 98"))
            assert read(client, 5) == bytes.fromhex("8A 01 02 00 89")
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENCE_S)
        assert said.splitlines() == [
            "伞位 slot 2: 已开锁 unlocked",
            "伞位 slot 2: 已取伞 umbrella pulled",
        ]
        assert process.returncode == 0


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            command("pzem016", "--tcp", f"127.0.0.1:{port}"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port} cannot be listened on" in done.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("pzem016",), "give one of --tcp HOST:PORT and --pty PATH"),
        (("pzem016", "--tcp", "127.0.0.1"), "is no host:port"),
        (("pzem016", "--tcp", "127.0.0.1:70000"), "is no host:port"),
        (("pzem016", "--pty", "x", "--framing", "mbap"), "--framing mbap needs --tcp"),
        (("pzem016", "--pty", "/proc/none/x"), "/proc/none/x cannot be made"),
        (("uhf-m100", "--tcp", "127.0.0.1:0", "--tags", "E2"), "is no EPC"),
        (("r4dcb08", "--pty", "x", *["--temperature-c", "1"] * 9), "eight channels"),
    ],
)
def test_a_wrong_option_is_a_sentence(options: tuple[str, ...], sentence: str) -> None:
    from click.testing import CliRunner

    from firmware_sim.boards.command import command as board

    result = CliRunner().invoke(board, list(options))
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output
