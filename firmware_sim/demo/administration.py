"""What an operator does once: database, keys, stations, accounts, activation codes."""

import re
import sqlite3
import sys
from contextlib import closing
from typing import Final

from firmware_sim.demo.errors import DemoError
from firmware_sim.demo.layout import Layout
from firmware_sim.demo.process import Child, ChildError

_TIMEOUT_S: Final = 120
_CODE: Final = re.compile(r"^[0-9A-Z]{4,}(?:-[0-9A-Z]{2,})*$", re.MULTILINE)


class Server:
    """The server's administrative commands, each a process of its own."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def call(self, *args: str, stdin: str | None = None) -> str:
        """Run one command to its end and return what it printed.

        Raises:
            ChildError: it failed; with its last lines.
        """
        child = Child(
            name=f"server {args[0]}",
            argv=[sys.executable, "-m", "server", "--config", self._layout.server_config, *args],
            log=self._layout.log("administration"),
        )
        child.start(stdin=None if stdin is None else stdin.encode())
        try:
            status = child.wait(timeout=_TIMEOUT_S)
        except BaseException:
            child.kill()
            raise
        if status != 0:
            raise child.failure(f"失败（状态 {status}）")
        return child.output()

    def keys(self) -> dict[int, str]:
        """Public keys in hex by number; the first one is made when there is none."""
        if not list(self._layout.keys.glob("*.pub")):
            self.call("keys", "new")
        return {
            int(path.stem): path.read_text("ascii").strip()
            for path in sorted(self._layout.keys.glob("*.pub"))
        }

    def stations(self) -> dict[str, str]:
        """Names by id; the county is entered when the database is empty.

        Raises:
            DemoError: there are none afterwards.
        """
        names = self._query("SELECT id, name FROM station")
        if not names:
            self.call("seed-demo")
            names = self._query("SELECT id, name FROM station")
        if not names:
            raise DemoError("seed-demo 之后数据库里仍没有站点。")
        return names

    def account(
        self, login: str, *, role: str, name: str, password: str, station: str | None = None
    ) -> None:
        """Enter an account unless it is there."""
        if login in self._query("SELECT login, role FROM account"):
            return
        place = () if station is None else ("--station", station)
        self.call("accounts", "set", login, "--role", role, "--name", name, *place, stdin=password)

    def activation_codes(self, count: int) -> list[str]:
        """New codes.

        Raises:
            ChildError: fewer than asked for were printed.
        """
        codes = _CODE.findall(self.call("activation-codes", str(count)))
        if len(codes) != count:
            raise ChildError(f"activation-codes {count} 只给出 {len(codes)} 个激活码。")
        return codes

    def _query(self, statement: str) -> dict[str, str]:
        uri = f"{self._layout.database.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as database:
            return dict(database.execute(statement).fetchall())
