"""`python -m firmware_sim board …`: one board on a TCP port or pseudo-terminal."""

import asyncio
import functools
from collections.abc import Callable
from pathlib import Path

import click

from firmware_sim.boards.gm65 import Gm65
from firmware_sim.boards.lock8a import Feedback, Lock8a
from firmware_sim.boards.pzem016 import Pzem016
from firmware_sim.boards.r4dcb08 import R4dcb08
from firmware_sim.boards.serving import Offer, Place, endpoint, serve
from firmware_sim.boards.uhf_m100 import Dialect, UhfM100
from firmware_sim.boards.waveshare_relay import WaveshareRelay
from firmware_sim.wire import crc
from firmware_sim.wire.rtu import Adu, Bus
from firmware_sim.wire.tcp import Framing

Command = Callable[..., None]

_framing = click.option(
    "--framing",
    type=click.Choice(["rtu", "mbap"]),
    default="rtu",
    show_default=True,
    help="Frames on TCP: as on the serial line, or Modbus TCP.",
)


def _port(function: Command) -> Command:
    """Options of every board's port, handed on as `where`."""

    @click.option(
        "--tcp", callback=endpoint, metavar="HOST:PORT", help="Listen here, e.g. 127.0.0.1:1502."
    )
    @click.option(
        "--pty", type=click.Path(path_type=Path), help="Make a pseudo-terminal with a link here."
    )
    @click.option("--baud", type=click.IntRange(300), help="Answer at the speed of this line.")
    @click.option(
        "--delay-ms", type=click.IntRange(0, 60_000), default=0, help="Think time before answers."
    )
    @functools.wraps(function)
    def run(
        *,
        tcp: tuple[str, int] | None,
        pty: Path | None,
        baud: int | None,
        delay_ms: int,
        framing: Framing = "rtu",
        **own: object,
    ) -> None:
        where = Place(tcp=tcp, pty=pty, framing=framing, baud=baud, delay_ms=delay_ms)
        function(where=where, **own)

    return run


def _modbus(function: Command) -> Command:
    """Options of every Modbus board."""
    address = click.option("--address", type=click.IntRange(1, 247), default=1, show_default=True)
    return address(_framing(_port(function)))


def _send(frame: bytes) -> str:
    return f"send {frame.hex(' ').upper()}"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """One device of a station, alone, on a port of its own."""


@command.command()
@_modbus
@click.option("--load-w", type=click.FloatRange(0, 23_000), default=36.0, show_default=True)
@click.option("--energy-wh", type=click.IntRange(0), default=0, show_default=True)
def pzem016(
    *,
    address: int,
    where: Place,
    load_w: float,
    energy_wh: int,
) -> None:
    """Energy meter PZEM-016; its counter runs with the clock."""
    meter = Pzem016(address=address, energy_wh=energy_wh)
    meter.set_load(round(load_w * 1000))
    offer = Offer(
        device=Bus([meter]),
        faults=meter.faults,
        chinese=f"电能表 PZEM-016，地址 {address}，{load_w:g} W",
        english=f"energy meter, address {address}, {load_w:g} W",
        attempt=_send(Adu(address, bytes.fromhex("04 0000 000A")).rtu()),
        on_tick=lambda seconds: meter.advance(round(seconds * 1000)),
    )
    serve(offer, where)


@command.command("waveshare-relay")
@_modbus
def waveshare_relay(
    *,
    address: int,
    where: Place,
) -> None:
    """Waveshare Modbus RTU Relay 8CH; prints every contact that moves."""
    relay = WaveshareRelay(address=address)
    relay.on_change(
        lambda channel, on: click.echo(f"通道 channel {channel}: {'吸合 on' if on else '断开 off'}")
    )
    offer = Offer(
        device=Bus([relay]),
        faults=relay.faults,
        chinese=f"继电器 Modbus RTU Relay 8CH，地址 {address}",
        english=f"relay board, address {address}",
        attempt=_send(Adu(address, bytes.fromhex("05 0200 0007")).rtu()) + " (flash 0.7 s)",
    )
    serve(offer, where)


@command.command()
@_modbus
@click.option(
    "--temperature-c",
    "temperatures",
    type=click.FloatRange(-55, 125),
    multiple=True,
    default=(90.5,),
    show_default=True,
    help="Probe of channel 1; again for channel 2, and so on.",
)
def r4dcb08(
    *,
    address: int,
    where: Place,
    temperatures: tuple[float, ...],
) -> None:
    """Temperature board R4DCB08 with up to eight probes."""
    if len(temperatures) > 8:
        raise click.UsageError("--temperature-c: the board has eight channels")
    board = R4dcb08(address=address)
    for channel, celsius in enumerate(temperatures, 1):
        board.set_temperature(channel, round(celsius * 1000))
    shown = ", ".join(f"{celsius:g}" for celsius in temperatures)
    offer = Offer(
        device=Bus([board]),
        faults=board.faults,
        chinese=f"温度采集板 R4DCB08，地址 {address}，{shown} °C",
        english=f"temperature board, address {address}",
        attempt=_send(Adu(address, bytes.fromhex("03 0000 0008")).rtu()),
    )
    serve(offer, where)


