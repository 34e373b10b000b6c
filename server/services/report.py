"""The committee's month: one value behind the page, the chart and every document."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from server.domain.figures import BY_KEY, COLUMNS, Figure
from server.domain.indicators import (
    FULL_PERCENT,
    NONE_TEXT,
    SMALL_BASE,
    USABLE_PERCENT,
    change_text,
    month_label,
    months_until,
    percent,
)
from server.domain.periods import SHANGHAI, month_of, month_period
from server.domain.presence import delivers
from server.domain.suppression import K_COMMITTEE
from server.domain.wording import VERDICT, age_text
from server.services.tabulate import (
    LATE_MS,
    MonthSums,
    MonthTable,
    Place,
    SettledMonths,
    by_month,
    places_of,
    tabulate,
)
from server.storage.read.county import County, read_county
from server.storage.read.health import Credibility, read_credibility
from server.storage.read.months import read_coverage, read_people, read_use

MONTHS: Final = 13
"""The month and the same month a year before, with all between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """How the stations are connected now."""

    online: int
    lost: int
    never: int
    late: tuple[tuple[str, str], ...]
    """(station, how old its data is) of those that do not deliver now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One month. Nothing in it is finer than what may be shown."""

    county: str
    banner: str
    """Printed on every page and document when not empty."""
    month: int
    """YYYYMM."""
    made: int
    """UTC ms."""
    months: tuple[int, ...]
    """Thirteen months, the last one under way."""
    places: tuple[Place, ...]
    tables: dict[int, MonthTable]
    links: Links
    credibility: Credibility
    communities: int
    communities_served: int

    @property
    def table(self) -> MonthTable:
        """The month asked for."""
        return self.tables[self.month]

    @property
    def title(self) -> str:
        """As it heads the document and names its file."""
        return f"{self.county}新就业群体服务站运行情况（{month_label(self.month)}）"

    @property
    def over(self) -> bool:
        """Whether the month has ended."""
        return self.made >= month_period(self.month).end

    @property
    def settled(self) -> bool:
        """Whether late data is no longer waited for."""
        return self.made >= month_period(self.month).end + LATE_MS

    @property
    def period_text(self) -> str:
        """What stretch of time the figures stand for."""
        start = _local(month_period(self.month).start)
        last = _local(min(self.made, month_period(self.month).end - 1))
        until = "" if self.over else f"{last:%H:%M}（本月未结束）"
        return f"{_date(start)}至{_date(last)}{until}"

    @property
    def made_text(self) -> str:
        """When the figures were taken."""
        return f"{_date(_local(self.made))} {_local(self.made):%H:%M:%S}"

    @property
    def empty(self) -> bool:
        """Whether not one figure of the month is known."""
        return all(
            figure.value is None for row in self.table.figures.values() for figure in row.values()
        )

    def dc_text(self, place: str) -> str:
        """Completeness of a place's data."""
        rate = self.table.completeness[place].rate
        return NONE_TEXT if rate is None else f"{rate}%"

    def change(self, place: str, key: str) -> str:
        """Against the month before, by the rules of comparison."""
        previous = self.tables.get(_before(self.months, self.month))
        if previous is None or not self.over:
            return NONE_TEXT
        return change_text(
            self.table.figures[place][key].comparable,
            previous.figures[place][key].comparable,
            unit=BY_KEY[key].unit,
        )

    def trend(self, place: str, key: str) -> tuple[Figure, ...]:
        """One measure over all months."""
        return tuple(self.tables[month].figures[place][key] for month in self.months)

    def sorted_places(self, key: str | None, *, ascending: bool = False) -> tuple[Place, ...]:
        """Rows with brothers and sisters in order of a measure; those without a figure last."""
        children: defaultdict[str | None, list[Place]] = defaultdict(list)
        for place in self.places:
            children[place.parent].append(place)
        if key is not None:
            for group in children.values():
                group.sort(key=lambda place: self._rank(place, key, ascending=ascending))
        return tuple(_down(children, None))

    def _rank(self, place: Place, key: str, *, ascending: bool) -> tuple[bool, Decimal]:
        if key == "dc":
            value = self.table.completeness[place.id].rate
        else:
            value = self.table.figures[place.id][key].value
        if value is None:
            return True, Decimal(0)
        return False, value if ascending else -value

    @property
    def notes(self) -> tuple[str, ...]:
        """The rules, as they stand under the table and on the notes sheet."""
        return (
            f"统计期间：{self.period_text}；数据取于{self.made_text}（北京时间）。",
            "服务人数仅含自愿实名登记者；同一人当月在同一范围内只计一次，各站相加不等于合计。",
            "服务人次不含设备使用次数；同一人半小时内重复扫码只计一次。",
            (
                f"低于{K_COMMITTEE}的人次和人数以“<{K_COMMITTEE}”表示；"
                f"“※”表示低于{K_COMMITTEE}，或为防止由合计推算而隐去。"
            ),
            (
                f"数据完整率＝收到的5分钟数据格数÷应收格数：{FULL_PERCENT}%及以上直接列出；"
                f"{USABLE_PERCENT}%至{FULL_PERCENT}%加“*”，表示数据不完整；"
                f"低于{USABLE_PERCENT}%列“数据不足”，不参加排序；“—”表示没有数据，不等于0。"
            ),
            "水量由流量计折算，误差约±10%，以“约”表示。",
            f"环比只在两个月数据都完整时列出；上月不足{SMALL_BASE}的列差数，不列百分比。",
            "月末后72小时内补传的数据计入本月，之后到达的另作更正。"
            + ("" if self.settled else "本期数据尚可能因补传而变化。"),
            "统计服务，不考勤，不定位；本表不含个人信息。",
        )

    @property
    def credibility_text(self) -> str:
        """One line on how far the figures can be trusted."""
        found = self.credibility
        verdicts = "、".join(
            f"{VERDICT.get(verdict, verdict)}{count}件"
            for verdict, count in sorted(found.unsound.items())
        )
        pending = f"，待复核{found.pending}件" if found.pending else ""
        return (
            f"隔离消息{found.quarantined}条，缺失事件{found.lost_events}条，"
            f"扫码凭证复核{'发现' + verdicts if verdicts else '未发现问题'}{pending}"
        )

    @property
    def links_text(self) -> str:
        """How many stations are connected now."""
        links = self.links
        return f"站点在线{links.online}个，失联{links.lost}个，未接入{links.never}个"

    @property
    def served_text(self) -> str:
        """Communities with a station."""
        share = percent(self.communities_served, self.communities)
        rate = NONE_TEXT if share is None else f"{share}%"
        return f"{self.communities_served}/{self.communities}（{rate}）"


