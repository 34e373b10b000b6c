"""Who is signed in: a signed cookie names the account, the database says what it may do."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final, NamedTuple, cast

from flask import Flask, g, redirect, request, session, url_for
from sqlalchemy import select
from werkzeug.wrappers.response import Response

from server.services.errors import ServiceError
from server.storage.tables import Account, Station
from server.web.database import now, read_session

LIFETIME_MS: Final = 12 * 3_600_000
"""A sign-in lasts a working day."""
_LOGIN: Final = "login"
_SINCE: Final = "since"
_PROOF: Final = "proof"


class SignedIn(NamedTuple):
    """The account behind this request."""

    login: str
    role: str
    """`keeper` or `committee`."""
    name: str
    station_no: int | None
    station_id: str | None


def install(app: Flask) -> None:
    """Give templates `signed_in()`."""
    app.jinja_env.globals["signed_in"] = signed_in


def remember(login: str) -> None:
    """Start a session for `login`, whose password was just checked; nothing old is kept."""
    account = read_session().get_one(Account, login)
    session.clear()
    session.permanent = True
    session[_LOGIN] = login
    session[_SINCE] = now()
    session[_PROOF] = _proof(account.password_hash)


def forget() -> None:
    """End the session on this browser."""
    session.clear()
    g.pop("signed_in", None)


def signed_in() -> SignedIn | None:
    """The account of this request, or None. A changed password or role counts at once."""
    if "signed_in" not in g:
        g.signed_in = _look_up() if _LOGIN in session else None
    return cast("SignedIn | None", g.signed_in)


def require(role: str) -> Callable[[], Response | None]:
    """For `blueprint.before_request`: strangers go to the sign-in page, other roles are refused."""

    def check() -> Response | None:
        who = signed_in()
        if who is None:
            back = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("auth.login", next=back))
        if who.role != role:
            raise ServiceError("role", "您没有查看权限，请联系管理员。", status=403)
        return None

    return check


def current() -> SignedIn:
    """The account of a request that passed `require`.

    Raises:
        ServiceError: nobody is signed in.
    """
    who = signed_in()
    if who is None:
        raise ServiceError("signed_out", "请先登录。", status=401)
    return who


def _look_up() -> SignedIn | None:
    if not 0 <= now() - int(session.get(_SINCE, 0)) < LIFETIME_MS:
        return None
    row = (
        read_session()
        .execute(
            select(Account, Station.id)
            .outerjoin(Station, Station.no == Account.station_no)
            .where(Account.login == session[_LOGIN])
        )
        .one_or_none()
    )
    if row is None:
        return None
    account, station_id = row
    if not hmac.compare_digest(str(session.get(_PROOF, "")), _proof(account.password_hash)):
        return None
    return SignedIn(account.login, account.role, account.name, account.station_no, station_id)


def _proof(password_hash: str) -> str:
    """Ties a session to the password it was opened with."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]
