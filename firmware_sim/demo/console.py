"""What a person sees in the terminal: a line for every step, addresses at the end."""

import sys
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TextIO

_WIDTH: Final = 42


def cells(text: str) -> int:
    """Columns a text takes in a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def pad(text: str, width: int) -> str:
    """`text` filled with spaces to `width` columns."""
    return text + " " * max(0, width - cells(text))


class Console:
    """Writes to one stream; a line begun by a step is finished before anything else."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._open = False

    def line(self, text: str = "") -> None:
        """One line of its own."""
        if self._open:
            self._write("\n")
            self._open = False
        self._write(f"{text}\n")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Shows `title` at once and, when the block is through, the seconds it took."""
        began = time.monotonic()
        if self._open:
            self._write("\n")
        self._write(f"  {pad(title, _WIDTH)}")
        self._open = True
        try:
            yield
        except BaseException:
            self._finish("未完成")
            raise
        self._finish(f"{time.monotonic() - began:5.1f} s")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows with their columns in line."""
        widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            padded = (pad(cell, width) for cell, width in zip(row, widths, strict=True))
            self.line("  " + "   ".join(padded).rstrip())

    def _finish(self, text: str) -> None:
        if self._open:
            self._write(f" {text}\n")
            self._open = False
        else:
            self._write(f"  {pad('', _WIDTH)} {text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
