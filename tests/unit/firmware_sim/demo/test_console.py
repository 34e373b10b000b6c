"""The terminal: columns that hold with Chinese text, and whole lines."""

import io

import pytest

from firmware_sim.demo.console import Console, cells, pad


def test_chinese_takes_two_columns() -> None:
    assert cells("站长 yz-001") == 11
    assert pad("骑手", 8) == "骑手    "


def test_a_step_shows_what_it_does_and_how_long_it_took() -> None:
    terminal = io.StringIO()
    console = Console(terminal)
    with console.step("数据库"):
        assert terminal.getvalue().startswith("  数据库")
        assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().endswith(" s\n")


def test_a_line_inside_a_step_stands_on_its_own() -> None:
    terminal = io.StringIO()
    console = Console(terminal)
    with console.step("网页"):
        console.line("端口被占用")
    first, second, third = terminal.getvalue().splitlines()
    assert first.strip() == "网页"
    assert second == "端口被占用"
    assert third.endswith(" s")


def test_a_failed_step_does_not_look_done() -> None:
    terminal = io.StringIO()
    console = Console(terminal)
    with pytest.raises(OSError, match="disk"), console.step("数据库"):
        raise OSError("disk")
    assert terminal.getvalue().endswith("未完成\n")


def test_columns_of_a_table_are_in_line() -> None:
    terminal = io.StringIO()
    Console(terminal).table([("骑手", "/r", "x"), ("行业党委", "/committee", "y")])
    first, second = terminal.getvalue().splitlines()
    assert cells(first[: first.index("/r")]) == cells(second[: second.index("/committee")])
    assert cells(first) == cells(second)
