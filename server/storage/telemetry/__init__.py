"""Where samples go: a window in SQL, or any Influx v2 write API.

`server.storage.telemetry.influx` is imported only where it is configured: its client takes most
of a second to load.
"""

from server.storage.telemetry.store import Telemetry
from server.storage.telemetry.window import SqlWindow

__all__ = ["SqlWindow", "Telemetry"]
