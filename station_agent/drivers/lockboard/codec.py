"""Frames of the "8A" lock board. Sans-I/O.

Every frame ends with BCC, the XOR of all bytes before it. A reply to query-all has no length:
its end is an idle gap, and `33 BCC` there.
"""

from functools import reduce
from operator import xor
from typing import Final

_OPEN: Final = 0x8A
_QUERY: Final = 0x80
_CLOSED, _OTHER = 0x11, 0x00
_TAIL: Final = 0x33


def _sealed(*body: int) -> bytes:
    return bytes((*body, reduce(xor, body)))


def _holds(frame: bytes) -> bool:
    return reduce(xor, frame) == 0


def unlock(board: int, channel: int) -> bytes:
    """Pulse the lock of a channel (from 1)."""
    return _sealed(_OPEN, board, channel, 0x11)


def query_one(board: int, channel: int) -> bytes:
    """Ask for the switch of a channel (from 1)."""
    return _sealed(_QUERY, board, channel, _TAIL)


def query_all(board: int) -> bytes:
    """Ask for all switches."""
    return _sealed(_QUERY, board, 0x00, _TAIL)


def find_unlock(data: bytes, board: int, channel: int) -> bool | None:
    """The switch (True: byte 0x11) in the reply to `unlock`; None when there is no reply.

    A "still closed" reply equals the request: echoes must be stripped before.
    """
    return _find_switch(data, bytes((_OPEN, board, channel)))


def find_one(data: bytes, board: int, channel: int) -> bool | None:
    """The switch (True: byte 0x11) in the reply to `query_one`; None when there is no reply."""
    return _find_switch(data, bytes((_QUERY, board, channel)))


def _find_switch(data: bytes, head: bytes) -> bool | None:
    at = data.find(head)
    while at >= 0:
        frame = data[at : at + 5]
        if len(frame) == 5 and _holds(frame) and frame[3] in (_CLOSED, _OTHER):
            return frame[3] == _CLOSED
        at = data.find(head, at + 1)
    return None


def find_all(data: bytes, board: int, channels: int) -> list[bool] | None:
    """The switches of channels 1 to `channels` in the reply to `query_all`, at an idle gap.

    The highest group of eight comes first; bit 0 is the lowest channel of its group. Boards
    send more groups than they have channels: the surplus is cut.

    Returns:
        One bool a channel (True: bit set), or None when no reply is there.
    """
    groups = (channels + 7) // 8
    head = bytes((_QUERY, board))
    at = data.find(head)
    while at >= 0:
        for end in range(len(data), at + groups + 3, -1):
            frame = data[at:end]
            if frame[-2] == _TAIL and _holds(frame):
                low_first = frame[-3:1:-1]
                return [bool(low_first[c // 8] >> c % 8 & 1) for c in range(channels)]
        at = data.find(head, at + 1)
    return None


def strip_echo(data: bytes, request: bytes) -> bytes:
    """What follows the adapter's echo of `request`; nothing while the echo is incomplete."""
    at = data.find(request)
    return data[at + len(request) :] if at >= 0 else b""
