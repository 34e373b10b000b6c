"""A second run finds hooks, meters and umbrellas as the first one left them."""

from firmware_sim.ledger.act import Act
from firmware_sim.world.resume import Furniture, first_furniture, in_hand, replay, tag_of

A, B = tag_of("yz-001", 1), tag_of("yz-001", 2)


def moved(kind: str, at: int, slot: int, tag: str) -> Act:
    taken = kind == "taken"
    return Act("umbrella_taken" if taken else "umbrella_returned", at, at, "rack", slot, tag=tag)


def test_hooks_and_meters_are_where_the_acts_left_them() -> None:
    first = Furniture({1: A, 3: B}, (10, 20, 30, 40))
    acts = [
        moved("taken", 1, 1, A),
        Act("charge", 2, 3, "charger", 4, 7),
        Act("draw", 2, 3, "water", 1, 500),
        moved("returned", 4, 5, A),
        moved("taken", 5, 3, B),
        Act("charge", 6, 9, "charger", 4, 2),
    ]
    assert replay(first, acts) == Furniture({5: A}, (10, 20, 30, 49))
    assert first.stock == {1: A, 3: B}


def test_umbrellas_in_hand_are_known_across_stations() -> None:
    here = [moved("taken", 1, 1, A), moved("taken", 2, 3, B)]
    there = [moved("returned", 9, 2, A)]
    assert in_hand([there, here]) == [B]
    assert in_hand([]) == []


def test_the_first_day_follows_from_the_seed_and_tags_are_nowhere_alike() -> None:
    one = first_furniture("yz-001", seed=1, slots=8, sockets=4)
    assert one == first_furniture("yz-001", seed=1, slots=8, sockets=4)
    two = first_furniture("yz-002", seed=1, slots=8, sockets=4)
    assert len(one.stock) == 6
    assert not set(one.stock.values()) & set(two.stock.values())
    assert all(len(tag) == 24 and int(tag, 16) for tag in one.stock.values())
