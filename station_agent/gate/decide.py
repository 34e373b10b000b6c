"""Whether a scanned code is a visit. Pure: the text, the times and what the gate remembers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import msgspec

from protocol.credential import Token, from_digits, parse_token, scan_hash, verify
from protocol.errors import CredentialError
from protocol.events import RefusalReason
from station_agent.config import GateConfig
from station_agent.gate.skew import Skew
from station_agent.sessions.moment import Moment, Stamp, moment, of_other_boot

SAME_TEXT_MS: Final = 1_000
"""A scanner left on one code reads it again and again: one refusal a second tells enough."""
_REASONS: Final[dict[str, RefusalReason]] = {
    "malformed": "malformed",
    "version": "version",
    "unknown_key": "unknown_key",
    "forged": "forged",
}


class Rider(msgspec.Struct, frozen=True):
    """What is remembered of one credential: its newest accepted time and its last scan."""

    ts: int
    seen: Moment


class Memory(msgspec.Struct):
    """What must outlive the process. Keyed by rid in hex; forgotten when no longer needed."""

    riders: dict[str, Rider] = {}
    skew: dict[str, int] = {}


class Accepted(NamedTuple):
    """A visit."""

    scan: str
    token: bytes
    clock: Literal["green", "amber"]


class Rejected(NamedTuple):
    """No visit. `ahead_ms` is phone − station for reason `clock`, else 0."""

    scan: str
    reason: RefusalReason
    ahead_ms: int = 0


Decision = Accepted | Rejected | None
"""None: the same scan again, nothing to say."""


class _Refuse(Exception):  # noqa: N818  the quick way out of one check, never leaves the module
    def __init__(self, reason: RefusalReason, ahead_ms: int = 0) -> None:
        self.reason = reason
        self.ahead_ms = ahead_ms


class _Silent(Exception):  # noqa: N818  as above
    pass


@dataclass(frozen=True, kw_only=True)
class Times:
    """`GateConfig` in milliseconds."""

    green: int
    amber: int
    silent: int
    revisit: int

    @classmethod
    def of(cls, config: GateConfig) -> "Times":
        """From settings."""
        return cls(
            green=1_000 * config.green_s,
            amber=1_000 * max(config.amber_s, config.green_s),
            silent=round(1_000 * config.silent_s),
            revisit=round(1_000 * config.revisit_s),
        )


class Decider:
    """The gate's rule, with its memory.

    A code is checked in this order: form, both signatures, expiry, the phone's clock, and then
    against the same rider's last scan. Only a code whose signatures hold changes the memory.
    """

    def __init__(self, *, keys: Mapping[int, bytes], times: Times) -> None:
        self._keys = keys
        self._times = times
        self._riders: dict[str, Rider] = {}
        self._skew = Skew()
        self._refused: tuple[str, int] = ("", 0)

    def restore(self, data: bytes, *, same_boot: bool) -> None:
        """Go on from a kept memory.

        Raises:
            msgspec.DecodeError: not a memory of this version.
        """
        memory = msgspec.json.decode(data, type=Memory)
        self._riders = memory.riders
        if same_boot:
            self._skew = Skew(memory.skew)
            return
        for rid, rider in memory.riders.items():
            self._riders[rid] = Rider(rider.ts, of_other_boot(rider.seen) or rider.seen)

    def dump(self) -> bytes:
        """The memory to keep."""
        return msgspec.json.encode(Memory(self._riders, self._skew.last))

    def clock_set(self) -> None:
        """The station's clock has just been set right."""
        self._skew.clear()

    def decide(self, text: str, now: Stamp, *, synced: bool) -> Decision:
        """Judge one scan.

        Args:
            text: as scanned, at most 512 characters.
            now: when it was scanned.
            synced: whether the station's wall clock is known to be right.
        """
        scan = scan_hash(text)
        last, at = self._refused
        if scan == last and now.mono - at < SAME_TEXT_MS:
            return None
        try:
            accepted = self._check(text, scan, now, synced=synced)
        except _Silent:
            return None
        except _Refuse as refusal:
            self._refused = (scan, now.mono)
            return Rejected(scan, refusal.reason, refusal.ahead_ms)
        except CredentialError as error:
            self._refused = (scan, now.mono)
            return Rejected(scan, _REASONS[error.code])
        return accepted

    def _check(self, text: str, scan: str, now: Stamp, *, synced: bool) -> Accepted:
        token = parse_token(from_digits(text))
        verify(token, self._keys)
        rid = token.certificate.rid.hex()
        ahead = 1_000 * token.ts - now.at
        self._skew.add(rid, ahead)
        behind = self._skew.suspected_ms
        clock = self._judge_times(token, now, ahead, behind=behind, synced=synced)
        self._judge_rider(rid, token.ts, now)
        return Accepted(scan, token.raw, "amber" if behind is not None else clock)

    def _judge_times(
        self, token: Token, now: Stamp, ahead: int, *, behind: int | None, synced: bool
    ) -> Literal["green", "amber"]:
        # A station that woke with a wrong clock must not turn everybody away: as long as no time
        # server vouches for it, it believes the median of five riders' phones instead.
        shift = 0 if synced or behind is None else behind
        if now.at + shift >= 3_600_000 * (token.certificate.exp_h + 1):
            raise _Refuse("expired")
        if abs(ahead - shift) > self._times.amber:
            raise _Refuse("clock", ahead)
        return "green" if abs(ahead) <= self._times.green else "amber"

    def _judge_rider(self, rid: str, ts: int, now: Stamp) -> None:
        known = self._riders.get(rid)
        if known is None:
            self._remember(rid, ts, now)
            return
        quiet = known.seen.elapsed(now)
        if known.seen.mono is None:  # seen before a reboot, which takes longer than a held phone
            quiet = max(quiet, self._times.silent)
        # The last time may have been taken while this station's clock was wrong, or the phone's:
        # lying in the future, it must not shut the rider out until then.
        future = 1_000 * known.ts > now.at + self._times.amber
        last = 0 if future else known.ts
        if quiet < self._times.silent:
            self._remember(rid, max(ts, last), now)
            raise _Silent
        if ts < last or (ts == last and quiet >= self._times.revisit):
            raise _Refuse("replayed")
        self._remember(rid, ts, now)
        if quiet < self._times.revisit:
            raise _Refuse("repeat")

    def _remember(self, rid: str, ts: int, now: Stamp) -> None:
        self._riders[rid] = Rider(ts, moment(now))
        keep = max(self._times.revisit, 2 * self._times.amber)
        if len(self._riders) > 1:
            self._riders = {
                key: rider for key, rider in self._riders.items() if rider.seen.elapsed(now) <= keep
            }
