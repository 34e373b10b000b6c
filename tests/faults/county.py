"""A small real county for fault tests: broker, server, simulated stations, agents, reconciliation.

Every part is a process of its own, started by its command line, as in the demonstration.
"""

import json
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

from firmware_sim.demo import settings
from firmware_sim.demo.administration import Server
from firmware_sim.demo.layout import Layout
from firmware_sim.demo.secret import write_private
from firmware_sim.world.enrol import enrol
from tests.support.broker import Broker, nats
from tests.support.mqtt_proxy import Proxy, proxy
from tests.support.ports import free_port
from tests.support.process import module, running, wait_until

TEMPO: Final = 60
PATIENCE: Final = 40
BALANCED: Final = re.compile(
    r"^reconciled: (\d+) events, 0 lost, 0 twice, 0 different$", re.MULTILINE
)


class County:
    """Some stations with people at `TEMPO` times life's speed, and everything behind them.

    `agent_line` and `ingest_line` are the proxies in front of the broker through which the
    agents and the ingest process speak.
    """

    def __init__(
        self, root: Path, *, broker: Broker, agent_line: Proxy, ingest_line: Proxy,
        stations: tuple[str, ...],
    ) -> None:  # fmt: skip
        self.layout = Layout(root)
        self.broker = broker
        self.agent_line = agent_line
        self.ingest_line = ingest_line
        self.stations = stations
        self.ports = settings.Ports(web=free_port(), live=free_port(), mqtt=ingest_line.port)
        self.server = Server(self.layout)
        config = self.layout.server_config
        self.ingest = module("server", "--config", config, "ingest", log=self.layout.log("ingest"))
        self.people = module(
            "firmware_sim", "county", "--root", self.layout.stations,
            "--stations", ",".join(stations), "--seed", "7", "--tempo", str(TEMPO),
            "--phones", self.layout.phones, "--per-day", "600", log=self.layout.log("county"),
        )  # fmt: skip
        self.agents = {
            station: module(
                "station_agent", "run", "--config", self.layout.agent_config(station),
                log=self.layout.log(f"agent-{station}"),
            )
            for station in stations
        }  # fmt: skip

    def settle_in(self, template: Path) -> None:
        """Take over a prepared server, and write everybody's settings and passwords."""
        shutil.copytree(template, self.layout.root)
        for user in (*self.stations, "ingest"):
            write_private(self.layout.secrets / user, self.broker.passwords[user])
        self.layout.server_config.write_text(settings.server(self.layout, self.ports), "utf-8")
        keys = self.server.keys()
        for station in self.stations:
            path = self.layout.agent_config(station)
            path.parent.mkdir(parents=True, exist_ok=True)
            text = settings.agent(
                self.layout, station, mqtt_port=self.agent_line.port, keys=keys, tempo=TEMPO
            )
            path.write_text(text, "utf-8")

    def acts(self) -> int:
        """Physical acts completed so far, all stations."""
        return sum(self._ledger_acts(station) for station in self.stations)

    def _ledger_acts(self, station: str, kind: str = "%") -> int:
        path = self.layout.station(station) / "ledger.sqlite"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as ledger:
            (number,) = ledger.execute(
                "SELECT count(*) FROM act WHERE kind LIKE ?", (kind,)
            ).fetchone()
            return int(number)

    def facts(self) -> int:
        """Facts the server has stored."""
        return int(self._server_value("SELECT count(*) FROM fact WHERE kind <> 'device'"))

    def _server_value(self, statement: str) -> int:
        path = self.layout.database
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            (value,) = database.execute(statement).fetchone()
            return int(value)

    def wait_acts(self, more: int) -> None:
        """Let people use the stations `more` times."""
        target = self.acts() + more
        wait_until(lambda: self.acts() >= target, what=f"{more} more acts", timeout=60)

    def wait_draw_everywhere(self) -> None:
        """Let water be drawn once more at every station."""
        taps = {station: self._ledger_acts(station, "draw") for station in self.stations}
        wait_until(
            lambda: all(self._ledger_acts(name, "draw") > taps[name] for name in taps),
            what="a draw at every station",
            timeout=60,
        )

    def wait_racks_settled(self) -> None:
        """Let every agent find out which umbrella left: for that the reader must still be there."""
        wait_until(lambda: not self._unsettled(), what="racks looked at", timeout=60)

    def _unsettled(self) -> bool:
        for station in self.stations:
            path = self.layout.outbox(station)
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as outbox:
                rows = outbox.execute("SELECT value FROM kept WHERE key = 'umbrella/rack'")
                if any(json.loads(value)["pending"] for (value,) in rows):
                    return True
        return False

    def wait_facts(self, more: int) -> None:
        """Let `more` facts be stored."""
        target = self.facts() + more
        wait_until(lambda: self.facts() >= target, what=f"{more} more facts", timeout=60)

    def undelivered(self) -> int:
        """Events in the outboxes."""
        total = 0
        for station in self.stations:
            path = self.layout.outbox(station)
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as outbox:
                (number,) = outbox.execute(
                    "SELECT count(*) FROM event WHERE droppable = 0"
                ).fetchone()
                total += int(number)
        return total

    def finish(self) -> int:
        """People leave, outboxes drain; then every act and every fact must balance.

        Returns:
            The number of acts reconciled.
        """
        assert self.people.stop(timeout=60) == 0, self.people.tail()
        wait_until(lambda: self.undelivered() == 0, what="empty outboxes", timeout=60)
        # An agent restarted a moment ago still looks around its rack. Nothing moves any more,
        # so waiting can bring to light what is known, never what was lost.
        last = ""
        for _ in range(PATIENCE):
            last = self._reconcile()
            found = BALANCED.search(last)
            if found is not None:
                return int(found.group(1))
            time.sleep(2.0)
        pytest.fail(last)

    def _reconcile(self) -> str:
        check = module(
            "firmware_sim", "reconcile", "--root", self.layout.stations,
            "--database", self.layout.database_url, log=self.layout.log("reconcile"),
        )  # fmt: skip
        check.start()
        status = check.wait(timeout=60)
        said = check.output()
        assert (status == 0) is (BALANCED.search(said) is not None), said
        return said


