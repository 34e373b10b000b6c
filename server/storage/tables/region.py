"""The county tree: 县 → 街道 → 社区 → 小区."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import Base, Code, Text


class Region(Base):
    """One node. `level` is county, street, community or compound."""

    __tablename__ = "region"

    id: Mapped[Code] = mapped_column(primary_key=True)
    parent_id: Mapped[Code | None] = mapped_column(ForeignKey("region.id"), index=True)
    level: Mapped[Code]
    name: Mapped[Text]
    position: Mapped[int]
    demo: Mapped[bool]
    """True: a name or figure made up for the demonstration (演示数据)."""