@command.command()
@click.option("--board", type=click.IntRange(1, 99), default=1, show_default=True)
@click.option("--slots", type=click.IntRange(1, 50), default=8, show_default=True)
@click.option("--umbrellas", type=click.IntRange(0), help="Hang this many, from slot 1 [all].")
@click.option(
    "--feedback",
    type=click.Choice(["door_closing", "door_opening"]),
    default="door_closing",
    show_default=True,
)
@click.option("--extra-groups", type=click.IntRange(0, 8), default=0, show_default=True)
@click.option("--pull-s", type=click.FloatRange(0), help="Pull the umbrella this long after.")
@_port
def lock8a(
    *,
    board: int,
    slots: int,
    umbrellas: int | None,
    feedback: Feedback,
    extra_groups: int,
    pull_s: float | None,
    where: Place,
) -> None:
    """Lock board "8A" of an umbrella rack; prints every hook it releases."""
    rack = Lock8a(board=board, slots=slots, feedback=feedback, extra_groups=extra_groups)
    for slot in range(1, 1 + min(slots, slots if umbrellas is None else umbrellas)):
        rack.insert(slot)
    rack.on_unlock(lambda slot: click.echo(f"伞位 slot {slot}: 已开锁 unlocked"))

    def pull(slot: int) -> None:
        if rack.pull(slot):
            click.echo(f"伞位 slot {slot}: 已取伞 umbrella pulled")

    if pull_s is not None:
        rack.on_unlock(lambda slot: asyncio.get_running_loop().call_later(pull_s, pull, slot))
    query = bytes((0x80, board, 0x00, 0x33))
    offer = Offer(
        device=rack,
        faults=rack.faults,
        chinese=f"锁控板 8A，板号 {board}，{slots} 个伞位",
        english=f"lock board {board}, {slots} slots",
        attempt=_send(query + bytes((crc.xor(query),))),
    )
    serve(offer, where)


@command.command("uhf-m100")
@click.option("--dialect", type=click.Choice(["BB", "AA"]), default="BB", show_default=True)
@click.option("--tags", default="30751FEB705C5904E3D50D70", help="EPCs in hex, commas between.")
@click.option("--rssi", type=click.IntRange(-128, 0), default=-55, show_default=True)
@_port
def uhf_m100(
    *,
    dialect: Dialect,
    tags: str,
    rssi: int,
    where: Place,
) -> None:
    """UHF tag reader YRM100 / M100 / R200 with tags in its field."""
    reader = UhfM100(dialect=dialect)
    epcs = [epc for epc in tags.split(",") if epc]
    for epc in epcs:
        try:
            reader.place(epc, rssi)
        except ValueError as error:
            raise click.UsageError(
                f"--tags: {epc!r} is no EPC: hex of whole 16-bit words"
            ) from error
    ends = ("BB", "7E") if dialect == "BB" else ("AA", "DD")
    offer = Offer(
        device=reader,
        faults=reader.faults,
        chinese=f"UHF 读卡器 M100，{dialect} 帧，{len(epcs)} 个标签",
        english=f"tag reader, {len(epcs)} tags",
        attempt=f"send {ends[0]} 00 22 00 00 22 {ends[1]}",
    )
    serve(offer, where)


@command.command()
@click.option("--code", default="QINLIN-DEMO", show_default=True, help="Text of the code shown.")
@click.option("--every-s", type=click.FloatRange(0.1), default=5.0, show_default=True)
@_port
def gm65(
    *,
    code: str,
    every_s: float,
    where: Place,
) -> None:
    """QR scanner GM65 in continuous mode; somebody shows it a code again and again."""
    scanner = Gm65()
    waited = 0.0

    def tick(seconds: float) -> None:
        nonlocal waited
        waited += seconds
        if waited >= every_s:
            waited = 0.0
            scanner.scan(code)

    offer = Offer(
        device=scanner,
        faults=scanner.faults,
        chinese=f"扫码器 GM65，每 {every_s:g} 秒出示一次 {code}",
        english=f"scanner, reads {code} every {every_s:g} s",
        attempt="send 7E 00 07 01 00 00 01 AB CD",
        on_tick=tick,
    )
    serve(offer, where)
