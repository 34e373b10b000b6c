"""Settings of a group of energy meters: one meter a socket."""

from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.ids import Id

Address = Annotated[int, Meta(ge=1, le=247)]


class MeterConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="family",
    tag="pzem016",
):
    """PZEM-016 meters on one bus, reported as one charging device.

    `addresses[i]` is the meter of socket i + 1. `poll_s` is the pause between rounds.
    """

    id: Id
    bus: Id
    addresses: Annotated[tuple[Address, ...], Meta(min_length=1, max_length=32)]
    poll_s: Annotated[float, Meta(ge=0.05, le=60)] = 1.0
    timeout_s: Annotated[float, Meta(ge=0.05, le=5)] = 0.25
