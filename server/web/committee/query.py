"""What a committee page was asked for, read leniently: nonsense means the default."""

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from server.domain.figures import BY_KEY
from server.domain.indicators import month_text, parse_month
from server.services.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Month, place and order of rows."""

    month: int | None
    """YYYYMM; None: the one under way."""
    scope: str
    """Place id; empty: the county."""
    sort: str | None
    """Column key or `dc`; None: as the register orders."""
    ascending: bool

    def place(self, report: Report) -> str | None:
        """The place asked for if it exists, else the county; None without any place."""
        ids = [place.id for place in report.places]
        if self.scope in ids:
            return self.scope
        return ids[0] if ids else None

    def args(self, **changes: str | None) -> dict[str, str]:
        """Arguments of a link that keeps everything but `changes`."""
        now = {
            "month": month_text(self.month) if self.month else None,
            "scope": self.scope or None,
            "sort": self.sort,
            "order": "asc" if self.sort and self.ascending else None,
        }
        return {name: value for name, value in (now | changes).items() if value}

    def sort_args(self, key: str) -> dict[str, str]:
        """Arguments of a column heading: largest first, then smallest first, then the register."""
        if self.sort != key:
            return self.args(sort=key, order=None)
        if not self.ascending:
            return self.args(order="asc")
        return self.args(sort=None, order=None)

    def aria_sort(self, key: str) -> str:
        """How a column is sorted, for screen readers."""
        if self.sort != key:
            return "none"
        return "ascending" if self.ascending else "descending"


def read_query(args: MultiDict[str, str]) -> Query:
    """From a URL."""
    sort = args.get("sort", "")
    return Query(
        month=parse_month(args.get("month", "")),
        scope=args.get("scope", "")[:64],
        sort=sort if sort in BY_KEY or sort == "dc" else None,
        ascending=args.get("order") == "asc",
    )
