"""One thread a process looks for changes; any number of streams wait on it."""

import threading
from collections.abc import Mapping
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from server.web.live import marks
from server.web.live.marks import Mark
from server.web.live.tickets import COUNTY, station_topic

STATIONS: Final = "stations"
"""Topic of the riders' board: what it shows changed."""
LOOK_S: Final = 1.0

_log = structlog.get_logger("live")


class Watcher:
    """Counts the changes of each topic and wakes who waits for one."""

    def __init__(self, *, read: sessionmaker[Session], look_s: float = LOOK_S) -> None:
        self._read = read
        self._look_s = look_s
        self._changed = threading.Condition()
        self._counts: dict[str, int] = {}
        self._marks: dict[str, Mark] = {}
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._failing = False

    def count(self, topic: str) -> int:
        """How many changes `topic` has had since this process began to look."""
        self._start()
        with self._changed:
            return self._counts.get(topic, 0)

    def wait(self, topic: str, after: int, timeout_s: float) -> int:
        """The count of `topic` once it is above `after`, or as it is at the time limit."""
        with self._changed:
            self._changed.wait_for(lambda: self._counts.get(topic, 0) > after, timeout_s)
            return self._counts.get(topic, 0)

    def _start(self) -> None:
        """Begin to look with the first stream: nobody watching costs nothing."""
        with self._starting:
            if self._thread is None:
                self._marks = self._look()
                self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._look_s):
            try:
                found = self._look()
            except SQLAlchemyError as error:  # the loop outlives any database trouble
                if not self._failing:
                    _log.error("watch_failed", kind=type(error).__name__)
                self._failing = True
                continue
            self._failing = False
            self._tell(topics_of(self._marks, found))
            self._marks = found

    def _look(self) -> dict[str, Mark]:
        with self._read() as session:
            return marks.read(session, self._marks)

    def _tell(self, topics: set[str]) -> None:
        if not topics:
            return
        with self._changed:
            for topic in topics:
                self._counts[topic] = self._counts.get(topic, 0) + 1
            self._changed.notify_all()


def topics_of(before: Mapping[str, Mark], after: Mapping[str, Mark]) -> set[str]:
    """Topics to tell, from the marks of two looks."""
    topics: set[str] = set()
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        topics |= {COUNTY, station_topic(name)}
        if old is None or new is None or old.state != new.state:
            topics.add(STATIONS)
    return topics
