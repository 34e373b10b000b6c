"""File names in Chinese and text that a spreadsheet must not run."""

from typing import Final
from urllib.parse import quote

_FORMULA: Final = frozenset("=+-@\t\r\n|%＝＋－＠")
_FORBIDDEN: Final = str.maketrans(dict.fromkeys('\\/:*?"<>|\r\n\t', "_"))


def harmless(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text and (text[0] in _FORMULA or text.lstrip()[:1] in _FORMULA) else text


def disposition(title: str, suffix: str, fallback: str) -> str:
    """A Content-Disposition for a download with a Chinese name (RFC 6266, RFC 5987).

    Args:
        title: name without suffix; characters no file system takes are replaced.
        suffix: without the dot.
        fallback: ASCII name for old browsers, without suffix.
    """
    name = quote(f"{title.translate(_FORBIDDEN)}.{suffix}", safe="")
    return f"attachment; filename=\"{fallback}.{suffix}\"; filename*=UTF-8''{name}"
