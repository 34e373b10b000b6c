"""Settings of a relay board."""

from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.ids import Id

Channel = Annotated[int, Meta(ge=1, le=8)]


class RelayConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="family",
    tag="waveshare_relay",
):
    """Waveshare Modbus RTU Relay 8CH. Channels are 1-based, as printed on the board.

    `sockets[i]` switches socket i + 1 (kept on: the door is open). `green`, `red` and `beep`
    are flashed in answer to a scan; the board ends the pulse itself.
    """

    id: Id
    bus: Id
    address: Annotated[int, Meta(ge=1, le=247)]
    sockets: Annotated[tuple[Channel, ...], Meta(max_length=8)] = ()
    green: Channel | None = None
    red: Channel | None = None
    poll_s: Annotated[float, Meta(ge=0.05, le=60)] = 5.0
    timeout_s: Annotated[float, Meta(ge=0.05, le=5)] = 0.25
