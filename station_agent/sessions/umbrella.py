"""Umbrellas of one rack: which tag left or came when a slot switch changed.

A reader watches the whole rack, so it tells that a tag is there but not where. A tag is bound to
a slot by changing together with it: a slot that fills takes the tag newly seen, a slot that
empties gives the tag bound to it. Where the reader contradicts the binding, the reader is right.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from protocol.events import UmbrellaReturned, UmbrellaTaken
from station_agent.observations import Reading, TagsSeen
from station_agent.sessions.moment import Moment, Stamp, moment
from station_agent.sessions.presence import Presence, Sighting
from station_agent.sessions.slots import Change, SlotSwitches

LEFT_ROUNDS: Final = 2
"""Missed rounds that confirm what a slot switch already says."""
VANISHED_ROUNDS: Final = 4
"""Missed rounds that stand alone."""
STEADY_ROUNDS: Final = 3
MUTE_MS: Final = 3_000
"""No inventory for so long after a change: decide without the reader."""
DOUBT_MS: Final = 6_000
"""A bound tag still read so long after its slot emptied: perhaps another one left."""
CROWD_MS: Final = 4_000
"""Several new tags: time for those that only pass by to leave."""
PATIENCE_ROUNDS: Final = 60
LOITER_MS: Final = 60_000
"""Once patience is over, a tag must have stayed this long to explain an old return."""
FOUND_ROUNDS: Final = 6
LOOK_ROUNDS: Final = 12

Fact = UmbrellaTaken | UmbrellaReturned


class Pending(msgspec.Struct):
    """A slot change whose tag is not settled yet.

    `tag` is the one bound to a slot that emptied, or the best guess for a slot that filled.
    """

    slot: int
    taken: bool
    when: Moment
    while_off: bool = False
    tag: str = ""
    apart: int = 0
    """How far, in ms, the guessed tag appeared from the change."""


class UmbrellaState(msgspec.Struct):
    """What must outlive the process. An occupied slot maps to its tag, "" when not known."""

    occupied: dict[int, str] = {}
    empty: list[int] = []
    pool: list[str] = []
    """Tags found in the rack when it was first seen, slots not known."""
    founded: bool = False
    pending: list[Pending] = []


class UmbrellaMachine:
    """One rack and its reader."""

    def __init__(self, *, device: str, debounce_ms: int) -> None:
        self.key = f"umbrella/{device}"
        self._device = device
        self._debounce_ms = debounce_ms
        self._state = UmbrellaState()
        self._presence = Presence()
        self._switches = SlotSwitches(debounce_ms=debounce_ms, known={})
        self._start: Stamp | None = None
        self._looked = True

    def restore(self, data: bytes, *, same_boot: bool) -> None:
        """Go on from a kept state.

        Raises:
            msgspec.DecodeError: not a state of this version.
        """
        state = msgspec.json.decode(data, type=UmbrellaState)
        if not same_boot:
            for change in state.pending:
                change.when = Moment(change.when.at, None)
        # What an earlier process found in the new rack is enough: a tag seen since may have come.
        state.founded |= bool(state.pool)
        self._state = state
        known = dict.fromkeys(state.occupied, True) | dict.fromkeys(state.empty, False)
        self._switches = SlotSwitches(debounce_ms=self._debounce_ms, known=known)
        self._looked = not state.founded

    def dump(self) -> bytes:
        """The state to keep."""
        return msgspec.json.encode(self._state)

    def slots(self) -> dict[int, bool]:
        """Occupied or not, by slot."""
        return self._switches.settled

    def observe(self, seen: Reading | TagsSeen, stamp: Stamp) -> list[Fact]:
        """Take a slot switch or an inventory round."""
        self._start = self._start or stamp
        facts: list[Fact] = []
        if isinstance(seen, TagsSeen):
            self._presence.round(seen.tags, seen.mono)
            self._presence.forget_before(seen.mono - 10 * LOITER_MS)
            self._guess()
            self._found(stamp)
            facts += self._look_around(stamp)
        elif seen.cap == "slot_state" and seen.value in (0, 1):
            change = self._switches.read(seen.unit, bool(seen.value), stamp)
            if change is not None:
                facts += self._changed(change, stamp)
            self._take_note(seen.unit)
        return facts + self._settle(stamp)

    def tick(self, now: Stamp) -> list[Fact]:
        """Decide what has waited long enough."""
        self._start = self._start or now
        return self._settle(now)

    def _take_note(self, slot: int) -> None:
        state = self._state
        if slot not in state.occupied and slot not in state.empty:
            if self._switches.settled[slot]:
                state.occupied[slot] = ""
            else:
                state.empty.append(slot)

    def _changed(self, change: Change, now: Stamp) -> list[Fact]:
        state = self._state
        slot, facts = change.slot, list[Fact]()
        if change.occupied:
            state.empty = [s for s in state.empty if s != slot]
            state.occupied[slot] = ""
            # Whoever returns here now proves that what left this slot before has left.
            for before in [p for p in state.pending if p.slot == slot and p.taken and p.tag]:
                facts += self._leave(before, before.tag, now)
        else:
            for before in [p for p in state.pending if p.slot == slot and not p.taken]:
                facts += self._last_chance(before, now)
            if any(p.slot == slot and not p.taken for p in state.pending):
                # It came and went without a tag: somebody's own umbrella.
                state.pending = [p for p in state.pending if p.slot != slot or p.taken]
                state.occupied.pop(slot, None)
                state.empty.append(slot)
                return facts
        tag = "" if change.occupied else state.occupied.pop(slot, "")
        if not change.occupied:
            state.empty.append(slot)
        state.pending.append(
            Pending(
                slot=slot,
                taken=not change.occupied,
                when=moment(change.when),
                while_off=change.while_off,
                tag=tag,
            )
        )
        return facts

    # Settling: every pass settles at most one change, until no more can be settled.

    def _settle(self, now: Stamp) -> list[Fact]:
        facts: list[Fact] = []
        while self._state.pending and (more := self._settle_one(now)) is not None:
            facts += more
        return facts

    def _settle_one(self, now: Stamp) -> list[Fact] | None:
        for change in self._state.pending:
            if change.taken:
                tag = self._which_left(change, now)
                if tag:
                    return self._leave(change, tag, now)
                if not change.tag and self._rounds(change) >= PATIENCE_ROUNDS:
                    self._state.pending.remove(change)  # it never had a tag
                    return []
        pairs = [
            (self._apart(change, tag, sighting), -sighting.rssi, tag, change)
            for change in self._state.pending
            if not change.taken
            for tag, sighting in self._which_came(change, now).items()
        ]
        if not pairs:
            return None
        _, _, tag, change = min(pairs, key=lambda pair: pair[:3])
        return self._arrive(change, tag, now)

    def _which_left(self, change: Pending, now: Stamp) -> str:
        since, waited = self._since(change), self._waited(change, now)
        if not change.tag:
            return self._which_of_pool(change, waited)
        if self._presence.missed(change.tag, since) >= LEFT_ROUNDS:
            return change.tag
        if self._rounds(change) == 0:
            return change.tag if waited >= MUTE_MS else ""
        if waited < DOUBT_MS:
            return ""
        others = [
            tag
            for tag in (*self._state.occupied.values(), *self._state.pool)
            if tag and self._vanished(tag, since)
        ]
        return others[0] if len(others) == 1 else change.tag

    def _which_of_pool(self, change: Pending, waited: int) -> str:
        since, pool = self._since(change), self._state.pool
        if len(pool) == 1 and self._rounds(change) == 0 and waited >= DOUBT_MS:
            return pool[0]
        if self._began_before(change):
            never = [tag for tag in pool if self._presence.sighting(tag) is None]
            return never[0] if never and self._looks() >= LOOK_ROUNDS else ""
        gone = {
            tag: known.last
            for tag in pool
            if self._vanished(tag, since) and (known := self._presence.sighting(tag))
        }
        return min(gone, key=lambda tag: abs(gone[tag] - since)) if gone else ""

    def _began_before(self, change: Pending) -> bool:
        """Whether it happened before this process could read: its tag was never seen by it."""
        start = self._start.mono if self._start else 0
        return change.while_off or self._since(change) < start

    def _looks(self) -> int:
        """Inventory rounds of this process."""
        return self._presence.rounds_since(-1)

    def _vanished(self, tag: str, since: int) -> bool:
        """Read until about `since`, and not once in the last rounds."""
        known = self._presence.sighting(tag)
        return (
            known is not None
            and known.last >= since - DOUBT_MS
            and self._presence.missed(tag, since) >= VANISHED_ROUNDS
        )

    def _which_came(self, change: Pending, now: Stamp) -> dict[str, Sighting]:
        since, late = self._since(change), self._rounds(change) >= PATIENCE_ROUNDS
        steady = {
            tag: stay
            for tag, stay in self._strangers(self._presence.here()).items()
            if stay.missed == 0
            and stay.last > since
            and self._presence.rounds_since(max(since, stay.first - 1)) >= STEADY_ROUNDS
            and change.tag in ("", tag)
            and not (late and now.mono - stay.first < LOITER_MS)
        }
        crowd = len(steady) > 1 and self._waited(change, now) < CROWD_MS
        return {} if crowd else steady

    def _last_chance(self, change: Pending, now: Stamp) -> list[Fact]:
        """The slot empties again before its tag was sure: the best guess it is."""
        taken = {*self._state.occupied.values(), *self._state.pool}
        if not change.tag or change.tag in taken:
            return []
        return self._arrive(change, change.tag, now)

    def _guess(self) -> None:
        """Note the nearest new tag of each slot that filled; a restart would forget it."""
        came = [change for change in self._state.pending if not change.taken]
        for change in came:
            since = self._since(change)
            if change.tag and self._presence.missed(change.tag, since) >= VANISHED_ROUNDS:
                change.tag = ""  # it only passed by
            others = {other.tag: other.apart for other in came if other is not change}
            for tag, stay in self._strangers(self._presence.since(since)).items():
                apart = abs(stay.first - since)
                nearer = apart < (change.apart if change.tag else DOUBT_MS)
                if nearer and stay.here and apart < others.get(tag, DOUBT_MS):
                    change.tag, change.apart = tag, apart

    def _apart(self, change: Pending, tag: str, stay: Sighting) -> int:
        """Between the change and the tag's appearance, which an earlier process may have seen."""
        apart = abs(stay.first - self._since(change))
        return min(apart, change.apart) if tag == change.tag else apart

    def _strangers(self, tags: dict[str, Sighting]) -> dict[str, Sighting]:
        """Those that are neither in a slot nor just leaving one."""
        ours = {*self._state.occupied.values(), *self._state.pool}
        ours.update(p.tag for p in self._state.pending if p.taken)
        return {tag: stay for tag, stay in tags.items() if tag not in ours}

    def _leave(self, change: Pending, tag: str, now: Stamp) -> list[Fact]:
        state = self._state
        if tag != change.tag:
            for slot, bound in state.occupied.items():
                if bound == tag:
                    state.occupied[slot] = change.tag
        state.pool = [t for t in state.pool if t != tag]
        self._presence.renew(tag, now.mono)
        return [self._fact(UmbrellaTaken, change, tag, now)]

    def _arrive(self, change: Pending, tag: str, now: Stamp) -> list[Fact]:
        self._state.occupied[change.slot] = tag
        return [self._fact(UmbrellaReturned, change, tag, now)]

    def _fact(self, kind: Callable[..., Fact], change: Pending, tag: str, now: Stamp) -> Fact:
        self._state.pending.remove(change)
        return kind(
            at=change.when.wall(now),
            mono=max(0, now.mono - change.when.elapsed(now)),
            device=self._device,
            unit=change.slot,
            tag=tag,
            while_off=change.while_off,
        )

    # What hangs there when a rack is first seen, or seen again after a restart.

    def _found(self, now: Stamp) -> None:
        """Tags seen at first belong to the slots that were occupied then."""
        state = self._state
        unknown = [slot for slot, tag in state.occupied.items() if not tag]
        unknown = [s for s in unknown if not any(p.slot == s for p in state.pending)]
        if not state.founded:
            start = self._start or now
            fresh = self._strangers(self._presence.here())
            if not state.pending:  # what comes later comes with its slot
                state.pool = sorted({*state.pool, *fresh})
            state.founded = self._presence.rounds_since(start.mono) >= FOUND_ROUNDS
        elif len(unknown) == 1 and len(state.pool) == 1:
            state.occupied[unknown[0]] = state.pool.pop()

    def _look_around(self, now: Stamp) -> list[Fact]:
        """Once after a restart: a slot whose tag is missing and a new tag were exchanged."""
        start = self._start or now
        if self._looked or self._presence.rounds_since(start.mono) < LOOK_ROUNDS:
            return []
        self._looked = True
        facts: list[Fact] = []
        missing = sorted(
            slot
            for slot, tag in self._state.occupied.items()
            if tag and self._presence.sighting(tag) is None
        )
        if any(not p.taken for p in self._state.pending):
            return facts
        strangers = sorted(self._strangers(self._presence.here()))
        for slot, tag in zip(missing, strangers, strict=False):
            for taken, which in ((True, self._state.occupied[slot]), (False, tag)):
                change = Pending(slot=slot, taken=taken, when=moment(now), while_off=True)
                self._state.pending.append(change)
                facts += (self._leave if taken else self._arrive)(change, which, now)
        return facts

    def _since(self, change: Pending) -> int:
        """When it changed, mono ms of this boot; the start of the agent for an earlier boot."""
        start = self._start.mono if self._start else 0
        return start if change.when.mono is None else change.when.mono

    def _rounds(self, change: Pending) -> int:
        return self._presence.rounds_since(self._since(change))

    def _waited(self, change: Pending, now: Stamp) -> int:
        start = self._start.mono if self._start else 0
        return now.mono - max(start, self._since(change))
