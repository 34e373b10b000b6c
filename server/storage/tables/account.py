"""Sign-in of keepers and committee members."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import Base, Code, Instant, Text


class Account(Base):
    """role: keeper (of `station_no`) or committee."""

    __tablename__ = "account"

    login: Mapped[Code] = mapped_column(primary_key=True)
    role: Mapped[Code]
    name: Mapped[Text]
    """An office or function (七里庄站站长), not a person's name."""
    station_no: Mapped[int | None] = mapped_column(ForeignKey("station.no"))
    password_hash: Mapped[str] = mapped_column(String(255))
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[Instant | None]
