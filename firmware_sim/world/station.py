"""One station's devices, wired together as in docs/contracts.md, and what can be done to them."""

from pathlib import Path
from typing import Final, Literal, Protocol

from firmware_sim.boards.gm65 import Gm65
from firmware_sim.boards.lock8a import Lock8a
from firmware_sim.boards.pzem016 import Pzem016
from firmware_sim.boards.r4dcb08 import R4dcb08
from firmware_sim.boards.uhf_m100 import UhfM100
from firmware_sim.boards.waveshare_relay import WaveshareRelay
from firmware_sim.wire.gpio import GpioFifo
from firmware_sim.wire.pty import Pty
from firmware_sim.wire.rtu import Bus
from firmware_sim.world.attention import Attention, Noticed
from firmware_sim.world.lights import GREEN_CHANNEL, RED_CHANNEL, Lights
from firmware_sim.world.physics import Battery, Boiler, FlowMeter

SOCKETS: Final = 4
SLOTS: Final = 8
FLOW_LINE, TAP_LINE, UMBRELLA_LINE = 17, 22, 23
_RELAY_ADDRESS, _THERMO_ADDRESS = 10, 20
_SIGNAL_DBM: Final = -52
_SERIAL_BAUD: Final = 9_600
_UHF_BAUD: Final = 115_200
Button = Literal["tap", "umbrella"]


class Clock(Protocol):
    """The time in which the physics run."""

    def sim_ms(self) -> int:
        """Simulated UTC ms."""


