"""Sign-in of keepers and committee members, with a lock-out after wrong passwords."""

from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from protocol.ids import is_id
from server.services.activation import Clock
from server.services.errors import ServiceError
from server.storage.tables import Account, Station

ROLES: Final = ("keeper", "committee")
PASSWORD_MIN: Final = 10
PASSWORD_MAX: Final = 200
FAILURES_MAX: Final = 5
LOCKED_MS: Final = 15 * 60_000


class Person(NamedTuple):
    """Who signed in. `station_no` and `station_id` only for keepers."""

    login: str
    role: str
    name: str
    station_no: int | None
    station_id: str | None


def put(
    session: Session, *, login: str, role: str, name: str, password: str, station: str | None = None
) -> None:
    """Create an account or change it; a new password also ends a lock-out.

    Raises:
        ServiceError: `account_login`, `account_role`, `account_password`, `account_station`.
    """
    if not is_id(login):
        raise ServiceError("account_login", "登录名只用小写字母、数字和连字符。")
    if role not in ROLES:
        raise ServiceError("account_role", "角色应为 keeper 或 committee。")
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise ServiceError("account_password", f"密码应为{PASSWORD_MIN}至{PASSWORD_MAX}个字符。")
    station_no = None
    if role == "keeper":
        station_no = session.scalar(select(Station.no).where(Station.id == station))
        if station_no is None:
            raise ServiceError("account_station", "站长账户要注明一个已登记的站点。")
    elif station is not None:
        raise ServiceError("account_station", "行业党委账户不属于某个站点。")
    account = session.get(Account, login)
    if account is None:
        account = Account(login=login)
        session.add(account)
    account.role, account.name, account.station_no = role, name[:200], station_no
    account.password_hash = generate_password_hash(password, method="scrypt")
    account.failures, account.locked_until = 0, None
    session.flush()


def sign_in(session: Session, clock: Clock, *, login: str, password: str) -> Person:
    """Check a password.

    The session must be a writing one, and the caller commits it also after a refusal, so that
    failures are counted.

    Raises:
        ServiceError: `sign_in_refused` (unknown login and wrong password alike) or
            `sign_in_locked` after `FAILURES_MAX` failures in a row, for 15 minutes.
    """
    account = session.get(Account, login, with_for_update=True)
    if account is None:
        check_password_hash(_nobody(), password[:PASSWORD_MAX])
        raise _refused()
    now = clock()
    if account.locked_until is not None and account.locked_until > now:
        raise ServiceError("sign_in_locked", "操作太快，请15分钟后再试。", status=429)
    if not check_password_hash(account.password_hash, password[:PASSWORD_MAX]):
        failures = account.failures + 1
        locked = now + LOCKED_MS if failures >= FAILURES_MAX else None
        session.execute(
            update(Account)
            .where(Account.login == login)
            .values(failures=0 if locked else failures, locked_until=locked)
        )
        raise _refused()
    account.failures, account.locked_until = 0, None
    person = _person(session, account)
    session.flush()
    return person


def find(session: Session, login: str) -> Person | None:
    """The account behind a session cookie; None when it is gone."""
    account = session.get(Account, login)
    return None if account is None else _person(session, account)


def _person(session: Session, account: Account) -> Person:
    station = None
    if account.station_no is not None:
        station = session.scalar(select(Station.id).where(Station.no == account.station_no))
    return Person(account.login, account.role, account.name, account.station_no, station)


@cache
def _nobody() -> str:
    """Checked for unknown logins, so that an answer takes as long as for known ones."""
    return generate_password_hash("nobody has this password", method="scrypt")


def _refused() -> ServiceError:
    return ServiceError("sign_in_refused", "登录名或密码不对。", status=403)
