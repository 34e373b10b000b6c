"""A service station (站点) and what is known of its link."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import Base, Code, Instant, Text


class Station(Base):
    """One station. `no` is the small key used by the big tables, `id` the wire id."""

    __tablename__ = "station"

    no: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Text]
    region_id: Mapped[Code] = mapped_column(ForeignKey("region.id"), index=True)
    """Its community or compound."""
    kind: Mapped[Code]
    """`center` (1, 党群服务中心) or `station` (N)."""
    address: Mapped[Text]
    latitude: Mapped[float]
    longitude: Mapped[float]
    opens: Mapped[int]
    """Planned opening, minutes after local midnight."""
    closes: Mapped[int]
    """Planned closing, minutes after local midnight; 1440 is midnight."""
    in_service_from: Mapped[Instant]
    demo: Mapped[bool]
    link: Mapped[Code] = mapped_column(default="never")
    """`never`, `online` or `lost`, from birth and last will."""
    link_session: Mapped[str | None]
    link_at: Mapped[Instant | None]
    """When the server learnt of `link`."""
    last_seen: Mapped[Instant | None]
    """When the server last committed a batch of this station."""
    agent: Mapped[Text | None]
