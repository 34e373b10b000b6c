"""The gate: scans and the tap button in, visit facts and answers out."""

from collections.abc import Mapping
from typing import Final

import msgspec

from protocol.events import Event, Refused, Visit
from station_agent.config import GateConfig
from station_agent.feedback.sentences import Answer, answer_to
from station_agent.gate.decide import Accepted, Decider, Times
from station_agent.sessions.moment import Stamp

KEY: Final = "gate"


class Gate:
    """Turns decisions into facts. The caller makes them durable, and only then shows the answer."""

    def __init__(self, *, keys: Mapping[str, str], config: GateConfig) -> None:
        self._decider = Decider(
            keys={int(kid): bytes.fromhex(key) for kid, key in keys.items()},
            times=Times.of(config),
        )
        self._kept = b""
        self._synced: bool | None = None

    def restore(self, data: bytes | None, *, same_boot: bool) -> bool:
        """Go on from a kept memory; False when it could not be read."""
        if data is None:
            return True
        try:
            self._decider.restore(data, same_boot=same_boot)
        except msgspec.DecodeError:
            return False
        self._kept = data
        return True

    def changed(self) -> dict[str, bytes]:
        """What must be kept with the next facts."""
        data = self._decider.dump()
        return {} if data == self._kept else {KEY: data}

    def saved(self, rows: Mapping[str, bytes]) -> None:
        """These rows are on the disk."""
        self._kept = rows.get(KEY, self._kept)

    def forgotten(self) -> None:
        """The file was lost: the memory must be kept again."""
        self._kept = b""

    def scanned(self, text: str, now: Stamp, *, synced: bool) -> tuple[list[Event], Answer | None]:
        """One scan: at most one fact, and what to show once it is durable."""
        if synced and self._synced is False:
            self._decider.clock_set()
        self._synced = synced
        decision = self._decider.decide(text, now, synced=synced)
        if decision is None:
            return [], None
        mono = max(0, now.mono)
        if isinstance(decision, Accepted):
            visit = Visit(
                at=now.at,
                mono=mono,
                by="code",
                scan=decision.scan,
                token=decision.token,
                clock=decision.clock,
            )
            return [visit], Answer.WELCOME
        refused = Refused(at=now.at, mono=mono, reason=decision.reason, scan=decision.scan)
        return [refused], answer_to(decision.reason, ahead_ms=decision.ahead_ms)

    @staticmethod
    def tapped(now: Stamp) -> tuple[list[Event], Answer]:
        """Somebody pressed "just resting"."""
        return [Visit(at=now.at, mono=max(0, now.mono), by="tap")], Answer.TAP
