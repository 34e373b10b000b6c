"""Telemetry against a real VictoriaMetrics."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.demo.process import Child
from server.storage.changes import SampleRow
from server.storage.telemetry.influx import InfluxLines, lines
from tests.support.ports import free_port
from tests.support.process import wait_until

AT = 1_795_000_000_000
NAMES = {1: "yz-001", 2: "yz-002"}


class Store:
    """A VictoriaMetrics process."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = Child(
            name="victoria-metrics",
            argv=[
                "victoria-metrics",
                f"-httpListenAddr=127.0.0.1:{self.port}",
                f"-storageDataPath={folder / 'store'}",
                "-retentionPeriod=100y",
                "-search.latencyOffset=0s",
            ],
            log=folder / "store.log",
        )

    def start(self) -> None:
        self.process.start()
        self.process.wait_ready(timeout=20, pattern="started VictoriaMetrics")

    def values(self, metric: str) -> dict[tuple[str, str, str], list[tuple[int, float]]]:
        """(station, device, unit) to (ms, value)."""
        urllib3.request("GET", f"{self.url}/internal/force_flush", timeout=10)
        answer = urllib3.request(
            "GET",
            f"{self.url}/api/v1/export",
            fields={"match[]": metric, "start": "0"},
            timeout=10,
        )
        found: list[dict[str, Any]] = [json.loads(line) for line in answer.data.splitlines()]
        return {
            (one["metric"]["station"], one["metric"]["device"], one["metric"]["unit"]): list(
                zip(one["timestamps"], one["values"], strict=True)
            )
            for one in found
        }


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    try:
        yield store
    finally:
        store.process.stop()


def connect(store: Store, *, capacity: int = 1_000) -> InfluxLines:
    return InfluxLines(url=store.url, org="qinlin", bucket="telemetry", capacity=capacity)


def sample(at: int, value: int, *, no: int = 1, cap: str = "power_mw") -> SampleRow:
    return (no, "charger", 2, cap, at, value)


def test_samples_can_be_read_back_with_station_device_unit_and_time(store: Store) -> None:
    store.start()
    telemetry = connect(store)
    telemetry.committed([sample(AT, 5_000), sample(AT, 9, cap="energy_wh")], NAMES)
    telemetry.committed([sample(AT + 1_000, -7), sample(AT, 1, no=2)], NAMES)
    telemetry.close()
    assert (telemetry.written, telemetry.dropped) == (3, 0)
    assert store.values("telemetry_power_mw") == {
        ("yz-001", "charger", "2"): [(AT, 5_000), (AT + 1_000, -7)],
        ("yz-002", "charger", "2"): [(AT, 1)],
    }
    assert store.values("telemetry_energy_wh") == {("yz-001", "charger", "2"): [(AT, 9)]}


def test_what_waited_while_the_store_was_away_is_written_when_it_comes(store: Store) -> None:
    telemetry = connect(store)
    for second in range(5):
        telemetry.committed([sample(AT + second * 1_000, second)], NAMES)
    assert telemetry.written == 0
    store.start()
    wait_until(lambda: telemetry.written == 5, what="five lines")
    telemetry.close()
    assert telemetry.dropped == 0
    assert store.values("telemetry_power_mw")["yz-001", "charger", "2"] == [
        (AT + second * 1_000, second) for second in range(5)
    ]


def test_a_dead_store_costs_bounded_memory_and_every_dropped_line_is_counted(
    store: Store,
) -> None:
    telemetry = connect(store, capacity=10)
    for second in range(35):
        telemetry.committed([sample(AT + second, second)], NAMES)
    telemetry.close()
    assert (telemetry.written, telemetry.dropped) == (0, 35)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2]),
            st.sampled_from(["charger", "water"]),
            st.integers(0, 255),
            st.sampled_from(["power_mw", "temp_mc"]),
            st.integers(AT, AT + 5),
            st.integers(-(2**40), 2**40),
        ),
        max_size=30,
    )
)
def test_every_value_is_in_exactly_one_line(samples: list[SampleRow]) -> None:
    read: list[SampleRow] = []
    numbers = {name: no for no, name in NAMES.items()}
    for line in lines(samples, NAMES):
        head, fields, at = line.split(" ")
        _, *tags = head.split(",")
        found = dict(tag.split("=") for tag in tags)
        for field in fields.split(","):
            cap, value = field.split("=")
            assert value.endswith("i")
            key = (numbers[found["station"]], found["device"], int(found["unit"]))
            read.append((*key, cap, int(at), int(value[:-1])))
    assert read == samples
