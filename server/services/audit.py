"""Looks again at what stations accepted: signatures, times, and that no code counted twice."""

import secrets
from collections import Counter
from collections.abc import Mapping
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from protocol.credential import parse_token, verify
from protocol.errors import CredentialError
from server.domain.periods import HOUR_MS, month_of
from server.domain.pseudonym import KEY_BYTES, use_of_code
from server.storage.tables import Evidence, VisitKey

CLOCK_MS: Final = 3_600_000
"""The widest amber window a station may be set to: beyond it no station accepts."""
BATCH: Final = 500
SOUND: Final = "sound"


def audit(session: Session, keys: Mapping[int, bytes]) -> Counter[str]:
    """Judge up to 500 pieces of evidence that nobody has looked at, the oldest first.

    Verdicts: `sound`; `malformed`, `version`, `unknown_key`, `forged`; `expired` (certificate
    over when it was shown); `clock` (the phone's time is far from the station's); `replayed`
    (the same rider and second counted before). A sound visit's token is deleted: it has done
    its work.

    Args:
        session: of a writing transaction, committed by the caller.
        keys: the server's public keys by number.

    Returns:
        How many got which verdict; empty when nothing was pending.
    """
    pending = session.scalars(
        select(Evidence)
        .where(Evidence.verdict == "pending")
        .order_by(Evidence.at, Evidence.station_no, Evidence.epoch, Evidence.seq)
        .limit(BATCH)
    ).all()
    months: dict[int, bytes] = {}
    used: dict[bytes, Evidence] = {}
    for evidence in pending:
        verdict, once = _judge(session, evidence, keys, months)
        if once is not None:
            if once in used:
                verdict = "replayed"
            else:
                used[once] = evidence
        evidence.verdict = verdict
    taken = set(session.scalars(select(Evidence.once).where(Evidence.once.in_(list(used)))))
    for once, evidence in used.items():
        if once in taken:
            evidence.verdict = "replayed"
        else:
            evidence.once, evidence.token = once, None
    session.flush()
    return Counter(evidence.verdict for evidence in pending)


def _judge(
    session: Session, evidence: Evidence, keys: Mapping[int, bytes], months: dict[int, bytes]
) -> tuple[str, bytes | None]:
    """A verdict, and for a sound token the mark of its use."""
    try:
        token = parse_token(evidence.token or b"")
        verify(token, keys)
    except CredentialError as error:
        return error.code, None
    if token.certificate.exp_h * HOUR_MS <= evidence.at:
        return "expired", None
    shown = token.ts * 1_000
    if abs(shown - evidence.at) > CLOCK_MS:
        return "clock", None
    month = month_of(shown)
    if month not in months:
        months[month] = month_key(session, month)
    return SOUND, use_of_code(months[month], token.certificate.rid, token.ts)


def month_key(session: Session, month: int) -> bytes:
    """The pseudonym key of local month YYYYMM, made when first needed."""
    key = session.scalar(select(VisitKey.key).where(VisitKey.month == month))
    if key is None:
        key = secrets.token_bytes(KEY_BYTES)
        session.execute(insert(VisitKey), [{"month": month, "key": key}])
    return key


def reopen(session: Session) -> int:
    """Put evidence back that was judged while its key was unknown, after a key was added."""
    result = session.execute(
        update(Evidence).where(Evidence.verdict == "unknown_key").values(verdict="pending")
    )
    return int(getattr(result, "rowcount", 0))
