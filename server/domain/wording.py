"""What is wrong, in words, with the next step: short Chinese sentences for a keeper."""

import re
from collections.abc import Iterable
from typing import Final, Literal

Mood = Literal["yes", "wait", "no", "unknown"]
"""How a badge looks: works, soon, does not, not known."""

_MINUTE_MS: Final = 60_000
_UNITS: Final = re.compile(r"[a-z]+ ([0-9]{1,3}(?:, [0-9]{1,3})*): ")

KIND: Final = {
    "charger": "充电表",
    "water": "热水器",
    "temperature": "水温探头",
    "rack": "雨具架",
    "scanner": "扫码器",
    "buttons": "按键",
    "relay": "继电器",
    "tags": "伞标签读写器",
}

CONDITION: Final = {
    "ok": "正常",
    "mute": "没有回应",
    "garbled": "回应乱码",
    "implausible": "读数不可信",
    "unplugged": "接口断开",
    "unknown": "还没报过状态",
}

VERDICT: Final = {
    "forged": "签名不符",
    "unknown_key": "签发机构不明",
    "expired": "凭证过期",
    "clock": "时间不符",
    "replayed": "重复使用",
}

LINK: Final[dict[str, tuple[Mood, str]]] = {
    "online": ("yes", "在线"),
    "lost": ("no", "失联"),
    "never": ("unknown", "未接入"),
}

PORT: Final[dict[int, tuple[Mood, str]]] = {
    0: ("unknown", "已关"),
    1: ("yes", "空"),
    2: ("wait", "充电中"),
    3: ("no", "故障"),
}

SLOT: Final[dict[int, tuple[Mood, str]]] = {
    0: ("unknown", "无伞"),
    1: ("yes", "有伞"),
    2: ("wait", "看不清"),
}

WATER: Final[dict[str, tuple[Mood, str]]] = {
    "ok": ("yes", "热水有"),
    "cool": ("wait", "正在加热"),
    "off": ("no", "没有加热"),
    "unknown": ("unknown", "水温未知"),
}

_NEXT: Final = {
    "mute": "请检查电源和接线。",
    "garbled": "请把接线拧紧，远离大功率插头。",
    "implausible": "请断电1分钟再通电，仍不行请报修。",
    "unplugged": "请把接口线插紧，等1分钟再看。",
    "unknown": "刚装好请等10分钟，仍没有请检查电源。",
}

_NEXT_OF_KIND: Final = {
    ("temperature", "implausible"): "请看探头是否还插在水箱里。",
    ("scanner", "mute"): "请看扫码器的灯亮不亮；骑手可按门口按键。",
    ("scanner", "unplugged"): "请把扫码器的线插紧；骑手可按门口按键。",
    ("buttons", "unplugged"): "请重启采集盒。",
    ("rack", "mute"): "请检查雨具架的电源和网线；借还照常，由站长登记。",
    ("tags", "mute"): "请检查读写器电源；借还照常，暂时认不出是哪把伞。",
    ("relay", "mute"): "请检查继电器电源；插座照常有电，红绿灯可能不亮。",
}


def duration_text(ms: int) -> str:
    """How long, as people say it: `12分钟`, `3小时`, `2天`."""
    minutes = max(1, ms // _MINUTE_MS)
    if minutes < 60:
        return f"{minutes}分钟"
    return f"{minutes // 60}小时" if minutes < 48 * 60 else f"{minutes // (24 * 60)}天"


def age_text(seen: int | None, now: int) -> str:
    """How old data last committed at `seen` (UTC ms) is."""
    if seen is None:
        return "还没有数据"
    return "刚刚更新" if now - seen < _MINUTE_MS else f"{duration_text(now - seen)}前的数据"


def bad_units(detail: str) -> tuple[int, ...]:
    """Units a device's detail names (`meter 2, 3: …`); empty: the device as a whole."""
    match = _UNITS.match(detail)
    return tuple(int(unit) for unit in match[1].split(", ")) if match else ()


def device_problem(
    *, kind: str, name: str, condition: str, detail: str, lasted: int | None
) -> str | None:
    """The sentence for a device; None when it works.

    Args:
        kind: of the device.
        name: as written on it.
        condition: last reported, or `unknown`.
        detail: technical text; only unit numbers are taken from it.
        lasted: ms since the condition was reported; None when not known.
    """
    if condition == "ok":
        return None
    which = numbered(bad_units(detail))
    since = "" if lasted is None or condition == "unknown" else duration_text(lasted)
    step = _NEXT_OF_KIND.get((kind, condition)) or _NEXT.get(condition, "请报修。")
    return f"{name}{which}{since}{CONDITION.get(condition, '状态不明')}，{step}"


def link_problem(*, link: str, since: int | None, last_seen: int | None, now: int) -> str:
    """Why a station's data is not fresh, and what to do.

    Args:
        link: never, online or lost.
        since: when the server learnt of `link`, UTC ms.
        last_seen: when data last came, UTC ms.
        now: UTC ms.
    """
    if link == "never":
        return "本站还没连上过，请打开采集盒电源，接上网络。"
    if link == "lost":
        lasted = "" if since is None else duration_text(now - since)
        return f"本站失联{lasted}，请检查采集盒电源和网络；水电照常可用。"
    lasted = "一直" if last_seen is None else duration_text(now - last_seen)
    return f"本站{lasted}没有新数据，请重启采集盒；水电照常可用。"


def numbered(units: Iterable[int]) -> str:
    """`2、3号`; empty for none."""
    text = "、".join(str(unit) for unit in units)
    return f"{text}号" if text else ""


def ports_faulty(units: Iterable[int]) -> str:
    """Sockets that report a fault."""
    return f"充电口{numbered(units)}有故障，请拔下插头再试，仍不行请挂停用牌并报修。"


def slots_unclear(units: Iterable[int]) -> str:
    """Hooks whose switch tells neither."""
    return f"雨具架{numbered(units)}看不清有没有伞，请把伞挂到底。"


def water_cold(celsius: int) -> str:
    """The boiler does not heat."""
    return f"水温只有{celsius}℃，请看热水器开关是否打开。"


RACK_EMPTY: Final = "雨具架空了，请补伞。"
