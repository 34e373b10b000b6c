"""The columns of a month's report and the figures that stand in them."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from server.domain.indicators import NONE_TEXT, Grade, number_text
from server.domain.suppression import K_COMMITTEE, Mark


class Status(StrEnum):
    """How a figure is shown."""

    FULL = "full"
    PARTIAL = "partial"
    INSUFFICIENT = "insufficient"
    NOTHING = "nothing"
    SMALL = "small"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell. `value` is None whenever the number itself is not to be known."""

    value: Decimal | None
    status: Status

    @property
    def text(self) -> str:
        """As it stands on pages and in CSV."""
        if self.value is None:
            return _TEXTS[self.status]
        star = "*" if self.status is Status.PARTIAL else ""
        return f"{number_text(self.value)}{star}"

    @property
    def comparable(self) -> Decimal | None:
        """The value, when another month's may be held against it."""
        return self.value if self.status is Status.FULL else None


_TEXTS: Final = {
    Status.INSUFFICIENT: "数据不足",
    Status.NOTHING: NONE_TEXT,
    Status.SMALL: f"<{K_COMMITTEE}",
    Status.GUARD: "※",
}

MISSING: Final = Figure(None, Status.NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One measure."""

    key: str
    group: str
    """Upper heading."""
    heading: str
    unit: str
    places: int
    """Decimals."""
    sources: frozenset[str]
    """Kinds of device whose completeness decides what may be said."""
    about: bool = False
    """Measured to ±10 %: printed with 约."""

    @property
    def label(self) -> str:
        """`充电 次数（次）`."""
        about = "约" if self.about else ""
        return f"{self.group} {self.heading}（{about}{self.unit}）"


_METER: Final = frozenset({"charger"})
_WATER: Final = frozenset({"water"})
_RACK: Final = frozenset({"rack"})
_SCANNER: Final = frozenset({"scanner"})
_BUTTONS: Final = frozenset({"buttons"})
_DOOR: Final = _SCANNER | _BUTTONS
WATCHED: Final = _METER | _WATER | _RACK | _DOOR
"""Kinds of device whose hours are counted."""

VISIT_KINDS: Final = ("visit_code", "visit_tap", "visit_keeper")

COLUMNS: Final = (
    Column(key="charge", group="充电", heading="次数", unit="次", places=0, sources=_METER),
    Column(key="charge_kwh", group="充电", heading="电量", unit="kWh", places=1, sources=_METER),
    Column(key="draw", group="热水", heading="次数", unit="次", places=0, sources=_WATER),
    Column(
        key="draw_l", group="热水", heading="水量", unit="L", places=0, sources=_WATER, about=True
    ),
    Column(key="umbrella_taken", group="雨具", heading="借出", unit="把", places=0, sources=_RACK),
    Column(
        key="umbrella_returned", group="雨具", heading="归还", unit="把", places=0, sources=_RACK
    ),
    Column(key="visits", group="服务人次", heading="合计", unit="人次", places=0, sources=_DOOR),
    Column(
        key="visit_code", group="服务人次", heading="扫码", unit="人次", places=0, sources=_SCANNER
    ),
    Column(
        key="visit_tap", group="服务人次", heading="按键", unit="人次", places=0, sources=_BUTTONS
    ),
    Column(
        key="visit_keeper", group="服务人次", heading="代记", unit="人次", places=0, sources=_DOOR
    ),
    Column(key="people", group="服务人数", heading="实名", unit="人", places=0, sources=_SCANNER),
)
BY_KEY: Final = {column.key: column for column in COLUMNS}


def figure_of(value: Decimal, grade: Grade, mark: Mark | None) -> Figure:
    """A measured value, as far as it may be shown."""
    match grade, mark:
        case Grade.NOTHING, _:
            return Figure(None, Status.INSUFFICIENT if value else Status.NOTHING)
        case Grade.INSUFFICIENT, _:
            return Figure(None, Status.INSUFFICIENT)
        case _, Mark.SMALL:
            return Figure(None, Status.SMALL)
        case _, Mark.GUARD:
            return Figure(None, Status.GUARD)
        case Grade.PARTIAL, _:
            return Figure(value, Status.PARTIAL)
        case _:
            return Figure(value, Status.FULL)
