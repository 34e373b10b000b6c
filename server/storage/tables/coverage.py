"""How much of each hour a device was really watched."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import CLUSTERED, Base, Code, Small


class CoverageHour(Base):
    """Good 5-minute buckets of one device in one UTC hour; 12 is complete."""

    __tablename__ = "coverage_hour"
    __table_args__ = CLUSTERED

    station_no: Mapped[int] = mapped_column(ForeignKey("station.no"), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device: Mapped[Code] = mapped_column(primary_key=True)
    good: Mapped[Small]
