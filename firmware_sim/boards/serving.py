"""Runs one board on one port until it is told to stop."""

import asyncio
import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from firmware_sim.wire.faults import Faults, Injector
from firmware_sim.wire.line import Device
from firmware_sim.wire.pty import Pty
from firmware_sim.wire.rtu import Bus
from firmware_sim.wire.tcp import Framing, MbapBus, TcpPort

TICK_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and how a board answers: on a TCP port, or a pseudo-terminal behind a link.

    Raises:
        click.UsageError: none or both of them, or MBAP on a serial line.
    """

    tcp: tuple[str, int] | None
    pty: Path | None
    framing: Framing
    baud: int | None
    delay_ms: int

    def __post_init__(self) -> None:
        if (self.tcp is None) == (self.pty is None):
            raise click.UsageError("give one of --tcp HOST:PORT and --pty PATH")
        if self.pty is not None and self.framing == "mbap":
            raise click.UsageError("--framing mbap needs --tcp: a serial line carries RTU frames")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A board ready to serve: what it is in both languages, what to send to it, what time does."""

    device: Device
    faults: Injector
    chinese: str
    english: str
    attempt: str
    on_tick: Callable[[float], None] | None = None


class PortError(click.ClickException):
    """The port cannot be had."""

    exit_code = 2


def endpoint(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[str, int] | None:
    """Option value `host:port` (IPv6 hosts in brackets) in its two parts.

    Raises:
        click.BadParameter: it is none.
    """
    if value is None:
        return None
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]]+)):(\d{1,5})", value, re.ASCII)
    if match is None or int(match[3]) > 65_535:
        raise click.BadParameter(
            f"{value!r} is no host:port, for example 127.0.0.1:1502", ctx=ctx, param=param
        )
    return match[1] or match[2], int(match[3])


def serve(offer: Offer, where: Place) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        PortError: a sentence that says why the port cannot be had.
    """
    asyncio.run(_serve(offer, where))


async def _serve(offer: Offer, where: Place) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    offer.faults.always = Faults(delay_ms=where.delay_ms)
    if where.tcp is not None:
        await _serve_tcp(offer, where, where.tcp, stop)
    elif where.pty is not None:
        await _serve_pty(offer, where, where.pty, stop)


async def _serve_tcp(offer: Offer, where: Place, at: tuple[str, int], stop: asyncio.Event) -> None:
    host, number = at
    modbus = isinstance(offer.device, Bus)
    device = offer.device
    if isinstance(device, Bus) and where.framing == "mbap":
        device = MbapBus(device)
    port = TcpPort(device, host=host, port=number, baud=where.baud)
    try:
        await port.plug()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise PortError(
            f"端口无法使用 {host}:{number} cannot be listened on ({reason}); "
            "choose another --tcp port"
        ) from error
    _announce(offer, f"{host}:{port.port}" + (f" ({where.framing})" if modbus else ""))
    await _run(offer, stop)
    await port.unplug()


async def _serve_pty(offer: Offer, where: Place, link: Path, stop: asyncio.Event) -> None:
    port = Pty(offer.device, link=link, baud=where.baud)
    try:
        port.plug()
    except OSError as error:
        raise PortError(f"串口无法建立 {link} cannot be made: {error.strerror or error}") from error
    _announce(offer, str(link))
    await _run(offer, stop)
    port.unplug()


def _announce(offer: Offer, port: str) -> None:
    click.echo(
        f"{offer.chinese} 已就绪 · {offer.english} ready at {port} · "
        f"试一试 try: {offer.attempt} · Ctrl-C 结束 ends"
    )


async def _run(offer: Offer, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), TICK_S)
        except TimeoutError:
            now = loop.time()
            if offer.on_tick is not None:
                offer.on_tick(now - before)
            before = now
