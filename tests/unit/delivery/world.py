"""A seeded world for the delivery machines: agent, broker and server with everything going wrong.

Both machines are the real ones; disk, broker and database are dictionaries that fail on
purpose. One seed is one schedule, the same every time.
"""

import random
from dataclasses import dataclass, field
from typing import NamedTuple

from protocol.seqset import SeqSet
from server.domain.delivery import Progress
from station_agent.uplink.machine import UplinkMachine, UplinkSettings

SETTINGS = UplinkSettings(
    batch=5, live_window=2, backfill_window=2, backfill_per_s=20.0, batch_wait_s=0.5,
    ack_timeout_s=5.0, ack_timeout_max_s=20.0,
)  # fmt: skip
Key = tuple[int, int]


class Message(NamedTuple):
    """A batch on its way."""

    epoch: int
    low: int
    events: tuple[tuple[int, int], ...]
    """(seq, payload): the payload is unique, so a mix-up shows."""


class AckMessage(NamedTuple):
    """What the server says is committed."""

    epoch: int
    seq: int
    ranges: tuple[tuple[int, int], ...]


@dataclass
class Server:
    """Commits batches: facts and progress in one transaction, as the database does."""

    facts: dict[Key, int] = field(default_factory=dict)
    stored: list[Key] = field(default_factory=list)
    rows: dict[int, tuple[int, str, list[tuple[int, int]]]] = field(default_factory=dict)

    def progress(self, epoch: int) -> Progress:
        """As read from the database."""
        mark, ranges, gaps = self.rows.get(epoch, (0, "[]", []))
        return Progress.load(mark=mark, ranges=ranges, gaps=gaps)

    def commit(self, messages: list[Message]) -> dict[int, AckMessage]:
        """One transaction over several messages; the acks to publish once it is committed."""
        working: dict[int, Progress] = {}
        recent: dict[int, list[int]] = {}
        for message in messages:
            progress = working.setdefault(message.epoch, self.progress(message.epoch))
            taken = progress.accept([seq for seq, _ in message.events], low=message.low)
            payloads = dict(message.events)
            for seq in taken.new:
                self.facts[message.epoch, seq] = payloads[seq]
                self.stored.append((message.epoch, seq))
            recent.setdefault(message.epoch, []).extend(payloads)
        acks = {}
        for epoch, progress in working.items():
            mark, ranges = progress.dump()
            self.rows[epoch] = (mark, ranges, progress.gaps.ranges())
            acks[epoch] = self._ack(epoch, progress, recent[epoch])
        return acks

    def current_ack(self, epoch: int) -> AckMessage:
        """What a birth is answered with."""
        return self._ack(epoch, self.progress(epoch), [])

    @staticmethod
    def _ack(epoch: int, progress: Progress, recent: list[int]) -> AckMessage:
        seq, ranges = progress.ack(recent, limit=6)
        return AckMessage(epoch, seq, tuple(ranges))


