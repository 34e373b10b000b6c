"""What drivers tell the sessions: integers with units, stamped with monotonic milliseconds."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from protocol.events import Condition


class Reading(NamedTuple):
    """One value of one capability, in the unit its name ends with.

    Capabilities: `energy_wh` (cumulative, of one meter), `power_mw`, `voltage_mv`, `current_ma`,
    `temp_mc`, `relay` (0/1), `slot_state` (0 empty, 1 occupied).
    """

    device: str
    unit: int
    cap: str
    value: int
    mono: int


class Pulses(NamedTuple):
    """Edges of a flow meter.

    `total` is the kernel's line sequence number, so a restart of the agent loses none; a
    smaller total means the kernel's counter began anew. `first` is the number of the first edge
    of this report: what lies between it and the total known before was read by nobody who is
    still there. `mono` is when the last edge came, by the kernel's time.
    """

    device: str
    unit: int
    line: int
    total: int
    mono: int
    first: int | None = None


class CodeScanned(NamedTuple):
    """A scanner delivered a whole text."""

    device: str
    text: str
    mono: int


class ButtonPressed(NamedTuple):
    """A push button: `tap` (anonymous visit) or `umbrella`."""

    device: str
    button: str
    mono: int


class TagsSeen(NamedTuple):
    """One inventory round: EPC (upper-case hex) to RSSI in dBm. An empty round is meaningful."""

    device: str
    tags: dict[str, int]
    mono: int


class ConditionChanged(NamedTuple):
    """A device answers, is mute, garbles, reads nonsense, or its port is gone."""

    device: str
    condition: Condition
    detail: str
    mono: int


Observation = Reading | Pulses | CodeScanned | ButtonPressed | TagsSeen | ConditionChanged
Emit = Callable[[Observation], None]


class Driver(Protocol):
    """One device family on one port. `run` never returns and never raises for a bad device."""

    @property
    def id(self) -> str:
        """The configured device id."""

    async def run(self, emit: Emit) -> None:
        """Poll or listen until cancelled."""
