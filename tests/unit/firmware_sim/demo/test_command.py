"""`python -m firmware_sim demo` as a person types it."""

import socket
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.process import module


@pytest.mark.parametrize("option", ["--web-port", "--live-port", "--mqtt-port"])
def test_a_taken_port_is_a_sentence_and_nothing_is_started(tmp_path: Path, option: str) -> None:
    words = {name: str(free_port()) for name in ("--web-port", "--live-port", "--mqtt-port")}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words[option] = str(port)
        flat = [word for pair in words.items() for word in pair]
        demo = module("firmware_sim", "demo", "--root", tmp_path / "d", *flat, log=tmp_path / "log")
        demo.start()
        assert demo.wait(timeout=30) == 2
    assert f"端口 {port} 已被占用" in demo.output()
    assert option in demo.output()
    assert "Traceback" not in demo.output()
    assert not (tmp_path / "d").exists()


def test_the_same_port_twice_is_a_sentence(tmp_path: Path) -> None:
    port = str(free_port())
    words = ("--web-port", port, "--live-port", port, "--mqtt-port", str(free_port()))
    demo = module("firmware_sim", "demo", "--root", tmp_path / "d", *words, log=tmp_path / "log")
    demo.start()
    assert demo.wait(timeout=30) == 2
    assert "不能相同" in demo.output()
