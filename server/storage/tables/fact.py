"""What happened, once each."""

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import CLUSTERED, Base, Code, Count, Instant, Small


class Fact(Base):
    """One fact event. Columns that a kind does not use are NULL.

    kind: charge, draw, umbrella_taken, umbrella_returned, visit, refused, device.
    """

    __tablename__ = "fact"
    __table_args__ = CLUSTERED

    station_no: Mapped[int] = mapped_column(ForeignKey("station.no"), primary_key=True)
    epoch: Mapped[Count] = mapped_column(primary_key=True)
    seq: Mapped[Count] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    at: Mapped[Instant]
    began: Mapped[int | None] = mapped_column(BigInteger)
    device: Mapped[str | None] = mapped_column(String(32))
    unit: Mapped[Small | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    """Wh for a charge, ml for a draw."""
    extra: Mapped[int | None] = mapped_column(BigInteger)
    """Peak mW for a charge, m°C for a draw."""
    tag: Mapped[str | None] = mapped_column(String(64))
    """Umbrella's EPC; scan hash of a visit or refusal."""
    word: Mapped[str | None] = mapped_column(String(16))
    """Visit: code, tap or keeper; refused: reason; device: condition."""
    flags: Mapped[Small]
    """1 suspect, 2 found after a restart (while_off), 4 clock amber."""
    received: Mapped[Instant]


Index("ix_fact_station_at", Fact.station_no, Fact.at)
