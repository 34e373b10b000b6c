"""Several stations in one process, with riders and umbrellas that move between them."""

import asyncio
import json
import random
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

from firmware_sim.ledger.store import Ledger
from firmware_sim.world.clock import Tempo
from firmware_sim.world.people import Visit, visits
from firmware_sim.world.phones import Phone
from firmware_sim.world.place import Place
from firmware_sim.world.resume import Furniture, first_furniture, in_hand, replay
from firmware_sim.world.station import SLOTS, SOCKETS, Station
from firmware_sim.world.timing import Timing
from protocol.credential import to_digits

_TICK_S: Final = 0.02
_STALE_S: Final = 3_600
_AMBER_EVERY, _AMBER_S = 13, 400
"""Every 13th phone's clock is a few minutes fast: taken, with a hint."""
_REFUSED_EVERY, _REFUSED_S = 29, 2_400
"""Every 29th phone's clock is 40 minutes fast: refused."""


class County:
    """Stations under `root`, one ledger each, and the people of one seed.

    Args:
        root: gets a folder for each station.
        stations: their ids.
        seed: makes people and choices.
        tempo: simulated and wall time.
        timing: pauses people keep.
        phones: riders' phones; without one, riders press the button instead.
        per_day: mean visits a station-day; None lets the seed decide, 6 to 14.
    """

    def __init__(
        self,
        *,
        root: Path,
        stations: Sequence[str],
        seed: int,
        tempo: Tempo,
        timing: Timing,
        phones: Sequence[Phone] = (),
        per_day: float | None = None,
    ) -> None:
        self._seed = seed
        self._tempo = tempo
        self._timing = timing
        self._rng = random.Random(f"{seed}:county")
        self._phones = list(phones)
        self._per_day = per_day
        self._leave = asyncio.Event()
        self._people: set[asyncio.Task[None]] = set()
        self._inside: set[int] = set()
        self._last_shown: str | None = None
        self._ledgers = {name: self._open_ledger(root / name, name) for name in stations}
        self._out = in_hand([ledger.acts() for ledger in self._ledgers.values()])
        self.places = {name: self._place(root / name, name) for name in stations}
        for number, phone in enumerate(self._phones, 1):
            if number % _AMBER_EVERY == 0:
                phone.clock_error_s = _AMBER_S
            elif number % _REFUSED_EVERY == 0:
                phone.clock_error_s = _REFUSED_S

    def open(self) -> None:
        """Create every port.

        Raises:
            OSError: a port cannot be made.
        """
        for place in self.places.values():
            place.station.power_up()

    def close(self) -> None:
        """Take the ports away and close the ledgers."""
        for place in self.places.values():
            place.station.power_down()
        for ledger in self._ledgers.values():
            ledger.close()

    async def run(self, stop: asyncio.Event) -> None:
        """Live until `stop` is set; then let everybody finish, and the devices settle."""
        async with asyncio.TaskGroup() as group:
            physics = group.create_task(self._physics())
            for tag in self._out:
                due_s = self._rng.uniform(600, 36_000)
                self._send_out(group, self._bring_back(tag, due_s, self._anywhere()))
            for name, place in self.places.items():
                self._send_out(group, self._arrivals(group, name, place))
            await stop.wait()
            self._leave.set()
            while self._people:
                await asyncio.wait(self._people)
            await asyncio.sleep(self._timing.settle_s)
            physics.cancel()

    async def _physics(self) -> None:
        while True:
            for place in self.places.values():
                place.station.tick()
            await asyncio.sleep(_TICK_S)

    async def _arrivals(self, group: asyncio.TaskGroup, name: str, place: Place) -> None:
        await place.doors_open()
        seed = f"{self._seed}:{name}"
        per_day = self._per_day or random.Random(f"{seed}:popular").uniform(6, 14)
        start = self._tempo.sim_ms()
        for visit in visits(seed, per_day=per_day, start=start, riders=len(self._phones)):
            await place.pause((visit.at - self._tempo.sim_ms()) / 1_000)
            if self._leave.is_set():
                return
            self._send_out(group, self._stay(group, name, place, visit))

    def _send_out(self, group: asyncio.TaskGroup, life: Coroutine[Any, Any, None]) -> None:
        person = group.create_task(life)
        self._people.add(person)
        person.add_done_callback(self._people.discard)

    async def _stay(self, group: asyncio.TaskGroup, name: str, place: Place, visit: Visit) -> None:
        think_s = 15 + 60 * visit.patience
        await place.pause(think_s)
        if self._leave.is_set():
            return
        # Nothing at a station waits for a check-in, so neither does anybody here.
        checking = group.create_task(self._check_in(place, visit))
        charging = None
        if visit.charge is not None and not self._leave.is_set():
            charging = group.create_task(place.charge(visit.charge))
        for ml in visit.draws:
            await place.pause(think_s)
            if self._leave.is_set():
                break
            await place.fill(ml)
        await checking
        if charging is not None:
            await charging
        if visit.takes_umbrella and not self._leave.is_set():
            tag = await place.take_umbrella()
            if tag is not None and visit.back_after_s is not None:
                where = name if visit.back_here else self._anywhere()
                self._send_out(group, self._bring_back(tag, visit.back_after_s, where))

    async def _bring_back(self, tag: str, after_s: float, name: str) -> None:
        await self.places[name].doors_open()
        await self.places[name].pause(after_s)
        while not self._leave.is_set():
            if await self.places[name].return_umbrella(tag):
                return
            name = self._anywhere()
            await self.places[name].pause(1_200)

    def _anywhere(self) -> str:
        return self._rng.choice(list(self.places))

    async def _check_in(self, place: Place, visit: Visit) -> None:
        if visit.check_in == "none":
            return
        if visit.check_in == "tap" or not self._phones or visit.rider in self._inside:
            await place.press_tap()
            return
        self._inside.add(visit.rider)
        try:
            await self._scan(place, visit)
        finally:
            self._inside.discard(visit.rider)

    async def _scan(self, place: Place, visit: Visit) -> None:
        phone = self._phones[visit.rider]
        now_s = self._tempo.wall_ms() // 1_000
        if visit.check_in == "code":
            digits = phone.open_page(now_s)
            await place.show_code(digits)
            self._last_shown = digits
        elif visit.check_in == "stale":
            await place.show_code(to_digits(phone.token(now_s - _STALE_S)))
        elif visit.check_in == "screenshot" and self._last_shown is not None:
            await place.show_code(self._last_shown)
        else:
            await place.show_label(f"SF{self._rng.randrange(10**12, 10**13)}")

    def _open_ledger(self, folder: Path, name: str) -> Ledger:
        folder.mkdir(parents=True, exist_ok=True)
        return Ledger(
            folder / "ledger.sqlite", station=name, seed=self._seed, tempo=self._tempo.factor
        )

    def _place(self, folder: Path, name: str) -> Place:
        ledger = self._ledgers[name]
        furniture = replay(_first(ledger, name, self._seed), ledger.acts())
        station = Station(
            folder, clock=self._tempo, energy_wh=furniture.energy_wh, stock=furniture.stock
        )
        return Place(
            station=station,
            ledger=ledger,
            tempo=self._tempo,
            timing=self._timing,
            rng=random.Random(f"{self._seed}:{name}:hands"),
            leave=self._leave,
        )


def _first(ledger: Ledger, name: str, seed: int) -> Furniture:
    """The furniture of the ledger's first day, remembered in the ledger itself."""
    known = ledger.meta("furniture")
    if known is not None:
        stock, energy = json.loads(known)
        return Furniture({int(slot): tag for slot, tag in stock.items()}, tuple(energy))
    first = first_furniture(name, seed=seed, slots=SLOTS, sockets=SOCKETS)
    ledger.note("furniture", json.dumps(first))
    return first
