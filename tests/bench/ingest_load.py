"""Twenty stations that publish as fast as the broker takes it, in a process of their own.

Speaks the few MQTT packets it needs over raw sockets, so that the load costs little of the
machine that is measured. `python -m tests.bench.ingest_load PORT FOLDER MESSAGES` waits for a
line on standard input, publishes, and prints `done` when every message is confirmed.
"""

import socket
import struct
import sys
import threading
from pathlib import Path
from typing import Final

from protocol.envelope import encode_batch
from protocol.events import Charge, Draw, Event, Refused, UmbrellaReturned, Visit, encode
from protocol.topics import batch

STATIONS: Final = tuple(f"yz-{number:03d}" for number in range(1, 21))
EVENTS: Final = 20
EPOCH: Final = 116_000_000_000_000
_START: Final = 1_790_000_000_000
_WINDOW: Final = 100


def event(seq: int) -> Event:
    """A fact of an ordinary day; one a minute."""
    at = _START + seq * 60_000
    mono = seq * 60_000
    scan = f"{seq:016x}"
    match seq % 5:
        case 0:
            return Charge(
                seq=seq,
                at=at,
                mono=mono,
                device="charger",
                unit=1 + seq % 4,
                start=at - 3_000_000,
                wh=20 + seq % 50,
                peak_mw=45_000,
            )
        case 1:
            return Draw(seq=seq, at=at, mono=mono, device="water", unit=1, start=at - 9_000, ml=350)
        case 2:
            return Visit(seq=seq, at=at, mono=mono, by="tap")
        case 3:
            tag = f"E28011{seq:018X}"
            return UmbrellaReturned(seq=seq, at=at, mono=mono, device="rack", unit=1, tag=tag)
        case _:
            return Refused(seq=seq, at=at, mono=mono, reason="expired", scan=scan)


def payloads(messages: int) -> list[bytes]:
    """The batches of one station."""
    result = []
    for number in range(messages):
        first = 1 + number * EVENTS
        bodies = [encode(event(seq)) for seq in range(first, first + EVENTS)]
        result.append(
            encode_batch(
                epoch=EPOCH, boot="b", sent=_START, mono=0, synced=True, low=1, bodies=bodies
            )
        )
    return result


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack(">H", len(raw)) + raw


def _packet(head: int, body: bytes) -> bytes:
    size, left = b"", len(body)
    while True:
        left, digit = divmod(left, 128)
        size += bytes([digit | (0x80 if left else 0)])
        if not left:
            return bytes([head]) + size + body


class _Station:
    """One connection; publishes with a window of unconfirmed packets."""

    def __init__(self, port: int, name: str, password: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._name = name
        connect = _text("MQTT") + b"\x04\xc2" + struct.pack(">H", 60)
        connect += _text(f"{name}-load") + _text(name) + _text(password)
        self._socket.sendall(_packet(0x10, connect))
        if self._read(4)[3] != 0:
            raise ConnectionError("the broker refused the log-in")

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self._socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the broker closed the connection")
            data += part
        return data

    def publish(self, bodies: list[bytes]) -> None:
        topic = _text(batch(self._name))
        for first in range(0, len(bodies), _WINDOW):
            window = bodies[first : first + _WINDOW]
            data = b"".join(
                _packet(0x32, topic + struct.pack(">H", 1 + number) + body)
                for number, body in enumerate(window)
            )
            self._socket.sendall(data)
            self._read(4 * len(window))

    def close(self) -> None:
        self._socket.sendall(b"\xe0\x00")
        self._socket.close()


def main() -> None:
    """Publish when told to."""
    port, folder, messages = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    bodies = payloads(messages)
    stations = [
        _Station(port, name, (folder / name).read_text("utf-8").strip()) for name in STATIONS
    ]
    print("loaded", flush=True)
    sys.stdin.readline()
    threads = [threading.Thread(target=station.publish, args=(bodies,)) for station in stations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("done", flush=True)
    for station in stations:
        station.close()


if __name__ == "__main__":
    main()
