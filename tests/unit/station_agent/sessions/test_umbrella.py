"""Umbrellas: which tag left or came, and where."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.station_agent.sessions.rack import DAY0, Rack, epc

A, B, C, D = (epc(n) for n in range(1, 5))


def bound_rack(**options: float) -> Rack:
    """Slots 1 to 3 hold A, B, C, and the machine knows which is where."""
    rack = Rack(dict.fromkeys(range(1, 9), ""), **options)  # type: ignore[arg-type]  # floats only
    rack.wait(5)
    for slot, tag in enumerate((A, B, C), start=1):
        rack.put(slot, tag)
        rack.wait(5)
    assert rack.told() == [("returned", 1, A), ("returned", 2, B), ("returned", 3, C)]
    rack.facts.clear()
    return rack


def test_a_returned_umbrella_is_bound_to_its_slot_and_taken_from_it() -> None:
    rack = bound_rack()
    rack.take(2)
    rack.wait(3)
    assert rack.told() == [("taken", 2, B)]
    rack.put(7, B)
    rack.wait(3)
    assert rack.told() == [("taken", 2, B), ("returned", 7, B)]


def test_a_fact_tells_when_the_hook_moved_not_when_the_tag_was_sure() -> None:
    rack = bound_rack()
    rack.take(1)
    moved = rack.mono + 500
    rack.wait(4)
    assert [(f.at, f.mono) for f in rack.facts] == [(DAY0 + moved, moved)]


def test_a_shaking_hook_is_nothing() -> None:
    rack = bound_rack()
    for _ in range(3):
        tag = rack.take(1)
        rack.wait(0.5)
        rack.put(1, tag)
        rack.wait(0.5)
    rack.wait(20)
    assert rack.told() == []


def test_what_hangs_in_a_new_rack_was_not_just_returned() -> None:
    rack = Rack({1: A, 2: B, 3: ""})
    rack.wait(30)
    assert rack.told() == []


def test_an_umbrella_of_a_new_rack_is_known_by_vanishing_with_its_slot() -> None:
    rack = Rack({1: A, 2: B, 3: C, 4: ""})
    rack.wait(10)
    rack.take(2)
    rack.wait(5)
    assert rack.told() == [("taken", 2, B)]


def test_an_umbrella_taken_in_the_first_seconds_of_a_new_rack_is_known_too() -> None:
    rack = Rack({1: A, 2: B, 3: ""})
    rack.wait(1)
    rack.take(1)
    rack.wait(5)
    rack.put(3, D)
    rack.wait(5)
    assert rack.told() == [("taken", 1, A), ("returned", 3, D)]


def test_a_kill_in_the_first_seconds_of_a_new_rack_hides_no_return() -> None:
    rack = Rack({1: A, 2: B, 3: ""})
    rack.wait(1)
    rack.put(3, D)
    rack.restart()
    rack.wait(5)
    assert rack.told() == [("returned", 3, D)]


def test_two_umbrellas_taken_at_once_are_two_facts() -> None:
    rack = bound_rack()
    rack.take(1)
    rack.take(3)
    rack.wait(5)
    assert sorted(rack.told()) == [("taken", 1, A), ("taken", 3, C)]


def test_two_umbrellas_returned_a_second_apart_each_get_their_own_tag() -> None:
    rack = bound_rack()
    rack.put(5, D)
    rack.wait(1)
    rack.put(6, epc(9))
    rack.wait(10)
    assert rack.told() == [("returned", 5, D), ("returned", 6, epc(9))]


def test_somebody_passing_with_another_umbrella_is_not_its_return() -> None:
    rack = bound_rack()
    rack.near = {epc(77)}
    rack.wait(6)
    rack.put(5, D)
    rack.wait(2)
    rack.near = set()
    rack.wait(10)
    assert rack.told() == [("returned", 5, D)]


def test_somebody_who_stays_beside_the_rack_is_not_its_return() -> None:
    rack = bound_rack()
    rack.near = {epc(77)}
    rack.wait(20)
    rack.put(5, D)
    rack.wait(30)
    assert rack.told() == [("returned", 5, D)]


def test_an_umbrella_held_beside_the_rack_after_taking_is_still_taken() -> None:
    rack = bound_rack()
    rack.near = {rack.take(1)}
    rack.wait(10)
    assert rack.told() == [("taken", 1, A)]


def test_an_umbrella_taken_and_put_into_the_next_slot_at_once_is_both() -> None:
    rack = bound_rack()
    rack.near = {rack.take(1)}
    rack.wait(1)
    rack.near = set()
    rack.put(8, A)
    rack.wait(10)
    assert rack.told() == [("taken", 1, A), ("returned", 8, A)]


def test_an_umbrella_put_back_into_its_own_slot_is_both() -> None:
    rack = bound_rack()
    rack.near = {rack.take(1)}
    rack.wait(2)
    rack.near = set()
    rack.put(1, A)
    rack.wait(10)
    assert rack.told() == [("taken", 1, A), ("returned", 1, A)]


def test_where_the_reader_contradicts_the_slot_the_reader_is_right() -> None:
    """Two umbrellas were hung up in one moment and bound crosswise: the tags tell it later."""
    rack = bound_rack()
    rack.slots[1], rack.slots[2] = B, A
    rack.wait(2)
    rack.take(1)
    rack.wait(10)
    assert rack.told() == [("taken", 1, B)]
    rack.take(2)
    rack.wait(10)
    assert rack.told() == [("taken", 1, B), ("taken", 2, A)]


def test_a_dead_reader_does_not_hide_what_is_taken() -> None:
    rack = bound_rack()
    rack.reading = False
    rack.take(3)
    rack.wait(5)
    assert rack.told() == [("taken", 3, C)]


def test_a_return_to_a_dead_reader_is_told_when_it_reads_again() -> None:
    rack = bound_rack()
    rack.reading = False
    rack.put(4, D)
    hung = rack.mono + 500
    rack.wait(300)
    assert rack.told() == []
    rack.reading = True
    rack.wait(3)
    assert rack.told() == [("returned", 4, D)]
    assert rack.facts[0].at == DAY0 + hung


def test_somebodys_own_umbrella_without_a_tag_is_no_fact() -> None:
    rack = bound_rack()
    rack.put(6, "-")
    rack.wait(60)
    rack.take(6)
    rack.wait(60)
    assert rack.told() == []
    rack.put(6, D)
    rack.wait(5)
    assert rack.told() == [("returned", 6, D)]


def test_changes_while_the_agent_was_off_are_marked() -> None:
    rack = bound_rack()
    rack.take(1)
    rack.put(4, D)
    rack.restart()
    rack.wait(10)
    assert sorted(rack.told()) == [("returned", 4, D), ("taken", 1, A)]
    assert all(fact.while_off for fact in rack.facts)


def test_an_exchange_while_the_agent_was_off_is_found_by_the_tags() -> None:
    rack = bound_rack()
    rack.take(2)
    rack.put(2, D)
    rack.restart(same_boot=False)
    rack.wait(20)
    assert rack.told() == [("taken", 2, B), ("returned", 2, D)]
    assert all(fact.while_off for fact in rack.facts)


def test_a_restart_alone_is_no_event() -> None:
    rack = bound_rack(miss=0.3)
    rack.restart()
    rack.wait(60)
    assert rack.told() == []


def test_a_kill_between_hook_and_tag_loses_nothing() -> None:
    rack = bound_rack()
    rack.take(1)
    rack.put(5, D)
    rack.wait(1)
    rack.restart()
    rack.wait(10)
    assert sorted(rack.told()) == [("returned", 5, D), ("taken", 1, A)]


def test_an_umbrella_hung_up_and_taken_within_two_seconds_is_both() -> None:
    rack = bound_rack()
    rack.put(5, D)
    rack.wait(1)
    rack.take(5)
    rack.wait(6)
    assert rack.told() == [("returned", 5, D), ("taken", 5, D)]


Act = tuple[int, float, str]
"""Slot number less one, seconds until the next act, what the agent does then."""


def play(rack: Rack, plan: list[Act]) -> list[tuple[str, int, str]]:
    """One person after another takes or returns, whatever is possible at the slot drawn."""
    out, done = [D, epc(5)], list[tuple[str, int, str]]()
    for number, pause, then in plan:
        slot = number + 1
        if rack.slots[slot]:
            out.append(rack.slots[slot])
            done.append(("taken", slot, rack.take(slot)))
        elif out:
            tag = out.pop(0)
            rack.put(slot, tag)
            done.append(("returned", slot, tag))
        rack.wait(pause)
        if then:
            rack.restart(same_boot=then == "restart")
    rack.wait(30)
    return done


@settings(deadline=None, max_examples=30)
@given(
    plan=st.lists(
        st.tuples(
            st.integers(0, 7),
            st.sampled_from([3.0, 5.0, 20.0]),
            st.sampled_from(["", "", "restart", "reboot"]),
        ),
        max_size=12,
    ),
    seed=st.integers(0, 1_000),
    miss=st.sampled_from([0.0, 0.05, 0.2]),
)
def test_every_act_is_one_fact_with_its_slot_and_tag(
    plan: list[Act], seed: int, miss: float
) -> None:
    rack = bound_rack()
    rack.miss = miss
    rack.random.seed(seed)
    done = play(rack, plan)
    for tag in (A, B, C, D, epc(5)):
        assert [t for t in rack.told() if t[2] == tag] == [t for t in done if t[2] == tag]


@settings(deadline=None, max_examples=30)
@given(
    plan=st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from([1.5, 2.0]), st.just("")), max_size=14
    )
)
def test_people_at_each_others_heels_get_one_fact_each(plan: list[Act]) -> None:
    rack = bound_rack()
    done = play(rack, plan)
    for tag in (A, B, C, D, epc(5)):
        told = [(kind, of) for kind, _, of in rack.told() if of == tag]
        assert told == [(kind, of) for kind, _, of in done if of == tag]
