"""What can go wrong between a device's answer and the reader, as a plan of timed chunks."""

from collections import deque
from dataclasses import dataclass
from typing import Final, NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Faults of one answer. Everything off by default.

    Attributes:
        mute: nothing is sent.
        delay_ms: think time before the first byte.
        drip_ms: pause after each byte; 0 sends the frame at once.
        flip_byte: index of a byte whose lowest bit is flipped (-1: last byte of a CRC).
        truncate: bytes that are still sent.
        wrong_id: address put in place of the device's own, with a correct checksum.
        duplicate: the answer comes twice.
        noise: bytes in front of the answer.
    """

    mute: bool = False
    delay_ms: float = 0
    drip_ms: float = 0
    flip_byte: int | None = None
    truncate: int | None = None
    wrong_id: int | None = None
    duplicate: bool = False
    noise: bytes = b""


CLEAN: Final = Faults()


class Chunk(NamedTuple):
    """Bytes that go out together, `after_ms` milliseconds after the chunk before."""

    after_ms: float
    data: bytes


def plan(frame: bytes, faults: Faults) -> tuple[Chunk, ...]:
    """The chunks in which `frame` reaches the line. `wrong_id` is the device's own business."""
    if faults.mute:
        return ()
    body = bytearray(frame)
    if faults.flip_byte is not None and -len(body) <= faults.flip_byte < len(body):
        body[faults.flip_byte] ^= 1
    whole = faults.noise + bytes(body[: faults.truncate])
    if faults.duplicate:
        whole *= 2
    if not whole:
        return ()
    if not faults.drip_ms:
        return (Chunk(faults.delay_ms, whole),)
    first, *rest = (whole[i : i + 1] for i in range(len(whole)))
    return (Chunk(faults.delay_ms, first), *(Chunk(faults.drip_ms, byte) for byte in rest))


class Injector:
    """Faults of one device: `always`, save for the answers that `once` was asked for."""

    def __init__(self) -> None:
        self.always = CLEAN
        self._next: deque[Faults] = deque()

    def once(self, faults: Faults, *, times: int = 1) -> None:
        """Let the next `times` answers suffer `faults`, after those asked for before."""
        self._next.extend([faults] * times)

    def clear(self) -> None:
        """A healthy device from now on."""
        self.always = CLEAN
        self._next.clear()

    def take(self) -> Faults:
        """The faults of the answer about to be sent."""
        return self._next.popleft() if self._next else self.always