class Station:
    """Sockets, boiler, tap, rack, scanner, buttons and lights, on pseudo-terminals in `folder`.

    Energy flows only as long as somebody calls `tick`; every act brings it up to date first.

    Args:
        folder: where the ports appear.
        clock: the time of the physics.
        energy_wh: what each socket's meter shows at first.
        stock: slot to tag of the umbrellas that hang in the rack.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        energy_wh: tuple[int, ...] = (0,) * SOCKETS,
        stock: dict[int, str],
    ) -> None:
        self._clock = clock
        self._ticked_ms = clock.sim_ms()
        self.meters = [
            Pzem016(address=i + 1, energy_wh=energy) for i, energy in enumerate(energy_wh)
        ]
        self.relay = WaveshareRelay(address=_RELAY_ADDRESS)
        self.thermo = R4dcb08(address=_THERMO_ADDRESS)
        self.rack = Lock8a(board=1, slots=SLOTS)
        self.reader = UhfM100()
        self.scanner = Gm65()
        self.gpio = GpioFifo(folder / "gpio0")
        self.lights = Lights()
        self.boiler = Boiler()
        self.flow = FlowMeter()
        self._batteries: list[Battery | None] = [None] * SOCKETS
        self._poured_ul = 0
        self._tags: dict[int, str] = {}
        bus = Bus([*self.meters, self.relay, self.thermo])
        self.attention = Attention(("bus0", "lock0", "uhf0"))
        self._ports = [
            Pty(Noticed(device, name, self.attention), link=folder / name, baud=baud)
            for name, device, baud in (
                ("bus0", bus, _SERIAL_BAUD),
                ("lock0", self.rack, _SERIAL_BAUD),
                ("uhf0", self.reader, _UHF_BAUD),
                ("scan0", self.scanner, _SERIAL_BAUD),
            )
        ]
        for slot, tag in stock.items():
            self.insert(slot, tag)
        for channel in range(1, SOCKETS + 1):
            self.relay.set_channel(channel, on=True)
        self.relay.on_change(self._contact_moved)
        self.thermo.set_temperature(1, self.boiler.temp_mc)

    def power_up(self) -> None:
        """Create the ports.

        Raises:
            OSError: the folder does not exist, or something else is in a port's place.
        """
        for port in self._ports:
            port.plug()
        self.gpio.plug()

    def power_down(self) -> None:
        """Take the ports away."""
        for port in self._ports:
            port.unplug()
        self.gpio.unplug()

    def tick(self) -> None:
        """Let energy, heat and water flow up to now."""
        now = self._clock.sim_ms()
        ms, self._ticked_ms = now - self._ticked_ms, now
        if ms <= 0:
            return
        for socket, battery in enumerate(self._batteries, 1):
            meter = self.meters[socket - 1]
            meter.advance(ms)
            if battery is not None and meter.load_mw:
                battery.draw(ms)
                self._feed(socket)
        self.boiler.advance(ms)
        self.thermo.set_temperature(1, self.boiler.temp_mc)

    # sockets

    def plug(self, socket: int, battery: Battery) -> int:
        """Plug a charger in. Returns what the meter shows, Wh.

        Raises:
            ValueError: the socket is taken.
        """
        if self._batteries[socket - 1] is not None:
            raise ValueError(f"socket {socket} is taken")
        self.tick()
        self._batteries[socket - 1] = battery
        self._feed(socket)
        return self.meters[socket - 1].energy_wh

    def unplug(self, socket: int) -> int:
        """Pull a charger out. Returns what the meter shows, Wh."""
        self.tick()
        self._batteries[socket - 1] = None
        self._feed(socket)
        return self.meters[socket - 1].energy_wh

    def drawing(self, socket: int) -> bool:
        """Whether a load draws power at the socket."""
        return self.meters[socket - 1].load_mw > 0

    # water

    def pour(self, ul: int) -> int:
        """Let `ul` of hot water out of the tap. Returns the pulses the flow meter made."""
        pulses = self.flow.flow(ul)
        if pulses:
            self.gpio.pulse(FLOW_LINE, pulses)
        self._poured_ul += ul
        self.boiler.replace(self._poured_ul // 1_000)
        self._poured_ul %= 1_000
        return pulses

    # rack

    def insert(self, slot: int, tag: str) -> None:
        """Hang an umbrella on an empty hook: its tag comes into the reader's field.

        Raises:
            ValueError: the hook is taken.
        """
        self.rack.insert(slot)
        self._tags[slot] = tag
        self.reader.place(tag, _SIGNAL_DBM - slot)

    def pull(self, slot: int) -> str | None:
        """Pull at an umbrella; its tag when it comes off, None when the hook holds it."""
        if not self.rack.pull(slot):
            return None
        tag = self._tags.pop(slot)
        self.reader.remove(tag)
        return tag

    def empty_slots(self) -> list[int]:
        """Hooks without an umbrella."""
        return [slot for slot in range(1, SLOTS + 1) if not self.rack.occupied(slot)]

    def filled_slots(self) -> list[int]:
        """Hooks that hold an umbrella."""
        return sorted(self._tags)

    def open_slots(self) -> list[int]:
        """Hooks that hold an umbrella and let go of it now."""
        return [slot for slot in sorted(self._tags) if self.rack.unlocked(slot)]

    # scanner and buttons

    def press(self, button: Button, *, bounces: int = 0) -> None:
        """Press a button."""
        line = TAP_LINE if button == "tap" else UMBRELLA_LINE
        self.gpio.press(line, bounces=bounces)

    def show(self, text: str) -> bool:
        """Hold a code before the scanner; False when it does not look."""
        return self.scanner.scan(text)

    def _contact_moved(self, channel: int, on: bool) -> None:  # noqa: FBT001  the board's signature
        if channel <= SOCKETS:
            self.tick()
            self._feed(channel)
        elif channel in (GREEN_CHANNEL, RED_CHANNEL):
            self.lights.moved(channel, on=on)

    def _feed(self, socket: int) -> None:
        battery = self._batteries[socket - 1]
        live = battery is not None and self.relay.is_on(socket)
        power = battery.power_mw() if battery is not None and live else 0
        self.meters[socket - 1].set_load(power, power_factor_pct=95 if power else 100)
