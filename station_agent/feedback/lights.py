"""The two lamps beside the scanner, on relay channels."""

from typing import Protocol

from station_agent.feedback.sentences import Answer


class Flasher(Protocol):
    """A relay board that ends a pulse by itself."""

    async def flash(self, channel: int, tenths: int) -> bool:
        """Close `channel` for `tenths` × 100 ms; whether the board confirmed."""


class Lights:
    """Shows an answer. A station without lamps, or with a dead board, stays open all the same."""

    def __init__(self, *, board: Flasher | None, green: int | None, red: int | None) -> None:
        self._board = board
        self._channels = {"green": green, "red": red}

    async def show(self, answer: Answer) -> bool:
        """Flash the lamp of an answer; whether somebody could see it."""
        channel = self._channels[answer.light]
        if self._board is None or channel is None:
            return False
        return await self._board.flash(channel, answer.tenths)
