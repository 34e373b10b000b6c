"""The jobs process: audit soon after evidence arrives, retention every ten minutes."""

import threading
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.services.activation import Clock
from server.services.audit import audit
from server.services.errors import ServiceError
from server.services.keys import public_keys
from server.services.retention import prune
from server.storage.engine import writing

_AUDIT_S: Final = 2.0
_PRUNE_MS: Final = 600_000
_log = structlog.get_logger(__name__)


class Jobs:
    """What is done beside the ingest.

    Args:
        engine: the database.
        keys: folder of the signing keys.
        clock: UTC ms.
    """

    def __init__(self, *, engine: Engine, keys: Path, clock: Clock) -> None:
        self._sessions = writing(engine)
        self._keys = keys
        self._clock = clock
        self._pruned = 0
        self._failing = False

    def once(self) -> bool:
        """One round; True when evidence is still waiting."""
        keys = public_keys(self._keys)
        with self._sessions.begin() as session:
            verdicts = audit(session, keys)
        unsound = {verdict: n for verdict, n in verdicts.items() if verdict != "sound"}
        if unsound:
            _log.warning("audit", **unsound)
        now = self._clock()
        if now - self._pruned >= _PRUNE_MS:
            self._pruned = now
            gone = prune(self._sessions, self._clock)
            if any(gone.values()):
                _log.info("pruned", **gone)
        return bool(verdicts)

    def run(self, stop: threading.Event) -> None:
        """Rounds until `stop`."""
        while not stop.is_set():
            try:
                waiting = self.once()
            except (SQLAlchemyError, OSError, ServiceError) as error:  # the next round tries again
                waiting = False
                if not self._failing:
                    _log.error("jobs_failed", error=type(error).__name__)
                self._failing = True
            else:
                self._failing = False
            if not waiting:
                stop.wait(_AUDIT_S)
