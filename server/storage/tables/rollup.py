"""Facts counted once, by the hour, in the transaction that stored them."""

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import CLUSTERED, Base, Code, Count


class RollupHour(Base):
    """Sums of one station, UTC hour and measure.

    measure: charge, draw, umbrella_taken, umbrella_returned, visit_code, visit_tap,
    visit_keeper, refused. An absent row means none was reported; whether that is zero or
    unknown is told by `coverage_hour`.
    """

    __tablename__ = "rollup_hour"
    __table_args__ = CLUSTERED

    station_no: Mapped[int] = mapped_column(ForeignKey("station.no"), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    measure: Mapped[Code] = mapped_column(primary_key=True)
    n: Mapped[Count]
    amount: Mapped[Count]
    """Wh or ml; 0 where the measure has none."""
    seconds: Mapped[int] = mapped_column(BigInteger)
    """Sum of durations."""


Index("ix_rollup_hour_hour", RollupHour.hour)
