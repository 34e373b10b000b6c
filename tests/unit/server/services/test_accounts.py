import pytest
from sqlalchemy import Engine

from server.services import accounts
from server.services.accounts import FAILURES_MAX, LOCKED_MS, Person
from server.services.errors import ServiceError
from server.services.seed import seed_demo
from server.storage.engine import reading, writing
from server.storage.tables import Account

NOW = 1_795_000_000_000
PASSWORD = "correct horse"


@pytest.fixture
def database(engine: Engine) -> Engine:
    with writing(engine).begin() as session:
        seed_demo(session, lambda: NOW)
        accounts.put(
            session,
            login="qilizhuang",
            role="keeper",
            name="七里庄站站长",
            password=PASSWORD,
            station="yz-001",
        )
        accounts.put(session, login="dangwei", role="committee", name="行业党委", password=PASSWORD)
    return engine


def sign_in(engine: Engine, login: str, password: str, *, now: int = NOW) -> Person | str:
    with writing(engine).begin() as session:
        try:
            return accounts.sign_in(session, lambda: now, login=login, password=password)
        except ServiceError as error:
            return error.code


def test_a_keeper_and_a_committee_member_sign_in(database: Engine) -> None:
    keeper = sign_in(database, "qilizhuang", PASSWORD)
    assert isinstance(keeper, Person)
    assert (keeper.role, keeper.station_id, keeper.name) == ("keeper", "yz-001", "七里庄站站长")
    member = sign_in(database, "dangwei", PASSWORD)
    assert isinstance(member, Person)
    assert (member.role, member.station_no, member.station_id) == ("committee", None, None)


def test_a_wrong_password_and_an_unknown_login_are_refused_alike(database: Engine) -> None:
    assert sign_in(database, "qilizhuang", "wrong") == "sign_in_refused"
    assert sign_in(database, "nobody", PASSWORD) == "sign_in_refused"


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(database: Engine) -> None:
    for _ in range(FAILURES_MAX):
        assert sign_in(database, "dangwei", "wrong") == "sign_in_refused"
    assert sign_in(database, "dangwei", PASSWORD) == "sign_in_locked"
    assert sign_in(database, "dangwei", PASSWORD, now=NOW + LOCKED_MS - 1) == "sign_in_locked"
    assert isinstance(sign_in(database, "dangwei", PASSWORD, now=NOW + LOCKED_MS), Person)
    assert isinstance(sign_in(database, "qilizhuang", PASSWORD), Person)


def test_a_right_password_forgets_earlier_mistakes(database: Engine) -> None:
    for _ in range(3):
        for _ in range(FAILURES_MAX - 1):
            sign_in(database, "dangwei", "wrong")
        assert isinstance(sign_in(database, "dangwei", PASSWORD), Person)


def test_a_new_password_ends_a_lock_out(database: Engine) -> None:
    for _ in range(FAILURES_MAX):
        sign_in(database, "dangwei", "wrong")
    with writing(database).begin() as session:
        accounts.put(
            session, login="dangwei", role="committee", name="行业党委", password="another one"
        )
    assert isinstance(sign_in(database, "dangwei", "another one"), Person)


def test_passwords_are_not_in_the_database(database: Engine) -> None:
    with reading(database)() as session:
        account = session.get(Account, "dangwei")
    assert account is not None
    assert account.password_hash.startswith("scrypt:")
    assert PASSWORD not in account.password_hash


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"login": "Bad Login"}, "account_login"),
        ({"role": "root"}, "account_role"),
        ({"password": "short"}, "account_password"),
        ({"password": "x" * 201}, "account_password"),
        ({"station": None}, "account_station"),
        ({"station": "yz-999"}, "account_station"),
        ({"role": "committee"}, "account_station"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(
    sqlite_engine: Engine, changes: dict[str, str], code: str
) -> None:
    wanted = {
        "login": "a",
        "role": "keeper",
        "name": "站长",
        "password": PASSWORD,
        "station": "yz-001",
    }
    with writing(sqlite_engine).begin() as session:
        seed_demo(session, lambda: NOW)
        with pytest.raises(ServiceError) as refused:
            accounts.put(session, **{**wanted, **changes})
    assert refused.value.code == code
