"""How far each station's outbox has been committed, and the holes in it."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import Base, Code, Count, Instant


class Delivery(Base):
    """Progress of one (station, epoch), written in the same transaction as the facts."""

    __tablename__ = "delivery"

    station_no: Mapped[int] = mapped_column(ForeignKey("station.no"), primary_key=True)
    epoch: Mapped[Count] = mapped_column(primary_key=True)
    mark: Mapped[Count]
    """Everything up to here is committed or recorded as a gap."""
    ranges: Mapped[str] = mapped_column(Text)
    """JSON list of inclusive [lo, hi] pairs committed above the mark."""
    updated: Mapped[Instant]


class Gap(Base):
    """Sequence numbers a station numbered but can no longer send. A late arrival shrinks it."""

    __tablename__ = "gap"

    station_no: Mapped[int] = mapped_column(ForeignKey("station.no"), primary_key=True)
    epoch: Mapped[Count] = mapped_column(primary_key=True)
    lo: Mapped[Count] = mapped_column(primary_key=True)
    hi: Mapped[Count]
    noticed: Mapped[Instant]
    reason: Mapped[Code]
