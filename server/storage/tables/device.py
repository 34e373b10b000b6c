"""Devices of a station and the present state of their units."""

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import CLUSTERED, Base, Code, Count, Instant, Small, Text


class Device(Base):
    """One device in service. Kinds: charger, water, rack, scanner, buttons, relay, tags."""

    __tablename__ = "device"

    station_no: Mapped[int] = mapped_column(ForeignKey("station.no"), primary_key=True)
    device: Mapped[Code] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    name: Mapped[Text]
    units: Mapped[Small]
    """Sockets, taps or slots."""
    condition: Mapped[Code] = mapped_column(default="unknown")
    """Last reported: ok, mute, garbled, implausible, unplugged; unknown before the first report."""
    detail: Mapped[Text] = mapped_column(default="")
    condition_at: Mapped[Instant | None]
    epoch: Mapped[Count] = mapped_column(default=0)
    seq: Mapped[Count] = mapped_column(default=0)
    """(epoch, seq) of the event that set the condition; an older one changes nothing."""


class UnitState(Base):
    """Present value of one capability of one unit."""

    __tablename__ = "unit_state"
    __table_args__ = CLUSTERED

    station_no: Mapped[int] = mapped_column(ForeignKey("station.no"), primary_key=True)
    device: Mapped[Code] = mapped_column(primary_key=True)
    unit: Mapped[Small] = mapped_column(primary_key=True)
    cap: Mapped[Code] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[Instant]
    epoch: Mapped[Count]
    seq: Mapped[Count]
