"""All session machines of one station behind one door: observations in, events out.

Pure: no I/O, no clock. `changed` gives what must be kept in the same transaction as the events
returned before it, so that a kill at any moment neither loses nor doubles a fact.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from protocol.events import Device, Event, State
from station_agent.config import AgentConfig
from station_agent.observations import ConditionChanged, Observation, Pulses, Reading, TagsSeen
from station_agent.sessions.charge import ChargeMachine
from station_agent.sessions.coverage import BUCKET_MS, CoverageMachine
from station_agent.sessions.draw import DrawMachine
from station_agent.sessions.layout import layout
from station_agent.sessions.moment import Moment, Stamp
from station_agent.sessions.samples import Sampler
from station_agent.sessions.state import SLOT_UNKNOWN, StateBoard, port_state
from station_agent.sessions.umbrella import UmbrellaMachine

TEMP_BAND_MC: Final = 1_000
STALE_MS: Final = 10_000
_ALIVE: Final = "alive"


def _ms(seconds: float) -> int:
    return round(1_000 * seconds)


class Alive(msgspec.Struct):
    """When, and in which boot, something was kept last."""

    boot: str
    at: int
    mono: int

    @classmethod
    def read(cls, kept: Mapping[str, bytes]) -> "Alive | None":
        """Out of kept rows; None when there is none."""
        try:
            return msgspec.json.decode(kept[_ALIVE], type=cls)
        except (KeyError, msgspec.DecodeError):
            return None


_Machine: TypeAlias = ChargeMachine | DrawMachine | UmbrellaMachine | CoverageMachine


class Sessions:
    """The machines a configuration asks for."""

    def __init__(self, config: AgentConfig, *, boot: str) -> None:
        self._boot = boot
        self._layout = layout(config)
        self._sample_ms = round(1_000 * config.outbox.sample_s)
        self._board = StateBoard()
        self._sampler = Sampler()
        self._flushed: Stamp | None = None
        self._began: Stamp | None = None
        self._conditions: dict[str, str] = {}
        self._read: dict[tuple[str, int], int] = {}
        self._relay: dict[tuple[str, int], int] = {}
        self._kept: dict[str, bytes] = {}
        self._alive_at = 0
        rules = config.sessions
        self._charges = {
            (device, unit): ChargeMachine(
                device=device,
                unit=unit,
                on_mw=rules.charge_on_mw,
                on_ms=_ms(rules.charge_on_s),
                off_ms=_ms(rules.charge_off_s),
            )
            for device, unit in self._layout.sockets
        }
        self._draws = {
            (tap.water, tap.unit): DrawMachine(
                device=tap.water,
                unit=tap.unit,
                pulses_per_litre=tap.pulses_per_litre,
                gap_ms=_ms(rules.draw_gap_s),
                min_ml=rules.draw_min_ml,
            )
            for tap in self._layout.taps
        }
        self._racks = {
            rack: UmbrellaMachine(device=rack, debounce_ms=_ms(rules.umbrella_debounce_s))
            for rack in self._layout.racks
        }
        self._coverage = CoverageMachine(
            devices=self._layout.covered, report_ms=_ms(config.outbox.coverage_s)
        )

    # What is kept

    def _machines(self) -> tuple[_Machine, ...]:
        return (
            *self._charges.values(),
            *self._draws.values(),
            *self._racks.values(),
            self._coverage,
        )

    def restore(self, kept: Mapping[str, bytes]) -> list[str]:
        """Go on from what an earlier process kept.

        Returns:
            Keys whose value could not be read: those machines begin anew.
        """
        alive, unread = Alive.read(kept), list[str]()
        same = alive is not None and alive.boot == self._boot
        last = Moment(alive.at, alive.mono if same else None) if alive else None
        for machine in self._machines():
            data = kept.get(machine.key)
            if data is None:
                continue
            try:
                match machine:
                    case ChargeMachine():
                        machine.restore(data, same_boot=same, alive=last)
                    case DrawMachine() | UmbrellaMachine():
                        machine.restore(data, same_boot=same)
                    case CoverageMachine():
                        machine.restore(data)
            except msgspec.DecodeError:
                unread.append(machine.key)
            else:
                self._kept[machine.key] = machine.dump()
        return unread

    def changed(self, now: Stamp) -> dict[str, bytes]:
        """Keys and values that differ from what `saved` was told last.

        A sign of life goes with them, and alone once a sample period, so that a later process
        knows how long nobody watched.
        """
        rows = {
            machine.key: data
            for machine in self._machines()
            if (data := machine.dump()) != self._kept.get(machine.key)
        }
        silent = now.mono - self._alive_at >= self._sample_ms
        if rows or silent:
            rows[_ALIVE] = msgspec.json.encode(Alive(self._boot, now.at, now.mono))
        return rows

    def saved(self, rows: Mapping[str, bytes]) -> None:
        """These rows are on the disk."""
        self._kept.update(rows)
        if (alive := Alive.read(rows)) is not None:
            self._alive_at = alive.mono

    def forgotten(self) -> None:
        """The file was lost: everything must be kept again."""
        self._kept.clear()

    def slots(self, rack: str) -> dict[int, bool]:
        """Occupied or not, by slot, of one rack as last read."""
        return self._racks[rack].slots()

    # Observations

    def observe(self, seen: Observation, stamp: Stamp) -> list[Event]:
        """Events that follow from one observation. Scans and buttons are the gate's."""
        match seen:
            case Reading():
                return self._reading(seen, stamp)
            case Pulses():
                draw = self._draws.get((seen.device, seen.unit))
                return self._noted(draw.observe(seen, stamp)) if draw else []
            case TagsSeen():
                rack = self._racks.get(self._layout.rack_of.get(seen.device, ""))
                return list(rack.observe(seen, stamp)) if rack else []
            case ConditionChanged():
                self._conditions[seen.device] = seen.condition
                return [
                    Device(
                        at=stamp.at,
                        mono=max(0, stamp.mono),
                        device=seen.device,
                        condition=seen.condition,
                        detail=seen.detail[:200],
                    ),
                    *self._slots(stamp),
                ]
            case _:
                return []

    def _reading(self, seen: Reading, stamp: Stamp) -> list[Event]:
        self._read[seen.device, seen.unit] = seen.mono
        if (charge := self._charges.get((seen.device, seen.unit))) is not None:
            self._sampler.add(seen.device, seen.unit, seen.cap, seen.value)
            return [*charge.observe(seen, stamp), *self._port(seen.device, seen.unit, stamp)]
        if seen.cap == "relay":
            self._relay[seen.device, seen.unit] = seen.value
            return [event for socket in self._charges for event in self._port(*socket, stamp)]
        if seen.cap == "temp_mc":
            return self._warm(seen, stamp)
        if (rack := self._racks.get(seen.device)) is not None:
            return [*rack.observe(seen, stamp), *self._slots(stamp)]
        return []

    def _warm(self, seen: Reading, stamp: Stamp) -> list[Event]:
        water = self._layout.water_of.get(seen.device, seen.device)
        self._sampler.add(water, seen.unit, "temp_mc", seen.value)
        if (draw := self._draws.get((water, seen.unit))) is not None:
            draw.warm(seen)
        return list(
            self._board.put(water, seen.unit, "temp_mc", seen.value, stamp, band=TEMP_BAND_MC)
        )

    def _noted(self, events: Sequence[Event]) -> list[Event]:
        for event in events:
            if isinstance(event, State):
                self._board.note(event)
        return list(events)

    def _port(self, device: str, unit: int, now: Stamp) -> list[Event]:
        read = self._read.get((device, unit))
        if read is None and self._began is not None and now.mono - self._began.mono < STALE_MS:
            return []
        switch = self._layout.switches.get(unit)
        value = port_state(
            relay=None if switch is None else self._relay.get(switch),
            fresh=read is not None and now.mono - read < STALE_MS,
            charging=self._charges[device, unit].charging,
        )
        return list(self._board.put(device, unit, "port_state", value, now))

    def _slots(self, now: Stamp) -> list[Event]:
        events: list[Event] = []
        for device, rack in self._racks.items():
            known = self._conditions.get(device, "ok") == "ok"
            for slot, occupied in rack.slots().items():
                value = int(occupied) if known else SLOT_UNKNOWN
                events += self._board.put(device, slot, "slot_state", value, now)
        return events

    # Time

    def tick(self, now: Stamp) -> list[Event]:
        """Events that follow from time passing. Call a few times a second."""
        self._began = self._began or now
        self._flushed = self._flushed or now
        events: list[Event] = []
        for draw in self._draws.values():
            events += self._noted(draw.tick(now))
        for rack in self._racks.values():
            events += rack.tick(now)
        for device, unit in self._charges:
            events += self._port(device, unit, now)
        events += self._coverage.tick(now, good=lambda device: self._good(device, now))
        if now.mono - self._flushed.mono >= self._sample_ms:
            self._flushed = now
            for (device, unit), draw in self._draws.items():
                self._sampler.add(device, unit, "litres_ml", draw.litres_ml)
            events += self._sampler.flush(now)
        return events

    def _good(self, device: str, now: Stamp) -> bool:
        """Read in the present bucket, and in order."""
        if device not in self._layout.waters:
            return self._watched(device, now)
        gpio = self._layout.gpio_of.get(device)
        probes = [probe for probe, water in self._layout.water_of.items() if water == device]
        parts = probes if gpio is None else [gpio, *probes]
        return all(self._watched(part, now) for part in parts)

    def _watched(self, device: str, now: Stamp) -> bool:
        if self._conditions.get(device) != "ok":
            return False
        if device in self._layout.listening:
            return True
        reads = [mono for (name, _), mono in self._read.items() if name == device]
        return bool(reads) and now.mono - max(reads) <= now.at % BUCKET_MS
