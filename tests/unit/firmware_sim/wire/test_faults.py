"""The plan by which a faulty answer reaches the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.wire.faults import CLEAN, Chunk, Faults, Injector, plan

FRAME = bytes.fromhex("01 42 80 11")


@pytest.mark.parametrize(
    ("faults", "chunks"),
    [
        (CLEAN, [(0, "01 42 80 11")]),
        (Faults(mute=True), []),
        (Faults(delay_ms=400), [(400, "01 42 80 11")]),
        (Faults(flip_byte=-1), [(0, "01 42 80 10")]),
        (Faults(flip_byte=9), [(0, "01 42 80 11")]),
        (Faults(truncate=2), [(0, "01 42")]),
        (Faults(truncate=0), []),
        (Faults(duplicate=True), [(0, "01 42 80 11 01 42 80 11")]),
        (Faults(noise=b"\x00\xff"), [(0, "00 FF 01 42 80 11")]),
        (
            Faults(delay_ms=5, drip_ms=1),
            [(5, "01"), (1, "42"), (1, "80"), (1, "11")],
        ),
    ],
)
def test_each_fault_does_what_it_says(faults: Faults, chunks: list[tuple[float, str]]) -> None:
    assert plan(FRAME, faults) == tuple(Chunk(ms, bytes.fromhex(data)) for ms, data in chunks)


@given(st.binary(max_size=40), st.floats(0, 5), st.binary(max_size=4))
def test_dripping_never_changes_the_bytes(frame: bytes, drip_ms: float, noise: bytes) -> None:
    chunks = plan(frame, Faults(drip_ms=drip_ms, noise=noise))
    assert b"".join(chunk.data for chunk in chunks) == noise + frame


def test_faults_asked_for_once_pass_and_the_lasting_ones_stay() -> None:
    injector = Injector()
    injector.always = Faults(delay_ms=3)
    injector.once(Faults(mute=True), times=2)
    injector.once(Faults(truncate=1))
    assert [injector.take() for _ in range(4)] == [
        Faults(mute=True),
        Faults(mute=True),
        Faults(truncate=1),
        Faults(delay_ms=3),
    ]
    injector.once(Faults(mute=True))
    injector.clear()
    assert injector.take() == CLEAN
