"""The demonstration from start to end: what is started in which order, and how it is ended."""

import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from firmware_sim.demo import backlog, broker, ports, secret, settings
from firmware_sim.demo.administration import Server
from firmware_sim.demo.console import Console
from firmware_sim.demo.errors import DemoError
from firmware_sim.demo.layout import Cast, Layout
from firmware_sim.demo.process import Child, ChildError
from firmware_sim.demo.settings import Ports
from firmware_sim.demo.supervisor import Supervisor
from firmware_sim.world.enrol import enrol
from firmware_sim.world.phones import PhoneError, load_phones

_LOOK_S: Final = 0.1
_FINISH_S: Final = 150.0
"""People at the devices finish what they began: a tap, a charge."""
_STOP_S: Final = 10.0
_STALL_S: Final = 90.0
"""So long nothing may move while the rest is being acknowledged."""
_HISTORY_S: Final = 170.0
_RECONCILE_S: Final = 120.0
_PHONE_MARGIN_MS: Final = 86_400_000
_SERVER_PROCESSES: Final = ("ingest", "jobs", "web", "live")


class Plan(NamedTuple):
    """What was asked for on the command line."""

    layout: Layout
    cast: Cast
    ports: Ports
    phones: int
    days: int
    tempo: float
    per_day: float
    seed: int
    seconds: float | None


class Access(NamedTuple):
    """How a person gets in."""

    keeper: str
    keeper_name: str
    keeper_password: str
    committee: str
    committee_password: str
    activation_code: str


