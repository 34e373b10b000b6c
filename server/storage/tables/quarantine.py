"""What could not be taken, kept with the reason."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import Base, Code, Instant, Text


class Quarantine(Base):
    """One message. `payload` is cut at 4 KiB; `size` tells the whole length."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(primary_key=True)
    received: Mapped[Instant] = mapped_column(index=True)
    topic: Mapped[str] = mapped_column(String(120))
    reason: Mapped[Code]
    sentence: Mapped[Text]
    size: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
