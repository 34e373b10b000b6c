"""SQLAlchemy tables, one file a noun. Importing this package fills `Base.metadata`.

Instants are UTC milliseconds, hours are UTC hours since 1970 (Asia/Shanghai is a whole number
of hours away, so local hours are the same buckets). Plain SQL types only, so that SQLite,
PostgreSQL and the databases derived from it take the same schema.
"""

from server.storage.tables.account import Account
from server.storage.tables.base import Base
from server.storage.tables.coverage import CoverageHour
from server.storage.tables.credential import ActivationCode, IssuedCertificate
from server.storage.tables.delivery import Delivery, Gap
from server.storage.tables.device import Device, UnitState
from server.storage.tables.fact import Fact
from server.storage.tables.quarantine import Quarantine
from server.storage.tables.region import Region
from server.storage.tables.rollup import RollupHour
from server.storage.tables.sample import SampleHour, SampleRaw
from server.storage.tables.station import Station
from server.storage.tables.visit import Evidence, VisitKey, VisitPerson

__all__ = [
    "Account",
    "ActivationCode",
    "Base",
    "CoverageHour",
    "Delivery",
    "Device",
    "Evidence",
    "Fact",
    "Gap",
    "IssuedCertificate",
    "Quarantine",
    "Region",
    "RollupHour",
    "SampleHour",
    "SampleRaw",
    "Station",
    "UnitState",
    "VisitKey",
    "VisitPerson",
]