@contextmanager
def county(
    root: Path, *, template: Path, stations: tuple[str, ...] = ("yz-001", "yz-002")
) -> Iterator[County]:
    """A running county; whatever happens, every process has ended afterwards."""
    with ExitStack() as stack:
        broker = stack.enter_context(nats(root / "broker", stations=stations))
        agent_line = stack.enter_context(proxy(broker_port=broker.port))
        ingest_line = stack.enter_context(proxy(broker_port=broker.port))
        made = County(
            root / "county", broker=broker, agent_line=agent_line, ingest_line=ingest_line,
            stations=stations,
        )  # fmt: skip
        made.settle_in(template)
        stack.enter_context(running(made.ingest))
        stack.enter_context(running(made.people))
        for agent in made.agents.values():
            stack.enter_context(running(agent))
        yield made


def prepare(root: Path) -> None:
    """A server with database, keys, stations and a few enrolled phones, made by its own commands.

    The tests of one worker start from copies of it.
    """
    layout = Layout(root)
    root.mkdir(parents=True)
    write_private(layout.secrets / "session", os.urandom(32).hex())
    write_private(layout.secrets / "ingest", "not used: nothing connects yet")
    ports = settings.Ports(web=free_port(), live=free_port(), mqtt=free_port())
    layout.server_config.write_text(settings.server(layout, ports), "utf-8")
    server = Server(layout)
    server.call("migrate")
    server.keys()
    server.stations()
    codes = server.activation_codes(8)
    web = module("server", "--config", layout.server_config, "web", log=layout.log("web"))
    with running(web):
        enrol(ports.page_url, codes, layout.phones)
