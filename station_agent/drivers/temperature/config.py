"""Settings of a temperature board."""

from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.ids import Id


class TemperatureConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="family",
    tag="r4dcb08",
):
    """R4DCB08: probe of tap `taps[i]` is channel i + 1. Reported as device `id`."""

    id: Id
    bus: Id
    address: Annotated[int, Meta(ge=1, le=247)]
    taps: Annotated[tuple[int, ...], Meta(min_length=1, max_length=8)] = (1,)
    water: Id
    """The hot-water device these probes belong to."""
    poll_s: Annotated[float, Meta(ge=0.05, le=60)] = 2.0
    timeout_s: Annotated[float, Meta(ge=0.05, le=5)] = 0.25
