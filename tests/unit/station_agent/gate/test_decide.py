"""What the gate says to a scanned code."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.credential import scan_hash, to_digits
from station_agent.config import GateConfig
from station_agent.gate.decide import Accepted, Decider, Decision, Rejected, Times
from station_agent.sessions.moment import Stamp
from tests.unit.station_agent.gate.riders import KID, NOW, SERVER, STRANGER, Phone, public

SECOND, MINUTE = 1_000, 60_000


def decider(**keys: bytes) -> Decider:
    known = {int(kid.removeprefix("kid")): key for kid, key in keys.items()}
    return Decider(keys=known or {KID: public(SERVER)}, times=Times.of(GateConfig()))


def scan(d: Decider, text: str, ms: int = 0, *, wall: int = NOW, synced: bool = True) -> Decision:
    return d.decide(text, Stamp(wall + ms, 50_000 + ms), synced=synced)


def outcome(decision: Decision) -> str:
    match decision:
        case Accepted():
            return decision.clock
        case Rejected():
            return decision.reason
        case _:
            return "silent"


@pytest.mark.parametrize("p256", [False, True])
def test_a_fresh_code_is_a_visit_and_carries_its_evidence(p256: bool) -> None:  # noqa: FBT001  a table
    phone = Phone(p256=p256)
    text = phone.code(NOW)
    decision = scan(decider(), text)
    assert isinstance(decision, Accepted)
    assert decision.clock == "green"
    assert decision.scan == scan_hash(text)
    assert to_digits(decision.token) == text
    assert len(decision.token) == (180 if p256 else 179)


@pytest.mark.parametrize(
    ("ahead_s", "said"),
    [
        (0, "green"),
        (120, "green"),
        (-120, "green"),
        (121, "amber"),
        (-121, "amber"),
        (900, "amber"),
        (-900, "amber"),
        (901, "clock"),
        (-901, "clock"),
        (86_400, "clock"),
    ],
)
def test_the_phones_clock_is_green_amber_or_refused(ahead_s: int, said: str) -> None:
    decision = scan(decider(), Phone().code(NOW + ahead_s * SECOND))
    assert outcome(decision) == said
    if isinstance(decision, Rejected):
        assert decision.ahead_ms == ahead_s * SECOND


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "malformed"),
        ("SF1234567890123", "malformed"),
        ("6901234567892", "malformed"),
        ("https://example.org/", "malformed"),
        ("1" * 512, "malformed"),
        ("我的码", "malformed"),
    ],
)
def test_other_peoples_codes_are_no_visit(text: str, said: str) -> None:
    assert outcome(scan(decider(), text)) == said


def test_each_reason_is_told_apart() -> None:
    d, fresh = decider(), Phone(number=2)
    token = fresh.token(NOW)
    newer = bytes((0x21,)) + token[1:]
    assert outcome(scan(d, to_digits(newer))) == "version"
    assert outcome(scan(d, Phone(number=3, kid=KID + 1).code(NOW))) == "unknown_key"
    assert outcome(scan(d, Phone(number=4, server=STRANGER).code(NOW))) == "forged"
    assert outcome(scan(d, Phone(number=5, exp_h=NOW // 3_600_000 - 1).code(NOW))) == "expired"
    assert outcome(scan(d, Phone(number=6, exp_h=NOW // 3_600_000).code(NOW))) == "green"
    assert outcome(scan(d, to_digits(token + b"\x00"))) == "malformed"
    assert outcome(scan(d, to_digits(token))) == "green"


def test_bad_good_bad_good() -> None:
    d = decider()
    said = [
        outcome(scan(d, text, ms))
        for ms, text in [
            (0, "SF1234567890123"),
            (100, Phone(number=1).code(NOW)),
            (200, Phone(number=2, server=STRANGER).code(NOW)),
            (300, Phone(number=3).code(NOW)),
        ]
    ]
    assert said == ["malformed", "green", "forged", "green"]


@settings(deadline=None, max_examples=200)
@given(bit=st.integers(0, 179 * 8 - 1))
def test_no_flipped_bit_is_accepted(bit: int) -> None:
    token = bytearray(TOKEN)
    token[bit // 8] ^= 1 << bit % 8
    assert isinstance(scan(decider(), to_digits(bytes(token))), Rejected)


TOKEN = Phone(number=9).token(NOW)


@settings(deadline=None)
@given(text=st.one_of(st.text(max_size=512), st.text("0123456789", max_size=512)))
def test_any_text_is_answered(text: str) -> None:
    assert outcome(scan(decider(), text)) == "malformed"


def test_the_same_code_held_before_the_scanner_is_one_visit_and_silence() -> None:
    d, text = decider(), Phone().code(NOW)
    assert [outcome(scan(d, text, ms)) for ms in range(0, 12_000, 800)] == [
        "green",
        *["silent"] * 14,
    ]


def test_a_second_scan_within_half_an_hour_is_a_repeat_and_the_half_hour_rolls() -> None:
    d, phone = decider(), Phone()
    said = []
    for minutes in (0, 10, 35, 66):
        ms = minutes * MINUTE
        said.append(outcome(scan(d, phone.code(NOW + ms), ms)))
    assert said == ["green", "repeat", "repeat", "green"]


def test_the_same_picture_again_is_a_repeat_at_first_and_then_its_time_is_over() -> None:
    d, text = decider(), Phone().code(NOW)
    assert outcome(scan(d, text)) == "green"
    assert outcome(scan(d, text, 10 * SECOND)) == "repeat"
    assert outcome(scan(d, text, 45 * MINUTE)) == "clock"


def test_an_older_code_than_the_last_one_is_a_screenshot() -> None:
    d, phone = decider(), Phone()
    assert outcome(scan(d, phone.code(NOW))) == "green"
    assert outcome(scan(d, phone.code(NOW - 60 * SECOND), 10 * SECOND)) == "replayed"
    assert outcome(scan(d, phone.code(NOW + 20 * SECOND), 20 * SECOND)) == "repeat"


def test_the_same_time_is_not_a_second_visit_though_the_station_asks_for_little_rest() -> None:
    times = Times.of(GateConfig(revisit_s=10.0, silent_s=1.0))
    d, text = Decider(keys={KID: public(SERVER)}, times=times), Phone().code(NOW)
    assert outcome(scan(d, text)) == "green"
    assert outcome(scan(d, text, 11 * SECOND)) == "replayed"


def test_a_time_taken_from_a_wrong_clock_does_not_shut_the_rider_out() -> None:
    """The station lived two days in the future; then its clock was set."""
    d, phone, future = decider(), Phone(), NOW + 2 * 86_400_000
    phone.exp_h += 100
    assert outcome(scan(d, phone.code(future), wall=future)) == "green"
    assert outcome(scan(d, phone.code(NOW), 40 * MINUTE, wall=NOW - 40 * MINUTE)) == "green"


def test_riders_do_not_stand_in_each_others_way() -> None:
    d = decider()
    said = [outcome(scan(d, Phone(number=n).code(NOW), 10 * n)) for n in range(1, 40)]
    assert said == ["green"] * 39


def test_one_refusal_a_second_is_told_for_the_same_text() -> None:
    d = decider()
    assert [outcome(scan(d, "SF123", ms)) for ms in (0, 300, 999, 1_000, 1_500, 2_100)] == [
        "malformed",
        "silent",
        "silent",
        "malformed",
        "silent",
        "malformed",
    ]


@pytest.mark.parametrize("same_boot", [True, False])
def test_what_the_gate_knows_survives_a_restart(same_boot: bool) -> None:  # noqa: FBT001  a table
    d, phone = decider(), Phone()
    assert outcome(scan(d, phone.code(NOW))) == "green"
    again = decider()
    again.restore(d.dump(), same_boot=same_boot)
    ms = 10 * SECOND
    assert outcome(scan(again, phone.code(NOW - 30 * SECOND), ms)) == "replayed"
    assert outcome(scan(again, phone.code(NOW + ms), ms)) == "repeat"
    assert outcome(scan(again, phone.code(NOW + 45 * MINUTE), 45 * MINUTE)) == "green"


def test_after_a_reboot_with_a_clock_gone_back_a_rider_is_answered_not_ignored() -> None:
    d, phone = decider(), Phone()
    assert outcome(scan(d, phone.code(NOW))) == "green"
    again = decider()
    again.restore(d.dump(), same_boot=False)
    assert outcome(scan(again, phone.code(NOW + 60 * SECOND), wall=NOW - 10 * MINUTE)) == "repeat"


def test_memory_of_riders_is_let_go() -> None:
    d = decider()
    for n in range(300):
        scan(d, Phone(number=n).code(NOW + n * MINUTE), n * MINUTE)
    riders = msgspec.json.decode(d.dump())["riders"]
    assert len(riders) == 31
    assert (299).to_bytes(8, "big").hex() in riders


def wrong_station(minutes: int, *, synced: bool) -> list[str]:
    """Eight riders with right phones, at a station whose clock is behind."""
    d, behind = decider(), minutes * MINUTE
    return [
        outcome(
            scan(
                d,
                Phone(number=n).code(NOW + 10_000 * n),
                10_000 * n,
                wall=NOW - behind,
                synced=synced,
            )
        )
        for n in range(8)
    ]


def test_five_phones_that_agree_show_that_the_station_is_wrong() -> None:
    assert wrong_station(5, synced=False) == ["amber"] * 8
    assert wrong_station(300, synced=False) == ["clock"] * 4 + ["amber"] * 4


def test_a_station_set_by_a_time_server_believes_itself() -> None:
    assert wrong_station(300, synced=True) == ["clock"] * 8


def test_one_rider_with_a_wrong_phone_accuses_nobody() -> None:
    d = decider()
    late = Phone(number=99)
    for n in range(8):
        scan(d, late.code(NOW - 600_000 + 10_000 * n), 10_000 * n, synced=False)
    assert outcome(scan(d, Phone().code(NOW + 90_000), 90_000, synced=False)) == "green"


def test_a_clock_that_was_set_clears_the_suspicion() -> None:
    d = decider()
    for n in range(5):
        scan(d, Phone(number=n).code(NOW), wall=NOW - 300 * MINUTE, synced=False)
    d.clock_set()
    assert outcome(scan(d, Phone(number=50).code(NOW), 1_000)) == "green"
