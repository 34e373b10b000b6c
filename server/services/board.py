"""A keeper's board: each device now, what to do, and today's use."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from server.domain import wording
from server.domain.indicators import NONE_TEXT, kilo, number_text
from server.domain.periods import day_of, day_period
from server.domain.presence import BROKEN, delivers, hot_water, open_now
from server.domain.wording import Mood, bad_units
from server.services.errors import ServiceError
from server.services.upkeep import Advice, advise
from server.storage.read.keeper import DeviceRow, KeeperStation, UnitValue, read_keeper_station

_ORDER: Final = ("charger", "water", "rack", "scanner", "buttons", "temperature", "relay", "tags")


class Chip(NamedTuple):
    """One unit."""

    label: str
    mood: Mood
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCard:
    """One device."""

    device: str
    kind: str
    name: str
    mood: Mood
    words: str
    chips: tuple[Chip, ...]


class Figure(NamedTuple):
    """One figure of today."""

    label: str
    text: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The page. Device cards tell the last known states; `fresh` says whether they hold now."""

    id: str
    name: str
    address: str
    hours: str
    open_now: bool
    link: tuple[Mood, str]
    last_seen: int | None
    age: str
    fresh: bool
    advices: tuple[Advice, ...]
    devices: tuple[DeviceCard, ...]
    today: tuple[tuple[str, tuple[Figure, ...]], ...]
    """(heading, figures)."""


def keeper_board(session: Session, *, station_no: int, now: int) -> Board:
    """The board of one station.

    Args:
        session: an open session.
        station_no: of the keeper's own station.
        now: UTC ms.

    Raises:
        ServiceError: 404, the station is gone.
    """
    day = day_period(day_of(now))
    station = read_keeper_station(session, station_no, day)
    if station is None:
        raise ServiceError("no_station", "这个账户没有对应的站点，请联系管理员。", status=404)
    fresh = delivers(link=station.link, last_seen=station.last_seen, now=now)
    seen_today = station.last_seen is not None and station.last_seen >= day.start
    return Board(
        id=station.id,
        name=station.name,
        address=station.address,
        hours=f"{_clock(station.opens)}–{_clock(station.closes)}",
        open_now=open_now(opens=station.opens, closes=station.closes, now=now),
        link=wording.LINK.get(station.link, wording.LINK["never"]),
        last_seen=station.last_seen,
        age=wording.age_text(station.last_seen, now),
        fresh=fresh,
        advices=advise(station, now),
        devices=tuple(_card(device, station) for device in sorted(station.devices, key=_rank)),
        today=_today(station.today, known=seen_today),
    )


def _rank(device: DeviceRow) -> tuple[int, str]:
    place = _ORDER.index(device.kind) if device.kind in _ORDER else len(_ORDER)
    return place, device.device


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _card(device: DeviceRow, station: KeeperStation) -> DeviceCard:
    states = [state for state in station.states if state.device == device.device]
    mood, words = _condition(device, states)
    broken = device.condition in BROKEN
    bad = bad_units(device.detail) if broken else ()
    chips = tuple(
        Chip(f"{state.unit}号", "unknown", "不明")
        if broken and (not bad or state.unit in bad)
        else chip
        for state in states
        if (chip := _chip(state)) is not None
    )
    return DeviceCard(
        device=device.device,
        kind=device.kind,
        name=device.name,
        mood=mood,
        words=words,
        chips=chips,
    )


def _condition(device: DeviceRow, states: list[UnitValue]) -> tuple[Mood, str]:
    if device.condition == "ok" or (device.condition == "unknown" and states):
        return "yes", wording.CONDITION["ok"]
    mood: Mood = "no" if device.condition in BROKEN else "unknown"
    return mood, wording.CONDITION.get(device.condition, "状态不明")


def _chip(state: UnitValue) -> Chip | None:
    label = f"{state.unit}号"
    match state.cap:
        case "port_state":
            return Chip(label, *wording.PORT.get(state.value, ("unknown", "不明")))
        case "slot_state":
            return Chip(label, *wording.SLOT.get(state.value, ("unknown", "不明")))
        case "temp_mc":
            mood, words = wording.WATER[hot_water(state.value)]
            return Chip("水温", mood, f"{round(state.value / 1000)}℃ {words}")
        case "flowing":
            return Chip("龙头", "wait", "正在出水") if state.value else None
        case _:
            return None


def _today(
    sums: dict[str, tuple[int, int]], *, known: bool
) -> tuple[tuple[str, tuple[Figure, ...]], ...]:
    def count(measure: str) -> str:
        return number_text(kilo(sums.get(measure, (0, 0))[0] * 1000, 0)) if known else NONE_TEXT

    def amount(measure: str, *, places: int, about: str = "") -> str:
        if not known:
            return NONE_TEXT
        value = kilo(sums.get(measure, (0, 0))[1], places)
        return (about if value else "") + number_text(value)

    return (
        (
            "充电",
            (
                Figure("次数", count("charge"), "次"),
                Figure("电量", amount("charge", places=2), "kWh"),
            ),
        ),
        (
            "热水",
            (
                Figure("次数", count("draw"), "次"),
                Figure("水量", amount("draw", places=1, about="约"), "L"),
            ),
        ),
        (
            "雨具",
            (
                Figure("借出", count("umbrella_taken"), "把"),
                Figure("归还", count("umbrella_returned"), "把"),
            ),
        ),
        (
            "到站",
            (
                Figure("扫码", count("visit_code"), "人次"),
                Figure("按键", count("visit_tap"), "人次"),
                Figure("站长代记", count("visit_keeper"), "人次"),
            ),
        ),
    )
