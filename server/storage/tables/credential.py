"""Issuing riders' certificates. Names and phone numbers are not here: they come with identity."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.tables.base import Base, Instant


class ActivationCode(Base):
    """A one-time code that lets one phone fetch one certificate; kept as SHA-256 only."""

    __tablename__ = "activation_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created: Mapped[Instant]
    expires: Mapped[Instant]
    used: Mapped[Instant | None]


class IssuedCertificate(Base):
    """What was signed: the pseudonymous rider id and the hash of the certificate."""

    __tablename__ = "issued_certificate"

    rid: Mapped[bytes] = mapped_column(LargeBinary(8), primary_key=True)
    kid: Mapped[int]
    issued: Mapped[Instant]
    expires: Mapped[Instant]
    certificate_hash: Mapped[str] = mapped_column(String(64))
