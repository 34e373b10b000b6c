"""Visits by pseudonym, and the evidence behind them. Apart from any identity.

`pid` = HMAC-SHA-256(month key, rid)[:16]: distinct people can be counted within a month, and a
person cannot be followed from month to month once the key is gone.
"""

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import CLUSTERED, Base, Code, Count, Instant


class VisitKey(Base):
    """The pseudonym key of one local month (YYYYMM)."""

    __tablename__ = "visit_key"

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[bytes] = mapped_column(LargeBinary(32))


class VisitPerson(Base):
    """A pseudonym was at a station on a local day (YYYYMMDD)."""

    __tablename__ = "visit_person"
    __table_args__ = CLUSTERED

    station_no: Mapped[int] = mapped_column(ForeignKey("station.no"), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pid: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)


Index("ix_visit_person_day", VisitPerson.day)


class Evidence(Base):
    """The credential behind a visit fact, until the audit has looked at it.

    verdict: pending, sound, or the reason it is not (forged, unknown_key, expired, clock,
    replayed). The token of a sound visit is deleted by the audit.
    """

    __tablename__ = "evidence"

    station_no: Mapped[int] = mapped_column(ForeignKey("station.no"), primary_key=True)
    epoch: Mapped[Count] = mapped_column(primary_key=True)
    seq: Mapped[Count] = mapped_column(primary_key=True)
    at: Mapped[Instant]
    token: Mapped[bytes | None] = mapped_column(LargeBinary(180))
    once: Mapped[bytes | None] = mapped_column(LargeBinary(16), unique=True)
    """HMAC-SHA256(month key, "use" ‖ rid ‖ ts)[:16], set by the audit on a code's one sound use."""
    verdict: Mapped[Code] = mapped_column(default="pending", index=True)
