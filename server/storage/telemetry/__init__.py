"""Where samples go: a window in SQL, or any Influx v2 write API."""

from server.storage.telemetry.influx import InfluxLines
from server.storage.telemetry.store import Telemetry
from server.storage.telemetry.window import SqlWindow

__all__ = ["InfluxLines", "SqlWindow", "Telemetry"]
