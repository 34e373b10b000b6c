"""Where everything of a running demonstration lies, and who takes part in it."""

from pathlib import Path
from typing import Final, NamedTuple

STATIONS: Final = tuple(f"yz-{number:03}" for number in range(1, 25))
"""Every station of the county; the first ones are played live."""
LIVE_MAX: Final = 6


class Cast(NamedTuple):
    """Who plays: stations with simulated devices, stations of which only the past is played."""

    live: tuple[str, ...]
    fleet: tuple[str, ...]

    @property
    def stations(self) -> tuple[str, ...]:
        """All that have a broker account."""
        return self.live + self.fleet


def cast(*, live: int, fleet: int) -> Cast:
    """The first `live` stations live, the next `fleet` after the live ones in the past only."""
    return Cast(STATIONS[:live], STATIONS[LIVE_MAX : LIVE_MAX + fleet])


class Layout(NamedTuple):
    """Paths under one root (docs/contracts.md)."""

    root: Path

    @property
    def broker_config(self) -> Path:
        """NATS configuration; it holds passwords."""
        return self.root / "broker" / "nats.conf"

    @property
    def broker_store(self) -> Path:
        """JetStream files."""
        return self.root / "broker" / "store"

    @property
    def secrets(self) -> Path:
        """One file a password, named by its user."""
        return self.root / "secrets"

    @property
    def keys(self) -> Path:
        """The server's signing keys."""
        return self.root / "keys"

    @property
    def phones(self) -> Path:
        """One file an enrolled phone."""
        return self.root / "phones"

    @property
    def server_config(self) -> Path:
        """Settings of the server's processes."""
        return self.root / "server.toml"

    @property
    def database(self) -> Path:
        """The server's database."""
        return self.root / "server.sqlite"

    @property
    def database_url(self) -> str:
        """The same, as SQLAlchemy spells it."""
        return f"sqlite:///{self.database}"

    @property
    def stations(self) -> Path:
        """One folder a station."""
        return self.root / "stations"

    def station(self, station: str) -> Path:
        """Ports, settings, state and ledger of one station."""
        return self.stations / station

    def agent_config(self, station: str) -> Path:
        """Settings of a station's agent."""
        return self.station(station) / "agent.toml"

    def state(self, station: str) -> Path:
        """What a station's agent keeps."""
        return self.station(station) / "state"

    def outbox(self, station: str) -> Path:
        """Events the server has not acknowledged."""
        return self.state(station) / "outbox.sqlite"

    def log(self, process: str) -> Path:
        """What one process writes."""
        return self.root / "logs" / f"{process}.log"

    def mark(self, what: str) -> Path:
        """A file that says: this was done once and for all."""
        return self.root / "done" / what
