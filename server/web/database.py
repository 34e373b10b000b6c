"""Database sessions of a request: one snapshot to read, short transactions to write."""

from contextlib import AbstractContextManager
from typing import Final, NamedTuple

from flask import Flask, current_app, g
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from server.storage.engine import reading, writing
from server.web.clock import Clock

_KEY: Final = "qinlin"


class Resources(NamedTuple):
    """What views reach through the app."""

    engine: Engine
    read: sessionmaker[Session]
    write: sessionmaker[Session]
    clock: Clock


def install(app: Flask, *, engine: Engine, clock: Clock) -> None:
    """Give `app` its database and clock; sessions end with the request."""
    app.extensions[_KEY] = Resources(engine, reading(engine), writing(engine), clock)
    app.teardown_appcontext(_close)


def resources() -> Resources:
    """Database and clock of the current app."""
    found: Resources = current_app.extensions[_KEY]
    return found


def now() -> int:
    """UTC milliseconds by the app's clock."""
    return resources().clock()


def read_session() -> Session:
    """This request's read-only session."""
    if "read_session" not in g:
        g.read_session = resources().read()
    session: Session = g.read_session
    return session


def write_session() -> AbstractContextManager[Session]:
    """A transaction of its own."""
    return resources().write.begin()


def _close(_error: BaseException | None) -> None:
    session: Session | None = g.pop("read_session", None)
    if session is not None:
        session.close()