class World:
    """One schedule."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.now = 0.0
        self.server = Server()
        self.wire: list[Message] = []
        self.retained: AckMessage | None = None
        self.old_acks: list[AckMessage] = []
        self.payload = 0
        self.made: dict[Key, int] = {}
        self.given_up: set[Key] = set()
        self.destroyed: set[Key] = set()
        self.epoch = 1
        self.next = 1
        self.disk: dict[int, int] = {}
        self.machine = self._restart_machine()
        self.up = False

    def _restart_machine(self) -> UplinkMachine:
        held = SeqSet((seq, seq) for seq in self.disk)
        return UplinkMachine(epoch=self.epoch, held=held, settings=SETTINGS)

    # what the station does

    def append(self) -> None:
        """People use the station."""
        lo = self.next
        for _ in range(self.rng.randint(1, 7)):
            self.payload += 1
            self.disk[self.next] = self.payload
            self.made[self.epoch, self.next] = self.payload
            self.next += 1
        self.machine.appended(lo, self.next - 1, now=self.now)

    def send(self) -> None:
        """The uplink sends what it wants to send."""
        while (want := self.machine.poll(now=self.now)) is not None:
            seqs = [seq for seq in SeqSet(want.ranges) if seq in self.disk][: want.limit]
            assert seqs, f"the machine wants what the disk does not hold: {want}"
            low = self.machine.low
            assert low is not None
            assert low == min(self.disk), "low is not the lowest event held"
            self.wire.append(Message(self.epoch, low, tuple((seq, self.disk[seq]) for seq in seqs)))
            self.machine.sent(SeqSet((s, s) for s in seqs), live=want.live, now=self.now)

    def hear(self, ack: AckMessage | None) -> None:
        """An acknowledgement arrives, perhaps an old one."""
        if ack is None or not self.up:
            return
        for lo, hi in self.machine.acknowledged(epoch=ack.epoch, seq=ack.seq, ranges=ack.ranges):
            for seq in range(lo, hi + 1):
                if seq in self.disk:
                    assert (self.epoch, seq) in self.server.facts, f"{seq} forgotten too early"
                    del self.disk[seq]

    def connect(self) -> None:
        """A session begins: birth, and the retained acknowledgement."""
        if self.up:
            return
        self.up = True
        self.machine.connected(now=self.now)
        self.hear(self.retained)
        if self.rng.random() < 0.7:
            self.retained = self.server.current_ack(self.epoch)

    def cut(self) -> None:
        """The link goes; what is on the wire may or may not have reached the broker."""
        self.up = False
        self.machine.disconnected()
        keep = self.rng.random()
        self.wire = [message for message in self.wire if self.rng.random() < keep]

    def kill(self) -> None:
        """Kill -9 and restart: only the disk is left."""
        self.cut()
        self.machine = self._restart_machine()

    def lose_disk(self) -> None:
        """The outbox file is gone: what it held is destroyed, a new epoch begins."""
        self.cut()
        self.destroyed |= {(self.epoch, seq) for seq in self.disk}
        self.epoch += 1
        self.next = 1
        self.disk = {}
        self.machine = self._restart_machine()

    def give_up(self) -> None:
        """A full outbox drops some events, oldest first among those it may drop."""
        for seq in [seq for seq in sorted(self.disk)[:6] if self.rng.random() < 0.5]:
            del self.disk[seq]
            self.given_up.add((self.epoch, seq))
            self.machine.dropped(seq, seq)

    # what the broker and the server do

    def serve(self) -> None:
        """The server takes some messages, in some order, some twice, and commits."""
        if not self.wire:
            return
        taken = []
        for _ in range(self.rng.randint(1, min(4, len(self.wire)))):
            if not self.wire:
                break
            at = 0 if self.rng.random() < 0.7 else self.rng.randrange(len(self.wire))
            taken.append(self.wire[at] if self.rng.random() < 0.2 else self.wire.pop(at))
        fate = self.rng.random()
        if fate < 0.1:
            self.wire[:0] = taken  # killed before COMMIT: the broker delivers again
            return
        acks = self.server.commit(taken)
        if fate < 0.2:
            self.wire[:0] = taken  # killed after COMMIT, before PUBACK and ack
            return
        for ack in acks.values():
            self.retained = ack
            self.old_acks.append(ack)
            if self.rng.random() < 0.8:
                self.hear(ack)

    def lose(self) -> None:
        """A message vanishes."""
        if self.wire:
            self.wire.pop(self.rng.randrange(len(self.wire)))

    def wipe_broker(self) -> None:
        """The broker comes back with an empty disk."""
        self.cut()
        self.wire, self.retained = [], None

    def echo_old_ack(self) -> None:
        """An old acknowledgement arrives late."""
        if self.old_acks:
            self.hear(self.rng.choice(self.old_acks))

    def wait(self) -> None:
        """Time passes."""
        self.now += self.rng.choice([0.1, 0.6, 2.0, 12.0])

    def run(self, steps: int) -> None:
        """Everything at random, then peace; then the promise is checked."""
        acts = (
            (self.append, 10), (self.send, 14), (self.serve, 12), (self.connect, 8),
            (self.wait, 8), (self.cut, 2), (self.kill, 2), (self.lose, 2), (self.give_up, 1),
            (self.wipe_broker, 1), (self.echo_old_ack, 2), (self.lose_disk, 0.3),
        )  # fmt: skip
        choices = [act for act, _ in acts]
        weights = [weight * self.rng.choice([0.3, 1.0, 2.0]) for _, weight in acts]
        for act in self.rng.choices(choices, weights, k=steps):
            act()
        self.heal()
        self.check()

    def heal(self) -> None:
        """No more faults: everything still held must get through."""
        self.connect()
        self._drain()
        self.append()  # life goes on: the next message tells of what was given up last
        self._drain()

    def _drain(self) -> None:
        for _ in range(400):
            self.send()
            while self.wire:
                for ack in self.server.commit([self.wire.pop(0)]).values():
                    self.hear(ack)
            if not self.disk:
                return
            at = self.machine.wake_at(now=self.now)
            assert at is not None, "events are held, and nothing will ever wake the uplink"
            self.now = max(self.now + 0.01, at)
        raise AssertionError(f"never drained: {sorted(self.disk)}")

    def check(self) -> None:
        """Promise 2: nothing lost, nothing twice, every hole visible."""
        facts = self.server.facts
        assert len(self.server.stored) == len(set(self.server.stored)), "stored twice"
        for key, payload in facts.items():
            assert self.made[key] == payload, f"{key} holds another event"
        lost = set(self.made) - set(facts) - self.given_up - self.destroyed
        assert not lost, f"lost: {sorted(lost)}"
        for epoch in self.server.rows:
            progress = self.server.progress(epoch)
            assert {k for k in facts if k[0] == epoch} == {(epoch, s) for s in progress.covered}
            unseen = {(epoch, seq) for seq in progress.gaps}
            assert unseen <= self.given_up | self.destroyed, "a hole that nobody made"
            top = progress.covered.max() or 0
            holes = {k for k in self.given_up if k[0] == epoch and k[1] < top} - set(facts)
            if epoch == self.epoch:
                assert holes <= unseen, "a hole that cannot be seen"
