"""A station as people use it: one at a time at each thing, and every completed act written down.

What is written is what the devices did: the meter's register, the pulses made, the tag that left
the hook, the light that was seen. Nothing here knows whether an agent is watching.
"""

import asyncio
import random
from typing import Final

from firmware_sim.ledger.act import Act
from firmware_sim.ledger.store import Ledger
from firmware_sim.world.clock import Tempo
from firmware_sim.world.lights import Colour
from firmware_sim.world.people import ChargePlan
from firmware_sim.world.physics import Battery
from firmware_sim.world.picture import draw
from firmware_sim.world.station import SOCKETS, Station
from firmware_sim.world.timing import Timing
from protocol.credential import scan_hash

_LOOK_S: Final = 0.05
_POUR_S: Final = 0.015
_STALL: Final = 0.6
"""Share of the draw gap: a pause of ours this long might be seen as the end of a draw."""
_TAP_UL_PER_S: Final = 22_000
_CHANGES_MIND: Final = 0.03
_MWS_PER_WH: Final = 3_600_000


class Place:
    """One station, its ledger, and the queues before its things.

    Args:
        station: the devices.
        ledger: where completed acts go.
        tempo: simulated and wall time.
        timing: pauses people keep.
        rng: small choices at the devices (which hook, how fast a hand is).
        leave: set when people shall come to an end.
    """

    def __init__(
        self,
        *,
        station: Station,
        ledger: Ledger,
        tempo: Tempo,
        timing: Timing,
        rng: random.Random,
        leave: asyncio.Event,
    ) -> None:
        self.station = station
        self._ledger = ledger
        self._tempo = tempo
        self._timing = timing
        self._rng = rng
        self._leave = leave
        self._rack, self._tap, self._desk = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        self._open = False
        self._free_from = dict.fromkeys(range(1, SOCKETS + 1), 0.0)

    async def doors_open(self) -> None:
        """Until the station is in operation: what nobody has looked at yet cannot be counted."""
        if self._open:
            return
        asked = asyncio.create_task(self.station.attention.wait())
        leaving = asyncio.create_task(self._leave.wait())
        await asyncio.wait(
            (asked, leaving),
            timeout=self._timing.doors_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if asked.done():
            await self._rest(self._timing.first_look_s)
        for waiting in (asked, leaving):
            waiting.cancel()
        self._open = True

    async def pause(self, sim_s: float) -> None:
        """Let simulated seconds pass, or fewer when it is time to leave."""
        await self._rest(self._tempo.wall_s(sim_s))

    async def charge(self, plan: ChargePlan) -> bool:
        """Plug in at a free socket, stay, unplug. False when every socket is taken."""
        socket = self._take_socket()
        if socket is None:
            return False
        timing, tempo = self._timing, self._tempo
        least_wh = plan.peak_mw * timing.charge_min_s * tempo.factor / _MWS_PER_WH
        wanted = max(plan.wanted_wh, int(least_wh * 1.3) + 1)
        battery = Battery(peak_mw=plan.peak_mw, wanted_wh=wanted)
        plugged, began = tempo.mono_s(), tempo.wall_ms()
        before = self.station.plug(socket, battery)
        stopped: int | None = None
        lasted = 0.0
        while lasted < timing.charge_min_s or not self._leave.is_set():
            if stopped is None and not self.station.drawing(socket):
                stopped = tempo.wall_ms()
            if lasted >= max(timing.charge_min_s, tempo.wall_s(plan.stay_s)):
                break
            await asyncio.sleep(_LOOK_S)
            lasted = tempo.mono_s() - plugged
        amount = self.station.unplug(socket) - before
        self._free_from[socket] = tempo.mono_s() + timing.socket_rest_s
        if battery.drawn_uj:
            ended = tempo.wall_ms() if stopped is None else stopped
            self._ledger.write(Act("charge", began, ended, "charger", socket, amount))
        return True

    async def fill(self, ml: int) -> None:
        """Draw about `ml` of hot water."""
        async with self._tap:
            if self._leave.is_set():
                return
            began = ended = 0
            pulses, left_ul = 0, ml * 1_000
            last = self._tempo.mono_s()
            while left_ul > 0:
                await asyncio.sleep(_POUR_S)
                now = self._tempo.mono_s()
                passed, last = now - last, now
                if pulses and passed > _STALL * self._timing.draw_gap_s:
                    # The water stood still for as long as our process was: the draw is over.
                    break
                ul = min(left_ul, int(min(passed, 0.1) * self._tempo.factor * _TAP_UL_PER_S))
                left_ul -= ul
                if made := self.station.pour(ul):
                    ended = self._tempo.wall_ms()
                    began = began or ended
                    pulses += made
            amount = self.station.flow.ml(pulses)
            if amount >= self._timing.draw_min_ml:
                self._ledger.write(Act("draw", began, ended, "water", 1, amount))
            await asyncio.sleep(self._timing.draw_rest_s)

    async def take_umbrella(self) -> str | None:
        """Press the button, wait for a hook to let go, pull. The tag, or None without one."""
        async with self._rack:
            if self._leave.is_set() or not self.station.filled_slots():
                return None
            self.station.press("umbrella", bounces=self._rng.randrange(3))
            slot = await self._open_slot()
            tag = None
            if slot is not None and self._rng.random() < _CHANGES_MIND:
                await self._rest(self._timing.relock_s)
            elif slot is not None:
                await asyncio.sleep(self._rng.uniform(0.3, 1.2))
                tag = self.station.pull(slot)
            if tag is not None:
                now = self._tempo.wall_ms()
                self._ledger.write(Act("umbrella_taken", now, now, "rack", slot, tag=tag))
            await asyncio.sleep(self._timing.rack_rest_s)
            return tag

    async def return_umbrella(self, tag: str) -> bool:
        """Hang an umbrella on any empty hook. False when there is none, or no time."""
        async with self._rack:
            slots = self.station.empty_slots()
            if self._leave.is_set() or not slots:
                return False
            slot = self._rng.choice(slots)
            self.station.insert(slot, tag)
            now = self._tempo.wall_ms()
            self._ledger.write(Act("umbrella_returned", now, now, "rack", slot, tag=tag))
            await asyncio.sleep(self._timing.rack_rest_s)
            return True

    async def press_tap(self) -> None:
        """Press "I am resting here, no name"."""
        async with self._desk:
            if self._leave.is_set():
                return
            self.station.press("tap", bounces=self._rng.randrange(3))
            now = self._tempo.wall_ms()
            self._ledger.write(Act("visit", now, now, "gpio", by="tap"))
            # The button answers with the scanner's lights: whoever is next must not take this
            # answer for theirs.
            await self._light()
            await asyncio.sleep(self._timing.button_rest_s)

    async def show_code(self, digits: str) -> Colour | None:
        """Hold a phone before the scanner and wait for the light.

        Green is a visit; red is none; without a light nobody at the scanner can tell.
        """
        picture = await asyncio.to_thread(draw, digits)
        async with self._desk:
            began = self._tempo.wall_ms()
            if self._leave.is_set() or not self.station.show(picture.text):
                return None
            colour = await self._light()
            if colour != "red":
                self._ledger.write(
                    Act(
                        "visit",
                        began,
                        self._tempo.wall_ms(),
                        "scanner",
                        by="code",
                        scan=scan_hash(picture.text),
                        confirmed=int(colour == "green"),
                    )
                )
            await asyncio.sleep(self._timing.scan_rest_s)
            return colour

    async def show_label(self, text: str) -> Colour | None:
        """Hold something before the scanner that is no credential: never a visit."""
        async with self._desk:
            if self._leave.is_set() or not self.station.show(text):
                return None
            colour = await self._light()
            await asyncio.sleep(self._timing.scan_rest_s)
            return colour

    async def _light(self) -> Colour | None:
        return await self.station.lights.next(self._timing.light_s)

    async def _open_slot(self) -> int | None:
        until = self._tempo.mono_s() + self._timing.unlock_s
        while self._tempo.mono_s() < until:
            if slots := self.station.open_slots():
                return slots[0]
            await asyncio.sleep(_LOOK_S)
        return None

    def _take_socket(self) -> int | None:
        now = self._tempo.mono_s()
        free = [socket for socket, at in self._free_from.items() if at <= now]
        if not free:
            return None
        socket = self._rng.choice(free)
        self._free_from[socket] = float("inf")
        return socket

    async def _rest(self, wall_s: float) -> None:
        """Wait, but no longer than until it is time to leave."""
        try:
            async with asyncio.timeout(wall_s):
                await self._leave.wait()
        except TimeoutError:
            return
