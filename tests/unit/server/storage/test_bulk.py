from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from server.storage.bulk import Insert
from server.storage.engine import writing, writing_engine
from server.storage.facts import fact_writer
from server.storage.tables import VisitKey

KEYS = Insert(
    table="visit_key",
    columns=(("month", "integer"), ("key", "bytea")),
    conflict="ON CONFLICT (month) DO NOTHING",
)


@given(st.lists(st.tuples(st.integers(1, 700), st.binary(min_size=1, max_size=8)), max_size=700))
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_number_of_rows_arrives_and_the_first_of_a_key_stays(
    engine: Engine, rows: list[tuple[int, bytes]]
) -> None:
    expected: dict[int, bytes] = {}
    for month, key in rows:
        expected.setdefault(month, key)
    with writing(engine).begin() as session:
        session.execute(delete(VisitKey))
    with writing_engine(engine).begin() as connection:
        inserted = fact_writer(connection).bulk.insert(KEYS, rows)
    assert inserted == len(expected)
    with writing(engine)() as session:
        stored = session.execute(select(VisitKey.month, VisitKey.key))
        assert {row.month: bytes(row.key) for row in stored} == expected


def test_thousands_of_rows_go_in_one_call(engine: Engine) -> None:
    rows = [(month, month.to_bytes(2, "big")) for month in range(3_001)]
    with writing_engine(engine).begin() as connection:
        bulk = fact_writer(connection).bulk
        assert bulk.insert(KEYS, rows) == 3_001
        assert bulk.insert(KEYS, rows[:10]) == 0
        assert bulk.insert(KEYS, [*rows[-100:], (9_999, b"x")]) == 1
        assert bulk.select("SELECT count(*) FROM visit_key WHERE month > ?", (2_999,)) == [(2,)]
