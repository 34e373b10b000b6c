"""What the rider reads about a station: short words from the board's figures."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from server.storage.read.stations import StationBoard

_MINUTE_MS: Final = 60_000
_METRES_A_DEGREE: Final = 111_320
_WATER: Final = {
    "ok": ("yes", "热水有"),
    "cool": ("wait", "热水在烧"),
    "off": ("no", "热水停了"),
    "unknown": ("unknown", "热水未知"),
}


class Fact(NamedTuple):
    """One service: `mood` is yes, wait, no or unknown and chooses shape and colour."""

    name: str
    mood: str
    words: str


class Card(NamedTuple):
    """One station on the rider's page."""

    station: StationBoard
    hours: str
    facts: tuple[Fact, ...]
    age: str
    nearest: str
    """For a closed station: the nearest open one and how far, or empty."""


def cards(board: Sequence[StationBoard], now: int) -> list[Card]:
    """The words for every station at `now` (UTC ms), by name."""
    opened = [station for station in board if station.open_now]
    made = [
        Card(
            station,
            _hours(station),
            _facts(station),
            age_words(station.last_seen, now),
            "" if station.open_now else _nearest(station, opened),
        )
        for station in board
    ]
    return sorted(made, key=lambda each: (each.station.name, each.station.id))


def _nearest(station: StationBoard, opened: Sequence[StationBoard]) -> str:
    if not opened:
        return ""
    metres, name = min((_metres(station, other), other.name) for other in opened)
    return f"{name}，{distance_words(metres)}"


def distance_words(metres: float) -> str:
    """A straight-line distance, rounded as a person says it."""
    if metres < 1_000:
        return f"约{max(100, round(metres / 100) * 100)}米"
    return f"约{metres / 1000:.1f}公里"


def _metres(a: StationBoard, b: StationBoard) -> float:
    """Straight-line distance; on the scale of a county the earth is flat enough."""
    north = (a.lat - b.lat) * _METRES_A_DEGREE
    east = (a.lon - b.lon) * _METRES_A_DEGREE * math.cos(math.radians(a.lat))
    return math.hypot(north, east)


def age_words(seen: int | None, now: int) -> str:
    """How old the data is; the page's script keeps the same words going."""
    if seen is None:
        return "还没有数据"
    minutes = max(0, now - seen) // _MINUTE_MS
    if minutes < 1:
        return "刚刚更新"
    if minutes < 60:
        return f"{minutes}分钟前的数据"
    if minutes < 48 * 60:
        return f"{minutes // 60}小时前的数据"
    return f"{minutes // (24 * 60)}天前的数据"


def _hours(station: StationBoard) -> str:
    if station.opens == 0 and station.closes == 24 * 60:
        return "全天开放"
    return f"{_clock(station.opens)}–{_clock(station.closes)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _facts(station: StationBoard) -> tuple[Fact, ...]:
    mood, words = _WATER[station.hot_water]
    facts = [Fact("water", mood, words)]
    if station.sockets_total:
        facts.append(_counted("charge", "充电", "空{}个", "充电口满", station.sockets_free))
    facts.append(_counted("umbrella", "雨伞", "{}把", "雨伞借完", station.umbrellas))
    return tuple(facts)


def _counted(name: str, label: str, some: str, none: str, count: int | None) -> Fact:
    if count is None:
        return Fact(name, "unknown", f"{label}未知")
    if count == 0:
        return Fact(name, "no", none)
    return Fact(name, "yes", label + some.format(count))
