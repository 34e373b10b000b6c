"""What the ingest asks of a telemetry store."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from server.storage.bulk import Bulk
from server.storage.changes import SampleRow


class Telemetry(Protocol):
    """Takes samples that were committed for the first time."""

    def within(self, bulk: Bulk, samples: Sequence[SampleRow]) -> None:
        """Write in the transaction of the facts. For stores in the same database."""

    def committed(self, samples: Sequence[SampleRow], stations: Mapping[int, str]) -> None:
        """Take samples after the commit, without waiting. `stations`: number to id."""

    def close(self) -> None:
        """Write what is waiting, within a few seconds, and end."""
