"""Facts and answers of the gate."""

import pytest

from protocol.credential import scan_hash
from protocol.events import Refused, Visit
from station_agent.config import GateConfig
from station_agent.feedback.sentences import Answer, answer_to
from station_agent.gate.gate import KEY, Gate
from station_agent.sessions.moment import Stamp
from tests.unit.station_agent.gate.riders import KID, NOW, SERVER, Phone, public

STAMP = Stamp(NOW, 5_000)


def gate() -> Gate:
    return Gate(keys={str(KID): public(SERVER).hex()}, config=GateConfig())


def test_an_accepted_code_is_a_visit_and_a_welcome() -> None:
    phone = Phone()
    events, answer = gate().scanned(phone.code(NOW), STAMP, synced=True)
    [visit] = events
    assert isinstance(visit, Visit)
    assert (visit.at, visit.mono, visit.by, visit.clock) == (NOW, 5_000, "code", "green")
    assert visit.scan == scan_hash(phone.code(NOW)) or phone.p256 is False
    assert visit.token is not None
    assert visit.token[:-64] == phone.token(NOW)[:-64]
    assert answer is Answer.WELCOME


def test_a_refusal_keeps_no_text() -> None:
    events, answer = gate().scanned("SF1234567890123", STAMP, synced=True)
    scan = scan_hash("SF1234567890123")
    assert events == [Refused(at=NOW, mono=5_000, reason="malformed", scan=scan)]
    assert answer is Answer.NOT_OURS


def test_the_button_is_a_visit_of_nobody() -> None:
    events, answer = gate().tapped(STAMP)
    assert events == [Visit(at=NOW, mono=5_000, by="tap")]
    assert answer is Answer.TAP


def test_silence_has_neither_fact_nor_answer() -> None:
    one = gate()
    text = Phone().code(NOW)
    one.scanned(text, STAMP, synced=True)
    assert one.scanned(text, Stamp(NOW + 500, 5_500), synced=True) == ([], None)


def test_memory_is_offered_until_it_is_kept() -> None:
    one = gate()
    assert one.changed().keys() == {KEY}
    one.saved(one.changed())
    assert one.changed() == {}
    one.scanned(Phone().code(NOW), STAMP, synced=True)
    rows = one.changed()
    assert rows.keys() == {KEY}
    assert one.changed() == rows
    one.saved(rows)
    assert one.changed() == {}
    one.forgotten()
    assert one.changed() == rows


def test_memory_of_another_version_is_put_aside() -> None:
    one = gate()
    assert one.restore(b'{"riders": 3}', same_boot=True) is False
    assert one.scanned(Phone().code(NOW), STAMP, synced=True)[1] is Answer.WELCOME


def test_setting_the_clock_voids_what_was_measured_against_the_old_one() -> None:
    one = gate()
    behind = Stamp(NOW - 18_000_000, 5_000)
    for n in range(5):
        one.scanned(Phone(number=n).code(NOW), behind, synced=False)
    [visit], _ = one.scanned(Phone(number=77).code(NOW), Stamp(NOW, 9_000), synced=True)
    assert isinstance(visit, Visit)
    assert visit.clock == "green"


@pytest.mark.parametrize(
    ("reason", "ahead", "answer"),
    [
        ("malformed", 0, Answer.NOT_OURS),
        ("version", 0, Answer.NEWER),
        ("unknown_key", 0, Answer.NOT_REGISTERED),
        ("forged", 0, Answer.NOT_OURS),
        ("expired", 0, Answer.LAPSED),
        ("clock", 1, Answer.PHONE_CLOCK),
        ("clock", -1, Answer.STALE),
        ("replayed", 0, Answer.USED),
        ("repeat", 0, Answer.REPEAT),
    ],
)
def test_every_reason_has_its_sentence(reason: str, ahead: int, answer: Answer) -> None:
    assert answer_to(reason, ahead_ms=ahead) is answer  # type: ignore[arg-type]  # a table of literals


def test_only_a_recorded_visit_is_green() -> None:
    assert {a for a in Answer if a.light == "green"} == {Answer.WELCOME, Answer.TAP}
    assert all(len(a.sentence) <= 24 for a in Answer)
