"""Samples to an Influx v2 write API: line protocol from a thread of its own.

A slow or dead store costs the ingest nothing: lines wait in a bounded queue, the oldest go
first when it is full, and every one dropped is counted.
"""

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, cast

import structlog
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from server.storage.bulk import Bulk
from server.storage.changes import SampleRow

MEASUREMENT: Final = "telemetry"
_CHUNK: Final = 5_000
_BACKOFF_S: Final = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
_CLOSE_S: Final = 5.0
_PRECISION: Final = cast("WritePrecision", WritePrecision.MS)  # published as a bare string
_log = structlog.get_logger(__name__)


def lines(samples: Sequence[SampleRow], stations: Mapping[int, str]) -> Iterator[str]:
    """Line protocol, milliseconds; the values of one unit at one instant share a line.

    Ids and capability names are `[a-z0-9_-]` by contract, so nothing needs escaping.
    """
    for (no, device, unit, at), group in groupby(samples, key=lambda row: (*row[:3], row[4])):
        fields = ",".join(f"{cap}={value}i" for _, _, _, cap, _, value in group)
        yield f"{MEASUREMENT},station={stations[no]},device={device},unit={unit} {fields} {at}"


class InfluxLines:
    """Telemetry by `influxdb-client`, with ready line strings.

    Args:
        url: base URL of the store.
        org: organisation, ignored by VictoriaMetrics.
        bucket: bucket, ignored by VictoriaMetrics.
        token: access token; empty where none is asked for.
        capacity: lines that may wait.
    """

    def __init__(
        self, *, url: str, org: str, bucket: str, token: str = "", capacity: int = 200_000
    ) -> None:
        self._client = InfluxDBClient(url=url, token=token, org=org, timeout=10_000)
        self._api = self._client.write_api(write_options=SYNCHRONOUS)
        self._org, self._bucket = org, bucket
        self._lines: deque[str] = deque()
        self._capacity = capacity
        self._wake = threading.Condition()
        self._closing = False
        self._failing = False
        self.dropped = 0
        self.written = 0
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        self._thread.start()

    def within(self, bulk: Bulk, samples: Sequence[SampleRow]) -> None:
        """Nothing belongs into the database."""

    def committed(self, samples: Sequence[SampleRow], stations: Mapping[int, str]) -> None:
        """Queue lines; never waits for the store."""
        if not samples:
            return
        with self._wake:
            self._lines.extend(lines(samples, stations))
            while len(self._lines) > self._capacity:
                self._lines.popleft()
                self.dropped += 1
            self._wake.notify()

    def close(self) -> None:
        """Write what is waiting, within 5 seconds, and end. What stays is counted as dropped."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(_CLOSE_S)
        with self._wake:
            self.dropped += len(self._lines)
            self._lines.clear()
        self._client.close()  # type: ignore[no-untyped-call]  # published without annotations

    def _run(self) -> None:
        failures = 0
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._lines or self._closing)
                if not self._lines:
                    return
                chunk = [self._lines.popleft() for _ in range(min(_CHUNK, len(self._lines)))]
            if self._write(chunk):
                failures = 0
                continue
            with self._wake:
                if self._closing:
                    self.dropped += len(chunk)
                    return
                self._put_back(chunk)
                pause = _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)]
                failures += 1
                self._wake.wait_for(lambda: self._closing, timeout=pause)

    def _put_back(self, chunk: list[str]) -> None:
        room = max(0, self._capacity - len(self._lines))
        self.dropped += max(0, len(chunk) - room)
        self._lines.extendleft(reversed(chunk[len(chunk) - room :] if room else []))

    def _write(self, chunk: list[str]) -> bool:
        try:
            self._api.write(
                bucket=self._bucket, org=self._org, record=chunk, write_precision=_PRECISION
            )
        except ApiException as error:
            status = int(error.status or 0)
            if 400 <= status < 500 and status not in {401, 403, 404, 429}:
                # The store will never take these lines: trying again would block all others.
                self.dropped += len(chunk)
                _log.warning("telemetry_refused", lines=len(chunk), status=status)
                return True
            self._failed(type(error).__name__)
            return False
        except (InfluxDBError, HTTPError, OSError) as error:
            self._failed(type(error).__name__)
            return False
        self.written += len(chunk)
        if self._failing:
            self._failing = False
            _log.info("telemetry_store_back", dropped=self.dropped)
        return True

    def _failed(self, kind: str) -> None:
        if not self._failing:
            self._failing = True
            _log.warning("telemetry_store_unreachable", error=kind)
