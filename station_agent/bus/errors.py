"""Why a port gave no answer, in the words a device's condition is reported with."""

from protocol.events import Condition


class BusError(Exception):
    """A transaction failed.

    Attributes:
        condition: what this says about the device: `mute`, `garbled` or `unplugged`.
        detail: short and technical.
    """

    def __init__(self, condition: Condition, detail: str) -> None:
        super().__init__(f"{condition}: {detail}")
        self.condition = condition
        self.detail = detail


class RestingError(BusError):
    """Nothing was sent: the device failed lately and is left alone for a while."""

    def __init__(self) -> None:
        super().__init__("mute", "left alone after failures")


class PortGoneError(BusError):
    """The port cannot be opened, or vanished while in use."""

    def __init__(self, detail: str) -> None:
        super().__init__("unplugged", detail)
