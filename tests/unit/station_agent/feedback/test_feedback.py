"""Lights and the umbrella button."""

import asyncio
from typing import Literal

import pytest

from station_agent.feedback.lending import Lending, next_slot
from station_agent.feedback.lights import Lights
from station_agent.feedback.sentences import Answer


class Board:
    """A relay board that notes its pulses."""

    def __init__(self) -> None:
        self.pulses: list[tuple[int, int]] = []

    async def flash(self, channel: int, tenths: int) -> bool:
        self.pulses.append((channel, tenths))
        return True


@pytest.mark.parametrize("answer", list(Answer))
def test_every_answer_lights_one_lamp(answer: Answer) -> None:
    board = Board()
    assert asyncio.run(Lights(board=board, green=7, red=8).show(answer))
    assert board.pulses == [(7 if answer.light == "green" else 8, answer.tenths)]


def test_a_repeat_is_shorter_than_a_refusal() -> None:
    assert Answer.REPEAT.tenths < Answer.NOT_OURS.tenths


def test_a_station_without_lamps_says_that_nobody_saw_it() -> None:
    board = Board()
    assert not asyncio.run(Lights(board=None, green=7, red=8).show(Answer.TAP))
    assert not asyncio.run(Lights(board=board, green=None, red=8).show(Answer.TAP))
    assert board.pulses == []


@pytest.mark.parametrize(
    ("occupied", "after", "slot"),
    [
        ({1: True, 2: True, 3: False}, 0, 1),
        ({1: True, 2: True, 3: False}, 1, 2),
        ({1: True, 2: True, 3: False}, 2, 1),
        ({1: False, 2: False, 3: True}, 3, 3),
        ({1: False, 2: False}, 1, None),
        ({}, 0, None),
    ],
)
def test_slots_are_opened_round_the_rack(
    occupied: dict[int, bool], after: int, slot: int | None
) -> None:
    assert next_slot(occupied, after) == slot


class Rack:
    """A lock board that takes its time."""

    def __init__(self) -> None:
        self.unlocked: list[int] = []
        self.go_on = asyncio.Event()

    async def unlock(self, slot: int) -> Literal["opened", "closed", "unknown"]:
        self.unlocked.append(slot)
        await self.go_on.wait()
        return "closed"


def test_an_impatient_hand_opens_one_slot_not_two() -> None:
    async def story() -> None:
        rack = Rack()
        lending = Lending(device="rack", rack=rack, slots=lambda: {2: True, 5: True})
        first = asyncio.create_task(lending.press())
        await asyncio.sleep(0)
        assert await lending.press() is None
        rack.go_on.set()
        assert await first == 2
        assert await lending.press() == 5
        assert rack.unlocked == [2, 5]

    asyncio.run(story())


def test_an_empty_rack_opens_nothing() -> None:
    async def story() -> None:
        rack = Rack()
        assert await Lending(device="rack", rack=rack, slots=lambda: {1: False}).press() is None
        assert rack.unlocked == []

    asyncio.run(story())
