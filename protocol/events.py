"""Every event a station reports, as typed structs.

Facts (`charge`, `draw`, `umbrella_taken`, `umbrella_returned`, `visit`, `refused`, `device`,
`coverage`) are never dropped silently. `state` and `sample` may be dropped by a full outbox,
oldest first, and every drop is counted.

All instants are UTC milliseconds since 1970; `mono` is milliseconds since the station booted.
"""

from collections.abc import Callable
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from protocol.ids import Id

Instant = Annotated[int, Meta(ge=1_577_836_800_000, lt=4_102_444_800_000)]
"""UTC ms from 2020-01-01 to before 2100-01-01: a station clock outside is broken, not early."""
Seq = Annotated[int, Meta(ge=0, lt=2**53)]
Mono = Annotated[int, Meta(ge=0, lt=2**53)]
Unit = Annotated[int, Meta(ge=0, le=255)]
"""Socket, tap or slot of a device, as printed on it (1-based; 0 for the device itself)."""
Tag = Annotated[str, Meta(pattern=r"^[0-9A-F]{8,64}$")]
"""EPC of an umbrella's tag: upper-case hex."""
ScanHash = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
"""First 8 bytes of SHA-256 over the scanned text, hex: pairs records, reveals no one."""
Amount = Annotated[int, Meta(ge=0, lt=2**40)]
Reading = Annotated[int, Meta(ge=-(2**40), lt=2**40)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,32}$")]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """What every event carries. `seq` 0 means: not yet numbered by an outbox."""

    at: Instant
    mono: Mono
    seq: Seq = 0


class Charge(Event, tag="charge", frozen=True, kw_only=True):
    """A charging session ended at `at`: energy by counter difference, in Wh."""

    device: Id
    unit: Unit
    start: Instant
    wh: Annotated[int, Meta(ge=0, lt=1_000_000)]
    peak_mw: Annotated[int, Meta(ge=0, lt=100_000_000)] | None = None
    suspect: bool = False


class Draw(Event, tag="draw", frozen=True, kw_only=True):
    """A draw of hot water ended at `at`: volume in ml, warmest reading in m°C."""

    device: Id
    unit: Unit
    start: Instant
    ml: Annotated[int, Meta(ge=0, lt=10_000_000)]
    temp_mc: Annotated[int, Meta(ge=-50_000, le=150_000)] | None = None
    suspect: bool = False


class UmbrellaTaken(Event, tag="umbrella_taken", frozen=True, kw_only=True):
    """A tag left its slot. `while_off`: found missing when the agent started."""

    device: Id
    unit: Unit
    tag: Tag
    while_off: bool = False


class UmbrellaReturned(Event, tag="umbrella_returned", frozen=True, kw_only=True):
    """A tag came into a slot. `while_off`: found there when the agent started."""

    device: Id
    unit: Unit
    tag: Tag
    while_off: bool = False


class Visit(Event, tag="visit", frozen=True, kw_only=True):
    """Someone came in.

    By credential (`code`), by the anonymous button (`tap`), or counted by the keeper
    (`keeper`). `token` is the raw credential, evidence the server re-verifies.
    """

    by: Literal["code", "tap", "keeper"]
    scan: ScanHash | None = None
    token: Annotated[bytes, Meta(min_length=179, max_length=180)] | None = None
    clock: Literal["green", "amber"] = "green"


RefusalReason = Literal[
    "malformed", "version", "unknown_key", "forged", "expired", "clock", "replayed", "repeat"
]


class Refused(Event, tag="refused", frozen=True, kw_only=True):
    """A scan that was not taken, and why. Nothing in it identifies a person."""

    reason: RefusalReason
    scan: ScanHash


Condition = Literal["ok", "mute", "garbled", "implausible", "unplugged"]


class Device(Event, tag="device", frozen=True, kw_only=True):
    """A device's condition changed. `detail` is technical and short."""

    device: Id
    condition: Condition
    detail: Annotated[str, Meta(max_length=200)] = ""


class Coverage(Event, tag="coverage", frozen=True, kw_only=True):
    """Good 5-minute buckets per device since the last report.

    All lie within the UTC hour of `start`. Additive: an hour is complete for a device when
    its buckets sum to 12.
    """

    start: Instant
    devices: Annotated[dict[Id, Annotated[int, Meta(ge=0, le=12)]], Meta(max_length=64)]


class State(Event, tag="state", frozen=True, kw_only=True):
    """Present value of one capability of one unit, sent on change."""

    device: Id
    unit: Unit
    cap: Name
    value: Reading


class Sample(Event, tag="sample", frozen=True, kw_only=True):
    """Telemetry of one unit: capability to value, integers in the units of docs/events.md."""

    device: Id
    unit: Unit
    values: Annotated[dict[Name, Reading], Meta(min_length=1, max_length=32)]


AnyEvent = (
    Charge
    | Draw
    | UmbrellaTaken
    | UmbrellaReturned
    | Visit
    | Refused
    | Device
    | Coverage
    | State
    | Sample
)

DROPPABLE: Final[tuple[type[Event], ...]] = (State, Sample)

_encoder = msgspec.json.Encoder()
encode: Final[Callable[[Event], bytes]] = _encoder.encode
"""One event as JSON bytes."""
