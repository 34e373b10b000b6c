"""Fixtures every kind of test may use: real brokers, of which each test gets its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import broker as brokers
from tests.support.broker import Broker


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Broker]:
    """The embedded broker, with users yz-001, yz-002 and ingest."""
    with brokers.nats(tmp_path / "nats") as broker:
        yield broker


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    """Mosquitto, with users yz-001, yz-002 and ingest."""
    with brokers.mosquitto(tmp_path / "mosquitto") as broker:
        yield broker


@pytest.fixture(params=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """Both brokers, one after the other."""
    start = {"nats": brokers.nats, "mosquitto": brokers.mosquitto}[request.param]
    with start(tmp_path / "broker") as broker:
        yield broker
