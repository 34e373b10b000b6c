"""Declarative base: explicit constraint names, so that migrations can name what they change."""

from typing import Annotated, Final

from sqlalchemy import BigInteger, MetaData, SmallInteger, String
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Instant = Annotated[int, mapped_column(BigInteger)]
"""UTC milliseconds."""
Count = Annotated[int, mapped_column(BigInteger)]
Small = Annotated[int, mapped_column(SmallInteger)]
Code = Annotated[str, mapped_column(String(32))]
"""A wire id or a short enum."""
Text = Annotated[str, mapped_column(String(200))]


CLUSTERED: Final = {"sqlite_with_rowid": False}
"""Rows live in the primary key's own tree: one write instead of two where the key is compound."""


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMES)