class Demo:
    """One run. `start`, then `watch`, then `settle` or `stop`; `kill` at any time."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self._plan = plan
        self._layout = plan.layout
        self._console = console
        self._supervisor = Supervisor(console)
        self._server = Server(plan.layout)
        self._county = self._module("county", "firmware_sim", *self._county_words())
        self._agents = [self._agent(station) for station in plan.cast.live]
        self._services = [self._service(name) for name in _SERVER_PROCESSES]
        self._broker = Child(
            name="nats-server",
            argv=[broker.binary(), "-c", self._layout.broker_config],
            log=self._layout.log("broker"),
        )

    def start(self) -> Access:
        """Bring everything up; the past of the other stations fills in behind.

        Raises:
            DemoError: something cannot be started.
        """
        ports.check(self._plan.ports)
        with self._console.step("消息代理 · broker"):
            self._start_broker()
        with self._console.step("数据库、密钥、站点 · database, keys"):
            keys = self._prepare_server()
        with self._console.step("网页与入库 · pages and ingest"):
            self._supervisor.start(*self._services)
        with self._console.step(f"账号与 {self._plan.phones} 部手机 · accounts, phones"):
            access = self._accounts()
        self._write_histories()
        with self._console.step(f"{len(self._plan.cast.live)} 个站点的设备与人 · devices, people"):
            self._supervisor.start(self._county)
        with self._console.step(f"{len(self._agents)} 个站点代理 · station agents"):
            self._start_agents(keys)
        self._begin_fleet()
        return access

    def watch(self) -> None:
        """Look after every process until the time is over; without a time, for ever.

        Raises:
            DemoError: a process cannot be kept alive.
        """
        seconds = self._plan.seconds
        ends = None if seconds is None else time.monotonic() + seconds
        while ends is None or time.monotonic() < ends:
            self._supervisor.check()
            time.sleep(_LOOK_S)

    def settle(self) -> int:
        """End in order, so that everything that happened is counted, and reconcile.

        Returns:
            Exit status of the reconciliation: 0 when it balances.

        Raises:
            DemoError: something does not come to rest in time.
        """
        with self._console.step("现场收尾 · people finish"):
            self._supervisor.retire([self._county], timeout=_FINISH_S)
        with self._console.step("补传完毕 · everything acknowledged"):
            self._drain()
        self._stop_services()
        return self._reconcile()

    def stop(self) -> None:
        """End in order without waiting for acknowledgements: the next run goes on from here."""
        if not self._supervisor.any:
            return
        with self._console.step("收尾（再按 Ctrl-C 立即结束） · stopping"):
            self._supervisor.retire([self._county], timeout=_FINISH_S)
            self._stop_services()

    def kill(self) -> None:
        """End every process at once."""
        self._supervisor.kill()

    def _start_broker(self) -> None:
        stations = self._plan.cast.stations
        users = [
            *(
                broker.station_user(name, secret.machine(self._layout.secrets, name))
                for name in stations
            ),
            broker.server_user("ingest", secret.machine(self._layout.secrets, "ingest")),
        ]
        text = broker.configuration(
            mqtt_port=self._plan.ports.mqtt, store=self._layout.broker_store, users=users
        )
        secret.write_private(self._layout.broker_config, text)
        self._supervisor.start(self._broker, ready=broker.READY)

    def _prepare_server(self) -> dict[int, str]:
        secret.machine(self._layout.secrets, "session")
        self._layout.server_config.write_text(
            settings.server(self._layout, self._plan.ports), "utf-8"
        )
        self._server.call("migrate")
        self._server.stations()
        return self._server.keys()

    def _accounts(self) -> Access:
        """One account of each kind, codes for the phones that are missing, one to try."""
        names = self._server.stations()
        first = self._plan.cast.live[0]
        keeper = secret.person(self._layout.secrets, f"keeper-{first}")
        committee = secret.person(self._layout.secrets, "committee")
        self._server.account(
            first, role="keeper", name=f"{names[first]}站长", password=keeper, station=first
        )
        self._server.account(
            "committee", role="committee", name="电商快递物流行业党委", password=committee
        )
        own, *codes = self._server.activation_codes(1 + self._missing_phones())
        try:
            enrol(self._plan.ports.page_url, codes, self._layout.phones)
        except PhoneError as error:
            raise DemoError(f"手机激活失败：{error}") from error
        return Access(
            keeper=first,
            keeper_name=names[first],
            keeper_password=keeper,
            committee="committee",
            committee_password=committee,
            activation_code=own,
        )

    def _missing_phones(self) -> int:
        """How many are to be enrolled; those whose certificate ends soon are thrown away first."""
        soon = int(time.time() * 1000) + _PHONE_MARGIN_MS
        try:
            phones = load_phones(self._layout.phones)
        except PhoneError as error:
            raise DemoError(f"手机文件损坏：{error}") from error
        for phone in phones:
            if phone.expires < soon:
                (self._layout.phones / f"{phone.name}.json").unlink()
        good = sum(phone.expires >= soon for phone in phones)
        return max(0, self._plan.phones - good)

    def _write_histories(self) -> None:
        """The past of the live stations, once; half a past of a run cut short is thrown away."""
        marks = {one: self._layout.mark(f"past-{one}") for one in self._plan.cast.live}
        todo = [station for station, mark in marks.items() if not mark.exists()]
        if todo and self._plan.days:
            with self._console.step(f"{len(todo)} 个站点过去 {self._plan.days} 天 · their past"):
                for station in todo:
                    self._write_history(station)
        for mark in marks.values():  # from here on the outbox holds what devices did: never again
            _mark(mark)

    def _write_history(self, station: str) -> None:
        ledger = self._layout.station(station) / "history.sqlite"
        outbox = self._layout.outbox(station)
        for half in (*outbox.parent.glob("outbox.sqlite*"), *ledger.parent.glob("history.sqlite*")):
            half.unlink()
        outbox.parent.mkdir(parents=True, exist_ok=True)
        words = ("--outbox", outbox, "--ledger", ledger, "--station", station, *self._past_words())
        writer = self._module(f"history-{station}", "firmware_sim", "history", *words)
        writer.start()
        try:
            status = writer.wait(timeout=_HISTORY_S)
        finally:
            writer.kill()
        if status != 0:
            raise writer.failure(f"失败（状态 {status}）")

    def _start_agents(self, keys: dict[int, str]) -> None:
        for station in self._plan.cast.live:
            self._layout.state(station).mkdir(parents=True, exist_ok=True)
            text = settings.agent(
                self._layout,
                station,
                mqtt_port=self._plan.ports.mqtt,
                keys=keys,
                tempo=self._plan.tempo,
            )
            self._layout.agent_config(station).write_text(text, "utf-8")
        self._supervisor.start(*self._agents)

    def _begin_fleet(self) -> None:
        mark = self._layout.mark("fleet")
        fleet = self._plan.cast.fleet
        if mark.exists() or not fleet or self._plan.days == 0:
            return
        words = ("--root", self._layout.stations, "--stations", ",".join(fleet))
        where = ("--host", "127.0.0.1", "--port", str(self._plan.ports.mqtt))
        player = self._module(
            "fleet",
            "firmware_sim",
            "fleet",
            *words,
            *where,
            "--passwords",
            self._layout.secrets,
            *self._past_words(),
        )
        self._console.line(f"  其余 {len(fleet)} 个站点的过去正在后台补传 · filling in behind")
        self._supervisor.begin(player, lambda: self._fleet_done(mark))

    def _fleet_done(self, mark: Path) -> None:
        _mark(mark)
        self._console.line("  其余站点的过去已全部入库 · the past is complete")

    def _drain(self) -> None:
        """Wait until the server has acknowledged what happened before this moment."""
        outboxes = {station: self._layout.outbox(station) for station in self._plan.cast.live}
        marks = {station: backlog.last_number(path) for station, path in outboxes.items()}
        seen, moved = None, time.monotonic()
        while True:
            self._supervisor.check()
            left = {
                station: count
                for station, path in outboxes.items()
                if (count := backlog.unacknowledged(path, marks[station]))
            }
            tasks = {task.name: task.tail(1) for task in self._supervisor.working}
            if not left and not tasks:
                return
            if (left, tasks) != seen:
                seen, moved = (left, tasks), time.monotonic()
            if time.monotonic() - moved > _STALL_S:
                waiting = {**left, **tasks}
                raise DemoError(f"补传停住了 {_STALL_S:.0f} 秒，还差：{waiting}")
            time.sleep(_LOOK_S)

    def _stop_services(self) -> None:
        tasks = self._supervisor.working
        self._supervisor.retire([*self._agents, *tasks], timeout=_STOP_S)
        self._supervisor.retire(self._services, timeout=_STOP_S)
        self._supervisor.retire([self._broker], timeout=_STOP_S)

    def _reconcile(self) -> int:
        child = self._module(
            "reconcile",
            "firmware_sim",
            "reconcile",
            "--root",
            self._layout.stations,
            "--database",
            self._layout.database_url,
        )
        child.start()
        try:
            status = child.wait(timeout=_RECONCILE_S)
        finally:
            child.kill()
        for line in child.output().splitlines():
            self._console.line(f"  {line}")
        return status

    def _past_words(self) -> list[str | Path]:
        plan = self._plan
        return ["--days", str(plan.days), "--seed", str(plan.seed), "--phones", self._layout.phones]

    def _county_words(self) -> list[str | Path]:
        return [
            "county",
            "--root",
            self._layout.stations,
            "--stations",
            ",".join(self._plan.cast.live),
            "--seed",
            str(self._plan.seed),
            "--tempo",
            f"{self._plan.tempo:g}",
            "--per-day",
            f"{self._plan.per_day:g}",
            "--phones",
            self._layout.phones,
        ]

    def _agent(self, station: str) -> Child:
        config = self._layout.agent_config(station)
        return self._module(f"agent-{station}", "station_agent", "run", "--config", config)

    def _service(self, name: str) -> Child:
        return self._module(name, "server", "--config", self._layout.server_config, name)

    def _module(self, name: str, module: str, *words: str | Path) -> Child:
        argv = [sys.executable, "-m", module, *words]
        return Child(name=name, argv=argv, log=self._layout.log(name))


def _mark(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


__all__ = ["Access", "ChildError", "Demo", "Plan"]
