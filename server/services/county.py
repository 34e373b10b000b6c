"""单县 as the demonstration shows it: real street names and codes, made-up communities (演示数据).

County and street codes are those of the national division (371722, 371722001 to 004). Of the
communities only 七里庄 is known by name and code; the others, all compounds and all positions
are invented around the county town and flagged so.
"""

from typing import Final, NamedTuple


class Place(NamedTuple):
    """A county or a street."""

    code: str
    name: str


class Community(NamedTuple):
    """A community and where its station stands (WGS 84 degrees)."""

    code: str
    street: str
    street_name: str
    short: str
    latitude: float
    longitude: float
    demo: bool

    @property
    def name(self) -> str:
        """Full name."""
        return f"{self.short}社区"


COUNTY: Final = Place("371722", "单县")
STREETS: Final = (
    Place("371722001", "北城街道"),
    Place("371722002", "南城街道"),
    Place("371722003", "园艺街道"),
    Place("371722004", "东城街道"),
)

_NORTH, _SOUTH, _GARDEN, _EAST = STREETS

# Six live stations come first, so that the live ones are spread over the streets.
_NAMES: Final = (
    (_SOUTH, "七里庄", 34.7856, 116.0823),
    (_NORTH, "湖西", 34.8121, 116.0712),
    (_EAST, "舜和", 34.8014, 116.1087),
    (_GARDEN, "园艺", 34.7968, 116.0571),
    (_SOUTH, "牡丹", 34.7801, 116.0744),
    (_NORTH, "北苑", 34.8187, 116.0859),
    (_SOUTH, "南园", 34.7762, 116.0897),
    (_SOUTH, "善和", 34.7894, 116.0938),
    (_SOUTH, "文化路", 34.7915, 116.0801),
    (_SOUTH, "健康路", 34.7839, 116.0995),
    (_SOUTH, "向阳", 34.7723, 116.0812),
    (_SOUTH, "仁和", 34.7878, 116.0685),
    (_NORTH, "开山", 34.8236, 116.0764),
    (_NORTH, "民生", 34.8079, 116.0803),
    (_NORTH, "府前", 34.8042, 116.0888),
    (_NORTH, "胜利", 34.8153, 116.0947),
    (_NORTH, "幸福", 34.8098, 116.0625),
    (_NORTH, "新城", 34.8262, 116.0901),
    (_GARDEN, "果园", 34.8003, 116.0498),
    (_GARDEN, "平原路", 34.7931, 116.0616),
    (_GARDEN, "君子路", 34.8051, 116.0539),
    (_GARDEN, "春晓", 34.7889, 116.0542),
    (_EAST, "东苑", 34.7957, 116.1142),
    (_EAST, "朝阳", 34.8089, 116.1055),
)


def _code(street: Place, index: int, short: str) -> str:
    """七里庄 carries its own code; made-up ones a number no real community has."""
    return "371722002006" if short == "七里庄" else f"{street.code}9{index:02d}"


COMMUNITIES: Final = tuple(
    Community(
        code=_code(street, index, short),
        street=street.code,
        street_name=street.name,
        short=short,
        latitude=latitude,
        longitude=longitude,
        demo=short != "七里庄",
    )
    for index, (street, short, latitude, longitude) in enumerate(_NAMES, start=1)
)

COMPOUNDS: Final = 107
_WORDS: Final = ("和", "安", "康", "福", "祥", "锦", "清", "怡", "明", "春", "秋", "东", "南", "西")
_ENDS: Final = ("苑", "园", "里", "家园", "华庭", "小区", "新村")


def compounds(position: int) -> list[str]:
    """Names of the compounds of a community by its position: four or five, 107 in all."""
    share, extra = divmod(COMPOUNDS, len(COMMUNITIES))
    count = share + (position < extra)
    first = position * share + min(position, extra)
    return [
        f"{_WORDS[n % len(_WORDS)]}{_WORDS[(n // len(_WORDS) + n + 1) % len(_WORDS)]}"
        f"{_ENDS[n % len(_ENDS)]}"
        for n in range(first, first + count)
    ]
