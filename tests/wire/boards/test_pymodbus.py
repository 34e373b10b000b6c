"""An independent master (pymodbus) on every transport, with healthy and faulty slaves."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymodbus import FramerType, ModbusException
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusIOException
from pymodbus.pdu import ModbusPDU

from firmware_sim.boards.pzem016 import Pzem016
from firmware_sim.boards.r4dcb08 import R4dcb08
from firmware_sim.boards.waveshare_relay import WaveshareRelay
from firmware_sim.wire.faults import Faults
from firmware_sim.wire.pty import Pty
from firmware_sim.wire.rtu import Bus
from firmware_sim.wire.tcp import MbapBus, TcpPort
from tests.wire.boards.lines import PATIENCE_S, on_loop, until

Client = AsyncModbusSerialClient | AsyncModbusTcpClient


class Station:
    def __init__(self) -> None:
        self.meter = Pzem016(address=1, voltage_mv=225_700, energy_wh=70_000)
        self.meter.set_load(24_400)
        self.relay = WaveshareRelay(address=10)
        self.thermo = R4dcb08(address=20)
        self.thermo.set_temperature(1, 90_500)
        self.bus = Bus([self.meter, self.relay, self.thermo])


class ResetEnergy(ModbusPDU):
    """The meter's 0x42, which no Modbus library knows."""

    function_code = 0x42
    rtu_frame_size = 4

    def encode(self) -> bytes:
        return b""

    def decode(self, data: bytes) -> None:
        """Nothing is in it."""


class Flash(ModbusPDU):
    """Function 05 with a time in place of on or off."""

    function_code = 0x05
    rtu_frame_size = 8

    def encode(self) -> bytes:
        return struct.pack(">HH", self.address, self.registers[0])

    def decode(self, data: bytes) -> None:
        self.address, value = struct.unpack(">HH", data[:4])
        self.registers = [value]


@asynccontextmanager
async def wired(
    station: Station, transport: str, folder: Path, *, patience_s: float = PATIENCE_S
) -> AsyncIterator[Client]:
    client: Client
    if transport == "pty":
        pty = Pty(station.bus, link=folder / "bus0")
        pty.plug()
        client = AsyncModbusSerialClient(
            str(pty.path), baudrate=9600, timeout=patience_s, retries=0, reconnect_delay=0
        )
        closing = asyncio.to_thread(lambda: None)
    else:
        mbap = transport == "tcp-mbap"
        port = TcpPort(MbapBus(station.bus) if mbap else station.bus)
        await port.plug()
        client = AsyncModbusTcpClient(
            "127.0.0.1",
            port=port.port,
            framer=FramerType.SOCKET if mbap else FramerType.RTU,
            timeout=patience_s,
            retries=0,
            reconnect_delay=0,
        )
        closing = port.unplug()
    assert await client.connect()
    try:
        yield client
    finally:
        client.close()
        await closing
        if transport == "pty":
            pty.unplug()


@pytest.mark.parametrize("transport", ["pty", "tcp-rtu", "tcp-mbap"])
def test_every_board_is_read_and_written(tmp_path: Path, transport: str) -> None:
    async def run() -> None:
        station = Station()
        async with wired(station, transport, tmp_path) as client:
            meter = await client.read_input_registers(0, count=10, device_id=1)
            assert meter.registers == [2257, 108, 0, 244, 0, 70_000 - 65_536, 1, 500, 100, 0]
            low_first = client.convert_from_registers(
                meter.registers[5:7], client.DATATYPE.UINT32, word_order="little"
            )
            assert low_first == 70_000
            thermo = await client.read_holding_registers(0, count=8, device_id=20)
            assert thermo.registers == [905, *[0x8000] * 7]
            await client.write_coil(2, value=True, device_id=10)
            await client.write_coils(5, [True, False, True], device_id=10)
            coils = await client.read_coils(0, count=8, device_id=10)
            assert coils.bits == [False, False, True, False, False, True, False, True]
            assert station.relay.is_on(8)
            written = await client.write_register(1, 2200, device_id=1)
            assert not written.isError()
            assert station.meter.threshold_w == 2200
            refused = await client.read_input_registers(9, count=2, device_id=1)
            assert refused.isError()
            assert refused.exception_code == 2

    on_loop(run)()


