"""The settings the demonstration writes are those the server and the agent accept."""

from pathlib import Path

import pytest

from firmware_sim.demo import settings
from firmware_sim.demo.layout import Layout, cast
from firmware_sim.demo.settings import Ports
from server.config import load as load_server
from station_agent.config import AgentConfig
from station_agent.config import load as load_agent

KEYS = {1: "ab" * 32, 2: "cd" * 32}
PORTS = Ports(web=8080, live=8081, mqtt=18_830)


def agent(tmp_path: Path, *, tempo: float) -> AgentConfig:
    layout = Layout(tmp_path / '带 "引号" 的目录')
    path = tmp_path / "agent.toml"
    path.write_text(
        settings.agent(layout, "yz-001", mqtt_port=18_830, keys=KEYS, tempo=tempo), "utf-8"
    )
    return load_agent(path)


def test_the_server_accepts_its_settings(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.server_config.write_text(settings.server(layout, PORTS), "utf-8")
    config = load_server(layout.server_config)
    assert config.database.url == f"sqlite:///{tmp_path}/server.sqlite"
    assert (config.mqtt.port, config.mqtt.username) == (18_830, "ingest")
    assert (config.web.page_url, config.web.live_url) == (
        "http://127.0.0.1:8080",
        "http://127.0.0.1:8081",
    )
    assert config.web.banner == "演示数据"


def test_the_agent_accepts_its_settings_whatever_the_folder_is_called(tmp_path: Path) -> None:
    config = agent(tmp_path, tempo=60)
    folder = tmp_path / '带 "引号" 的目录' / "stations" / "yz-001"
    assert config.station.state_dir == str(folder / "state")
    assert config.keys == {"1": KEYS[1], "2": KEYS[2]}
    assert config.bus[0].port == str(folder / "bus0")


def test_a_station_has_the_devices_of_the_contract(tmp_path: Path) -> None:
    ids = [device.id for device in agent(tmp_path, tempo=60).device]
    assert ids == ["charger", "relay", "thermo", "gpio", "rack", "tags", "scanner"]


@pytest.mark.parametrize(
    ("tempo", "on", "off", "gap"),
    [(1, 30.0, 120.0, 5.0), (60, 0.5, 2.0, 0.5), (600, 0.5, 2.0, 0.5), (10, 3.0, 12.0, 0.5)],
)
def test_thresholds_shrink_with_the_tempo_but_not_below_what_polling_sees(
    tmp_path: Path, tempo: float, on: float, off: float, gap: float
) -> None:
    sessions = agent(tmp_path, tempo=tempo).sessions
    assert (sessions.charge_on_s, sessions.charge_off_s, sessions.draw_gap_s) == (on, off, gap)


def test_the_whole_county_takes_part_and_no_station_twice() -> None:
    everyone = cast(live=6, fleet=18)
    assert everyone.live == ("yz-001", "yz-002", "yz-003", "yz-004", "yz-005", "yz-006")
    assert sorted(everyone.stations) == [f"yz-{number:03}" for number in range(1, 25)]


def test_a_small_cast_keeps_live_and_past_stations_apart() -> None:
    assert cast(live=2, fleet=1) == (("yz-001", "yz-002"), ("yz-007",))
