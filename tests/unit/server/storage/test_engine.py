import threading
from pathlib import Path

from sqlalchemy import Engine, insert, select, text

from server.storage.engine import create_engine, reading, writing
from server.storage.tables import ActivationCode


def test_sqlite_keeps_what_is_committed_through_a_power_cut(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def _code(name: str) -> dict[str, object]:
    return {"code_hash": name, "created": 1, "expires": 2, "used": None}


def test_writers_that_read_first_wait_for_each_other_and_none_fails(engine: Engine) -> None:
    failures: list[Exception] = []

    def write(number: int) -> None:
        try:
            for turn in range(10):
                with writing(engine).begin() as session:
                    session.execute(select(ActivationCode)).all()
                    session.execute(insert(ActivationCode), [_code(f"{number}-{turn}")])
        except Exception as error:  # noqa: BLE001  # reported by the main thread below
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with reading(engine)() as session:
        names = set(session.scalars(select(ActivationCode.code_hash)))
    assert names == {f"{number}-{turn}" for number in range(4) for turn in range(10)}


def test_a_reader_sees_the_last_commit_while_a_writer_is_at_work(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine)() as writer, reading(sqlite_engine)() as reader:
        writer.execute(insert(ActivationCode), [_code("new")])
        assert reader.scalars(select(ActivationCode.code_hash)).all() == []
        reader.rollback()
        writer.commit()
        assert reader.scalars(select(ActivationCode.code_hash)).all() == ["new"]


def test_an_unfinished_transaction_is_gone_when_the_file_is_opened_again(
    tmp_path: Path, sqlite_engine: Engine
) -> None:
    with writing(sqlite_engine)() as session:
        session.execute(insert(ActivationCode), [_code("lost")])
        session.rollback()
    again = create_engine(f"sqlite:///{tmp_path / 'server.sqlite'}")
    with reading(again)() as session:
        assert session.scalars(select(ActivationCode.code_hash)).all() == []
    again.dispose()
