"""A rack on paper: slots, umbrellas with tags, people, and what switch and reader tell."""

import random
from dataclasses import dataclass, field

from station_agent.observations import Reading, TagsSeen
from station_agent.sessions.moment import Stamp
from station_agent.sessions.umbrella import Fact, UmbrellaMachine

DAY0 = 1_790_000_000_000
ROUND_MS = 500


def new_machine() -> UmbrellaMachine:
    return UmbrellaMachine(device="rack", debounce_ms=500)


@dataclass
class Rack:
    """Eight slots; `machine` is fed a switch reading of all slots and a tag round every 500 ms."""

    slots: dict[int, str]
    """Tag of the umbrella in each slot, "" for an empty one, "-" for one without a tag."""
    miss: float = 0.0
    """How often the reader overlooks a tag."""
    seed: int = 1
    reading: bool = True
    machine: UmbrellaMachine = field(default_factory=new_machine)
    mono: int = 1_000
    facts: list[Fact] = field(default_factory=list)
    near: set[str] = field(default_factory=set)
    """Tags in people's hands beside the rack."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    @property
    def stamp(self) -> Stamp:
        return Stamp(DAY0 + self.mono, self.mono)

    def wait(self, seconds: float) -> None:
        for _ in range(round(1_000 * seconds / ROUND_MS)):
            self.mono += ROUND_MS
            self.read_switches()
            if self.reading:
                self.read_tags()
            self.facts += self.machine.tick(self.stamp)

    def read_switches(self) -> None:
        for slot, tag in self.slots.items():
            seen = Reading("rack", slot, "slot_state", int(bool(tag)), self.mono)
            self.facts += self.machine.observe(seen, self.stamp)

    def read_tags(self) -> None:
        field_ = {tag for tag in self.slots.values() if tag not in ("", "-")} | self.near
        tags = {tag: -50 for tag in sorted(field_) if self.random.random() >= self.miss}
        self.facts += self.machine.observe(TagsSeen("tags", tags, self.mono), self.stamp)

    def take(self, slot: int) -> str:
        tag, self.slots[slot] = self.slots[slot], ""
        return tag

    def put(self, slot: int, tag: str) -> None:
        self.slots[slot] = tag

    def restart(self, *, same_boot: bool = True) -> None:
        kept = self.machine.dump()
        self.machine = new_machine()
        self.machine.restore(kept, same_boot=same_boot)

    def told(self) -> list[tuple[str, int, str]]:
        return [
            (type(fact).__name__.removeprefix("Umbrella").lower(), fact.unit, fact.tag)
            for fact in self.facts
        ]


def epc(number: int) -> str:
    return f"E2000000000000000000{number:04X}"
