"""Telemetry when no telemetry store is configured: a short raw window and hourly aggregates."""

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import CLUSTERED, Base, Code, Count, Instant, Small


class SampleRaw(Base):
    """One reading; kept for a short window."""

    __tablename__ = "sample_raw"
    __table_args__ = CLUSTERED

    station_no: Mapped[int] = mapped_column(ForeignKey("station.no"), primary_key=True)
    device: Mapped[Code] = mapped_column(primary_key=True)
    unit: Mapped[Small] = mapped_column(primary_key=True)
    cap: Mapped[Code] = mapped_column(primary_key=True)
    at: Mapped[Instant] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


Index("ix_sample_raw_at", SampleRaw.at)


class SampleHour(Base):
    """Minimum, sum, maximum and count of one UTC hour."""

    __tablename__ = "sample_hour"
    __table_args__ = CLUSTERED

    station_no: Mapped[int] = mapped_column(ForeignKey("station.no"), primary_key=True)
    device: Mapped[Code] = mapped_column(primary_key=True)
    unit: Mapped[Small] = mapped_column(primary_key=True)
    cap: Mapped[Code] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[Count]
    low: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    high: Mapped[int] = mapped_column(BigInteger)
