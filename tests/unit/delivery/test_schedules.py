"""Ten thousand seeded schedules of kill, loss, duplication, reordering, wiped broker, new epoch."""

import os

import pytest

from tests.unit.delivery.world import World

SCHEDULES = int(os.environ.get("SCHEDULES", "10000"))
SHARDS = 20


@pytest.mark.parametrize("shard", range(SHARDS))
def test_nothing_is_lost_or_stored_twice_in_any_schedule(shard: int) -> None:
    for seed in range(shard, SCHEDULES, SHARDS):
        try:
            World(seed).run(steps=120)
        except AssertionError as error:
            pytest.fail(f"seed {seed}: {error}; see it again with World({seed}).run(steps=120)")


def test_the_schedules_reach_every_fault() -> None:
    """A simulation that never dropped, destroyed or back-filled anything would prove nothing."""
    worlds = [World(seed) for seed in range(60)]
    for world in worlds:
        world.run(steps=120)
    assert any(world.given_up for world in worlds)
    assert any(world.destroyed for world in worlds)
    assert any(world.epoch > 1 and len(world.server.facts) > 50 for world in worlds)
    assert any(len(world.server.progress(world.epoch).gaps) for world in worlds)


def test_the_same_seed_is_the_same_schedule() -> None:
    first, second = World(11), World(11)
    first.run(steps=120)
    second.run(steps=120)
    assert first.server.stored == second.server.stored
    assert first.now == second.now
