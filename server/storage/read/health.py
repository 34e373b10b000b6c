"""What there is to say about the trustworthiness of a month's figures."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.periods import Period
from server.storage.tables import Evidence, Gap, Quarantine

UNSOUND: Final = ("forged", "unknown_key", "expired", "clock", "replayed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credibility:
    """Counts of one period."""

    quarantined: int
    """Messages that could not be taken."""
    lost_events: int
    """Events a station numbered and can no longer send."""
    pending: int
    """Credentials the audit has not looked at yet."""
    unsound: dict[str, int]
    """Verdict → credentials the audit found wanting."""


def read_credibility(session: Session, period: Period) -> Credibility:
    """Three queries, none over sound visits."""
    quarantined = session.execute(
        select(func.count())
        .select_from(Quarantine)
        .where(Quarantine.received >= period.start, Quarantine.received < period.end)
    ).scalar_one()
    lost = session.execute(
        select(func.coalesce(func.sum(Gap.hi - Gap.lo + 1), 0)).where(
            Gap.noticed >= period.start, Gap.noticed < period.end
        )
    ).scalar_one()
    rows = session.execute(
        select(Evidence.verdict, func.count())
        .where(
            Evidence.verdict.in_((*UNSOUND, "pending")),
            Evidence.at >= period.start,
            Evidence.at < period.end,
        )
        .group_by(Evidence.verdict)
    ).all()
    verdicts: dict[str, int] = {verdict: count for verdict, count in rows}  # noqa: C416 - dict() cannot take typed rows
    pending = verdicts.pop("pending", 0)
    return Credibility(
        quarantined=quarantined, lost_events=int(lost), pending=pending, unsound=verdicts
    )
