"""The awaited Modbus reply is found in whatever the line delivers, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from station_agent.bus.pdu import CoilWord
from station_agent.bus.rtu import Expected, crc16

METER = bytes.fromhex("01 04 14 08D1 006C 0000 00F4 0000 0026 0000 01F4 0064 0000 51 34")
READ_METER = Expected.read(1, 4, 20)


def test_crc_check_value_of_the_standard() -> None:
    assert crc16(b"123456789") == 0x4B37


def test_vendor_request_ends_with_its_crc() -> None:
    assert crc16(bytes.fromhex("01 04 00 00 00 0A")).to_bytes(2, "little").hex() == "700d"


def test_pzem_reply_of_the_vendor_is_found() -> None:
    assert READ_METER.find(METER) == METER


def test_temperature_reply_of_the_vendor_is_found() -> None:
    reply = bytes.fromhex("01 03 02 03 89 79 12")

    assert Expected.read(1, 3, 2).find(reply) == reply


def test_relay_states_of_the_vendor_are_found() -> None:
    reply = bytes.fromhex("01 01 01 05 91 8B")

    assert Expected.read(1, 1, 1).find(reply) == reply


def test_flash_command_of_the_vendor() -> None:
    body = bytes((1, 5)) + CoilWord(dev_id=1, address=0x0201, word=8).encode()

    assert body.hex(" ").upper() == "01 05 02 01 00 08"
    reply = bytes.fromhex("01 05 02 01 00 08 9C 74")
    assert Expected.echo(1, 5, 0x0201, 8).find(reply) == reply


def test_exception_reply_of_the_vendor_is_found() -> None:
    reply = bytes.fromhex("01 85 03 02 91")

    assert Expected.echo(1, 5, 0x0300, 1).find(reply) == reply


def test_the_adapters_echo_of_a_read_is_not_taken_for_its_reply() -> None:
    echo = bytes.fromhex("01 04 00 00 00 0A 70 0D")

    assert READ_METER.find(echo) is None
    assert READ_METER.find(echo + METER) == METER


def test_a_flipped_bit_is_no_reply() -> None:
    for at in range(len(METER)):
        broken = bytearray(METER)
        broken[at] ^= 1
        assert READ_METER.find(bytes(broken)) is None


def test_a_reply_of_another_length_is_not_taken() -> None:
    assert Expected.read(1, 4, 4).find(METER) is None


def test_a_reply_of_another_device_is_not_taken() -> None:
    assert Expected.read(2, 4, 20).find(METER) is None


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_reply_is_found_between_any_noise(before: bytes, after: bytes) -> None:
    assert READ_METER.find(before + METER + after) == METER


@given(st.binary(max_size=300), st.integers(1, 247), st.integers(1, 125))
def test_noise_never_raises_and_only_valid_frames_pass(
    data: bytes, device: int, count: int
) -> None:
    found = Expected.read(device, 4, 2 * count).find(data)

    if found is not None:
        assert found in data
        assert found[0] == device
        assert crc16(found[:-2]) == int.from_bytes(found[-2:], "little")
