"""Settings of a UHF tag reader."""

from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.ids import Id


class UhfConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="family",
    tag="uhf_m100",
):
    """YRM100 / M100 / R200 reader that watches the rack `rack`."""

    id: Id
    port: str
    rack: Id
    poll_s: Annotated[float, Meta(ge=0.05, le=60)] = 0.5
    timeout_s: Annotated[float, Meta(ge=0.05, le=5)] = 0.5
    min_rssi_dbm: Annotated[int, Meta(ge=-128, le=0)] = -70
