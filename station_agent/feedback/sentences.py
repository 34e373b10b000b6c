"""What a station says to a person: a light, and a sentence for a display."""

from enum import Enum
from typing import Final, Literal, NamedTuple

from protocol.events import RefusalReason

Light = Literal["green", "red"]


class _Said(NamedTuple):
    light: Light
    tenths: int
    sentence: str


class Answer(Enum):
    """Every answer. Green means one thing only: a visit has been recorded.

    Each value holds the light, how long it shines (× 100 ms) and a short Chinese sentence that
    says what to do next and blames nobody.
    """

    WELCOME = _Said("green", 10, "签到成功，辛苦了！请进来歇歇。")
    TAP = _Said("green", 10, "欢迎歇脚，不登记也能用。")
    REPEAT = _Said("red", 3, "刚刚已签到，不用再扫啦。")
    STALE = _Said("red", 10, "码过期了，请刷新再扫。")
    PHONE_CLOCK = _Said("red", 10, "手机时间不准，请打开自动校时。")
    USED = _Said("red", 10, "这个码用过了，请刷新一下。")
    LAPSED = _Said("red", 10, "登记到期了，可直接使用；续期约需1分钟。")
    NOT_OURS = _Said("red", 10, "没认出这个码，请打开“我的码”再扫。")
    NOT_REGISTERED = _Said("red", 10, "还没登记，可直接使用；想登记约需1分钟。")
    NEWER = _Said("red", 10, "本站还不认识新版的码，可直接使用。")

    @property
    def light(self) -> Light:
        """Which lamp."""
        return self.value.light

    @property
    def tenths(self) -> int:
        """How long it shines, × 100 ms."""
        return self.value.tenths

    @property
    def sentence(self) -> str:
        """For the display."""
        return self.value.sentence


_ANSWERS: Final[dict[RefusalReason, Answer]] = {
    "malformed": Answer.NOT_OURS,
    "version": Answer.NEWER,
    "unknown_key": Answer.NOT_REGISTERED,
    "forged": Answer.NOT_OURS,
    "expired": Answer.LAPSED,
    "replayed": Answer.USED,
    "repeat": Answer.REPEAT,
}


def answer_to(reason: RefusalReason, *, ahead_ms: int = 0) -> Answer:
    """What to say to a refused scan.

    Args:
        reason: as in the fact.
        ahead_ms: phone − station: a code from the past is an old picture more often than a
            slow clock, and a fresh code mends both.
    """
    if reason == "clock":
        return Answer.PHONE_CLOCK if ahead_ms > 0 else Answer.STALE
    return _ANSWERS[reason]
