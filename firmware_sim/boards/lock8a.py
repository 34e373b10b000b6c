"""The common "8A" lock board, wired to the hooks of an umbrella rack."""

import asyncio
from collections.abc import Callable
from typing import Final, Literal

from firmware_sim.boards.serial import SerialBoard
from firmware_sim.wire import crc

OPEN: Final = 0x8A
QUERY: Final = 0x80
Feedback = Literal["door_closing", "door_opening"]
OnUnlock = Callable[[int], object]


class Lock8a(SerialBoard):
    """A rack of `slots` hooks, numbered from 1. Each has a lock and a switch.

    With `feedback` "door_closing" the contact is closed while an umbrella hangs on the hook;
    with "door_opening" while none does. `extra_groups` are the status bytes an 8-channel board
    sends for channels it does not have. The unlock reply tells the contact after `reply_ms`.
    An unlocked hook locks again after `relock_s`, or when an umbrella is hung on it.
    """

    def __init__(
        self,
        *,
        board: int = 1,
        slots: int = 8,
        feedback: Feedback = "door_closing",
        extra_groups: int = 0,
        reply_ms: float = 500,
        relock_s: float = 20,
    ) -> None:
        super().__init__()
        self.board = board
        self.slots = slots
        self.feedback = feedback
        self.extra_groups = extra_groups
        self.reply_ms = reply_ms
        self.relock_s = relock_s
        self._occupied = [False] * slots
        self._unlocked: dict[int, asyncio.TimerHandle] = {}
        self._listeners: list[OnUnlock] = []

    def on_unlock(self, callback: OnUnlock) -> None:
        """Call `callback(slot)` when a hook is released."""
        self._listeners.append(callback)

    def occupied(self, slot: int) -> bool:
        """Whether an umbrella hangs on the hook."""
        return self._occupied[slot - 1]

    def unlocked(self, slot: int) -> bool:
        """Whether the hook lets go."""
        return slot in self._unlocked

    def insert(self, slot: int) -> None:
        """Hang an umbrella on an empty hook, which catches it.

        Raises:
            ValueError: the hook is taken.
        """
        if self._occupied[slot - 1]:
            raise ValueError(f"slot {slot} already holds an umbrella")
        self._occupied[slot - 1] = True
        self._lock(slot)

    def pull(self, slot: int) -> bool:
        """Pull at an umbrella; True when it comes off (only from an unlocked hook)."""
        if not (self._occupied[slot - 1] and slot in self._unlocked):
            return False
        self._occupied[slot - 1] = False
        self._lock(slot)
        return True

    def unlock(self, slot: int) -> None:
        """Release a hook, as the open command does."""
        self._lock(slot)
        loop = asyncio.get_running_loop()
        self._unlocked[slot] = loop.call_later(self.relock_s, self._lock, slot)
        for listener in self._listeners:
            listener(slot)

    def consume(self, buffer: bytearray) -> None:
        """Requests are five bytes: head, board, channel, function, check."""
        while len(buffer) >= 5:
            frame = bytes(buffer[:5])
            if (frame[0], frame[3]) in {(OPEN, 0x11), (QUERY, 0x33)} and crc.xor(frame) == 0:
                del buffer[:5]
                if frame[1] == self.board:
                    self._command(frame[0], frame[2])
            else:
                del buffer[0]

    def _command(self, head: int, channel: int) -> None:
        if channel > self.slots:
            return
        if head == QUERY:
            self._answer(self._one(QUERY, channel) if channel else self._all())
            return
        for slot in (channel,) if channel else range(1, self.slots + 1):
            self.unlock(slot)
        if channel:
            # The vendor's table shows no reply to "open all", so none is sent.
            asyncio.get_running_loop().call_later(self.reply_ms / 1000, self._report, channel)

    def _report(self, slot: int) -> None:
        self._answer(self._one(OPEN, slot))

    def _lock(self, slot: int) -> None:
        timer = self._unlocked.pop(slot, None)
        if timer is not None:
            timer.cancel()

    def _contact(self, slot: int) -> bool:
        return self._occupied[slot - 1] == (self.feedback == "door_closing")

    def _one(self, head: int, slot: int) -> bytes:
        return bytes((head, self.board, slot, 0x11 if self._contact(slot) else 0x00))

    def _all(self) -> bytes:
        bits = sum(self._contact(slot) << slot - 1 for slot in range(1, self.slots + 1))
        groups = (self.slots + 7) // 8 + self.extra_groups
        return bytes((QUERY, self.board)) + bits.to_bytes(groups, "big") + b"\x33"

    def _answer(self, body: bytes) -> None:
        faults = self.faults.take()
        if faults.wrong_id is not None:
            body = body[:1] + bytes((faults.wrong_id,)) + body[2:]
        frame = body + bytes((crc.xor(body),))
        for send in self._lines:
            send(frame, faults)
