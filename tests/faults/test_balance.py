"""After every fault, what the devices did and what the server says must still be the same."""

import signal
from pathlib import Path

from tests.faults.county import county
from tests.support.mqtt_proxy import PUBACK, Direction, double_batches, kind, pass_on
from tests.support.process import wait_until


def test_the_ledger_balances_on_a_good_day(tmp_path: Path, template: Path) -> None:
    with county(tmp_path, template=template) as place:
        place.wait_acts(25)
        assert place.finish() >= 25


def test_an_agent_killed_in_the_middle_loses_and_doubles_nothing(
    tmp_path: Path, template: Path
) -> None:
    with county(tmp_path, template=template) as place:
        for _ in range(4):
            place.wait_acts(6)
            for agent in place.agents.values():
                agent.kill()
                agent.start()
                agent.wait_ready(timeout=30)
        # Pulses that were read but not yet kept when the power went show by their numbers as
        # soon as water flows again.
        place.wait_draw_everywhere()
        place.wait_racks_settled()
        assert place.finish() >= 24


def test_a_broker_restarted_with_its_disk_wiped_loses_nothing(
    tmp_path: Path, template: Path
) -> None:
    with county(tmp_path, template=template) as place:
        for _ in range(2):
            place.wait_acts(8)
            place.broker.kill()
            place.broker.wipe()
            place.wait_acts(4)
            place.broker.start()
        place.wait_facts(8)
        assert place.finish() >= 24


def test_ingest_killed_between_commit_and_acknowledgement_stores_nothing_twice(
    tmp_path: Path,
    template: Path,
) -> None:
    with county(tmp_path, template=template) as place:

        def die_at_the_first_puback(direction: Direction, packet: bytes) -> list[bytes]:
            if direction == "to_broker" and kind(packet) == PUBACK:
                place.ingest.signal(signal.SIGKILL)
                return []
            return [packet]

        for _ in range(4):
            place.wait_facts(4)
            place.ingest_line.rule = die_at_the_first_puback
            wait_until(lambda: not place.ingest.running, what="ingest killed", timeout=60)
            place.ingest_line.rule = pass_on
            place.ingest.kill()
            place.ingest.start()
            place.ingest.wait_ready(timeout=30)
        place.wait_facts(4)
        assert place.finish() >= 16


def test_a_link_cut_for_a_while_loses_nothing(tmp_path: Path, template: Path) -> None:
    with county(tmp_path, template=template) as place:
        place.wait_acts(6)
        place.agent_line.cut()
        place.wait_acts(12)
        place.agent_line.restore()
        place.wait_facts(12)
        place.agent_line.cut()
        place.wait_acts(4)
        place.agent_line.restore()
        assert place.finish() >= 22


def test_every_batch_delivered_twice_is_stored_once(tmp_path: Path, template: Path) -> None:
    with county(tmp_path, template=template) as place:
        place.ingest_line.rule = double_batches
        place.wait_facts(25)
        assert place.finish() >= 25
