"""Who may watch what."""

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from server.web.live import marks, tickets
from server.web.live.marks import Mark
from server.web.live.watcher import STATIONS, topics_of
from tests.support.site import Site, add_station, put_states

_SECRET = b"a secret of a test, 32 bytes and more"


def test_ticket_opens_its_own_topic() -> None:
    ticket = tickets.write(_SECRET, tickets.station_topic("yz-001"))
    assert tickets.read(_SECRET, ticket) == "station/yz-001"


def test_ticket_signed_by_another_server_is_refused() -> None:
    assert tickets.read(_SECRET, tickets.write(b"other" * 8, tickets.COUNTY)) is None


def test_ticket_changed_by_one_character_is_refused() -> None:
    ticket = tickets.write(_SECRET, tickets.COUNTY)
    assert tickets.read(_SECRET, "X" + ticket[1:]) is None


def test_old_ticket_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = tickets.write(_SECRET, tickets.COUNTY)
    monkeypatch.setattr(tickets, "LIFETIME_S", -1)
    assert tickets.read(_SECRET, ticket) is None


@given(st.text(max_size=80))
def test_text_that_is_no_ticket_is_refused(text: str) -> None:
    assert tickets.read(_SECRET, text) is None


def test_nobody_gets_a_ticket_without_signing_in(client: FlaskClient) -> None:
    answer = client.get("/live-ticket", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["error"] == "signed_out"


@pytest.mark.parametrize(
    ("old", "new", "topics"),
    [
        (Mark((1, 1), ("online", 1)), Mark((1, 1), ("online", 1)), set()),
        (
            Mark((1, 1), ("online", 1)),
            Mark((2, 1), ("online", 1)),
            {"county", "station/yz-001"},
        ),
        (
            Mark((1, 1), ("online", 1)),
            Mark((2, 1), ("online", 2)),
            {"county", "station/yz-001", STATIONS},
        ),
        (None, Mark((1, 1), ("online",)), {"county", "station/yz-001", STATIONS}),
    ],
    ids=["nothing", "batch without a new state", "new state", "new station"],
)
def test_only_who_sees_a_change_is_told(old: Mark | None, new: Mark, topics: set[str]) -> None:
    before = {} if old is None else {"yz-001": old}
    assert topics_of(before, {"yz-001": new}) == topics


def test_marks_move_with_a_new_state_of_a_station_that_delivered(site: Site) -> None:
    with site.writing() as session:
        first = add_station(session, 1, name="七里庄站", now=1_000)
        add_station(session, 2, name="北城站", now=1_000)
        put_states(session, 1, "charger", "port_state", [1, 1], at=1_000)
        session.flush()
        before = marks.read(session, {})
        assert marks.read(session, before) == before
        put_states(session, 1, "charger", "port_state", [2, 1], at=2_000, seq=2)
        first.last_seen = 2_000
        session.flush()
        after = marks.read(session, before)
    assert after["yz-002"] == before["yz-002"]
    assert after["yz-001"].state != before["yz-001"].state
    assert topics_of(before, after) == {"county", "station/yz-001", STATIONS}
