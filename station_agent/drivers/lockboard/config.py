"""Settings of an umbrella rack's lock board."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from protocol.ids import Id


class LockboardConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="family",
    tag="8a",
):
    """An "8A" board whose channel switches tell an umbrella's presence in its slot.

    `feedback` is the board's polarity: `door_closing` (contact closed when locked; 1 = hook
    holds an umbrella) or `door_opening` (inverted).
    """

    id: Id
    port: str
    board: Annotated[int, Meta(ge=1, le=99)] = 1
    slots: Annotated[int, Meta(ge=1, le=50)]
    feedback: Literal["door_closing", "door_opening"] = "door_closing"
    poll_s: Annotated[float, Meta(ge=0.05, le=60)] = 0.5
    timeout_s: Annotated[float, Meta(ge=0.05, le=5)] = 1.5
    take_window_s: Annotated[float, Meta(ge=0.1, le=120)] = 20.0
    """How long an unlocked slot may stay unpulled before it counts as left."""
