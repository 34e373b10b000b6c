"""Settings of GPIO lines: flow pulses and push buttons."""

from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.ids import Id

Line = Annotated[int, Meta(ge=0, le=63)]


class FlowConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One pulse flow meter: `pulses_per_litre` by calibration (YF-S201: 450)."""

    line: Line
    unit: Annotated[int, Meta(ge=1, le=8)] = 1
    pulses_per_litre: Annotated[int, Meta(ge=10, le=20_000)] = 450


class GpioConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="family",
    tag="gpio",
):
    """A gpiochip, or a FIFO that carries the same `gpio_v2_line_event` structs.

    `water` is the device id its flow meters are reported as.
    """

    id: Id
    path: str
    water: Id
    flows: Annotated[tuple[FlowConfig, ...], Meta(max_length=8)] = ()
    tap_line: Line | None = None
    """Button "我来歇歇，不登记"."""
    umbrella_line: Line | None = None
    """Button "借伞"."""