def month_report(
    session: Session,
    *,
    month: int | None,
    now: int,
    banner: str = "",
    kept: SettledMonths | None = None,
) -> Report:
    """A month's report in ten queries at most, whatever the number of facts.

    Args:
        session: an open session.
        month: YYYYMM; None, or outside the last thirteen months, means the one under way.
        now: UTC ms.
        banner: as in the settings.
        kept: months read before.
    """
    months = months_until(month_of(now), MONTHS)
    chosen = month if month in months else months[-1]
    county = read_county(session)
    places = places_of(county)
    sums = _sums(session, months, now, kept or SettledMonths())
    served = {place.id for place in places if place.level == "community"}
    return Report(
        county=next((area.name for area in county.areas if area.parent is None), ""),
        banner=banner,
        month=chosen,
        made=now,
        months=months,
        places=places,
        tables={key: tabulate(county, places, sums[key], month=key, now=now) for key in months},
        links=_links(county, now),
        credibility=read_credibility(session, month_period(chosen)),
        communities=sum(area.level == "community" for area in county.areas),
        communities_served=len(served),
    )


def _sums(
    session: Session, months: tuple[int, ...], now: int, kept: SettledMonths
) -> dict[int, MonthSums]:
    known = {month: sums for month in months if (sums := kept.get(month, now)) is not None}
    first = next(index for index, month in enumerate(months) if month not in known)
    read = months[first:]
    fresh = by_month(
        read, read_use(session, read), read_coverage(session, read), read_people(session, read)
    )
    for month, sums in fresh.items():
        kept.put(month, sums, now)
    return known | fresh


def headings() -> Iterator[tuple[str, int]]:
    """Upper headings with the number of columns under each."""
    yield from Counter(column.group for column in COLUMNS).items()


def _links(county: County, now: int) -> Links:
    links = Counter(station.link for station in county.stations)
    late = tuple(
        (station.name, age_text(station.last_seen, now))
        for station in county.stations
        if not delivers(link=station.link, last_seen=station.last_seen, now=now)
    )
    return Links(online=links["online"], lost=links["lost"], never=links["never"], late=late)


def _before(months: tuple[int, ...], month: int) -> int:
    return months[months.index(month) - 1] if month != months[0] else 0


def _down(children: defaultdict[str | None, list[Place]], parent: str | None) -> list[Place]:
    found = []
    for place in children[parent]:
        found.append(place)
        found.extend(_down(children, place.id))
    return found


def _local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(SHANGHAI)


def _date(day: datetime) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