@pytest.mark.parametrize("transport", ["pty", "tcp-rtu", "tcp-mbap"])
def test_the_vendors_own_functions(tmp_path: Path, transport: str) -> None:
    async def run() -> None:
        station = Station()
        async with wired(station, transport, tmp_path) as client:
            client.register(ResetEnergy)
            reply = await client.execute(False, ResetEnergy(dev_id=1))  # noqa: FBT003  pymodbus' signature
            assert isinstance(reply, ResetEnergy)
            assert station.meter.energy_wh == 0
            station.meter.set_energy(5)
            station.meter.reset_says_error = True
            refused = await client.execute(False, ResetEnergy(dev_id=1))  # noqa: FBT003  pymodbus' signature
            assert refused.exception_code == 1
            assert station.meter.energy_wh == 0
            client.register(Flash)
            flash = Flash(dev_id=10, address=0x0206, registers=[1])
            echo = await client.execute(False, flash)  # noqa: FBT003  pymodbus' signature
            assert (echo.address, echo.registers) == (0x0206, [1])
            await until(lambda: not station.relay.is_on(7))

    on_loop(run)()


@pytest.mark.parametrize("transport", ["pty", "tcp-rtu"])
@pytest.mark.parametrize(
    "faults",
    [
        Faults(mute=True),
        Faults(flip_byte=-1),
        Faults(truncate=5),
        Faults(wrong_id=9),
        # This master takes noise glued to an answer for the beginning of it.
        Faults(noise=b"\x00\xff"),
    ],
    ids=["mute", "crc", "short", "wrong id", "noise in front"],
)
def test_a_spoilt_answer_is_no_answer_and_the_next_one_is_right(
    tmp_path: Path, transport: str, faults: Faults
) -> None:
    async def run() -> None:
        station = Station()
        station.thermo.faults.once(faults)
        async with wired(station, transport, tmp_path, patience_s=0.2) as client:
            with pytest.raises(ModbusIOException):
                await client.read_holding_registers(0, count=1, device_id=20)
            client.comm_params.timeout_connect = PATIENCE_S
            reply = await client.read_holding_registers(0, count=1, device_id=20)
            assert reply.registers == [905]

    on_loop(run)()


@pytest.mark.parametrize("transport", ["pty", "tcp-rtu"])
@pytest.mark.parametrize(
    "faults",
    [Faults(drip_ms=1), Faults(duplicate=True), Faults(delay_ms=20)],
    ids=["drip", "duplicate", "slow"],
)
def test_an_odd_answer_is_still_an_answer(tmp_path: Path, transport: str, faults: Faults) -> None:
    async def run() -> None:
        station = Station()
        station.thermo.faults.once(faults)
        async with wired(station, transport, tmp_path) as client:
            for device, register in ((20, 905), (1, 23_000)):
                address = 0 if device == 20 else 1
                reply = await client.read_holding_registers(address, count=1, device_id=device)
                assert reply.registers == [register]

    on_loop(run)()


@on_loop
async def test_local_echo_is_stripped_by_a_master_that_knows_of_it(tmp_path: Path) -> None:
    station = Station()
    pty = Pty(station.bus, link=tmp_path / "bus0", local_echo=True)
    pty.plug()
    client = AsyncModbusSerialClient(
        str(pty.path), baudrate=9600, timeout=PATIENCE_S, retries=0, handle_local_echo=True
    )
    assert await client.connect()
    reply = await client.read_holding_registers(0, count=1, device_id=20)
    assert reply.registers == [905]
    client.close()
    pty.unplug()


@on_loop
async def test_a_master_reconnects_after_the_adapter_was_pulled_and_put_back(
    tmp_path: Path,
) -> None:
    station = Station()
    pty = Pty(station.bus, link=tmp_path / "bus0")
    pty.plug()
    client = AsyncModbusSerialClient(
        str(pty.path),
        baudrate=9600,
        timeout=PATIENCE_S,
        retries=0,
        reconnect_delay=0.01,
        reconnect_delay_max=0.02,
    )
    assert await client.connect()
    pty.unplug()
    await until(lambda: not client.connected)
    with pytest.raises(ConnectionException):
        await client.read_holding_registers(0, count=1, device_id=20)
    pty.plug()
    await until(lambda: client.connected)
    reply = await client.read_holding_registers(0, count=1, device_id=20)
    assert reply.registers == [905]
    client.close()
    pty.unplug()


@on_loop
async def test_a_meter_behind_a_socket_that_is_off_does_not_answer(tmp_path: Path) -> None:
    station = Station()
    station.meter.powered = False
    async with wired(station, "pty", tmp_path, patience_s=0.1) as client:
        with pytest.raises(ModbusException):
            await client.read_input_registers(0, count=10, device_id=1)
