"""What the ingest remembers between transactions: station numbers and pseudonym keys."""

import secrets
from collections.abc import Iterable

from server.domain.pseudonym import KEY_BYTES
from server.storage.bulk import Insert
from server.storage.facts import FactWriter

_VISIT_KEY = Insert(
    table="visit_key",
    columns=(("month", "integer"), ("key", "bytea")),
    conflict="ON CONFLICT (month) DO NOTHING",
)


class Directory:
    """Station numbers by id. A station once known stays known; an unknown one is asked again."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.names: dict[int, str] = {}

    def numbers(self, writer: FactWriter, ids: Iterable[str]) -> dict[str, int]:
        """Numbers of those of `ids` that exist."""
        wanted = set(ids)
        missing = wanted - self._numbers.keys()
        if missing:
            found = writer.stations(missing)
            self._numbers |= found
            self.names |= {no: name for name, no in found.items()}
        return {name: self._numbers[name] for name in wanted & self._numbers.keys()}

    def forget(self) -> None:
        """After an error that may come from a station that is gone."""
        self._numbers.clear()


class MonthKeys:
    """Pseudonym keys by month, made when first needed.

    A key made in a transaction is trusted only after its commit: were it rolled back, another
    would take its place, and one person would get two pseudonyms.
    """

    def __init__(self) -> None:
        self._kept: dict[int, bytes] = {}
        self._pending: dict[int, bytes] = {}

    def get(self, writer: FactWriter, month: int) -> bytes:
        """The key of local month YYYYMM."""
        key = self._kept.get(month) or self._pending.get(month)
        if key is None:
            rows = self._select(writer, month)
            if not rows:
                writer.bulk.insert(_VISIT_KEY, [(month, secrets.token_bytes(KEY_BYTES))])
                rows = self._select(writer, month)
            key = bytes(rows[0][0])
            self._pending[month] = key
        return key

    @staticmethod
    def _select(writer: FactWriter, month: int) -> list[tuple[bytes]]:
        return writer.bulk.select("SELECT key FROM visit_key WHERE month = ?", (month,))

    def committed(self) -> None:
        """The transaction is stored."""
        self._kept |= self._pending
        self._pending.clear()

    def rolled_back(self) -> None:
        """The transaction is gone."""
        self._pending.clear()
