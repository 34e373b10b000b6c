"""What a keeper should do next at the station, most urgent first."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from server.domain import wording
from server.domain.presence import (
    BROKEN,
    SLOT_OCCUPIED,
    SLOT_UNKNOWN,
    delivers,
    hot_water,
)
from server.domain.wording import Mood
from server.storage.read.keeper import DeviceRow, KeeperStation

PORT_FAULT: Final = 3
_URGENCY: Final[Mapping[Mood, int]] = {"no": 0, "wait": 1, "unknown": 2, "yes": 3}


class Advice(NamedTuple):
    """One thing to do."""

    mood: Mood
    text: str
    device: str
    """Device id; empty for the station as a whole."""


def advise(station: KeeperStation, now: int) -> tuple[Advice, ...]:
    """Everything that is wrong at `station`; empty when all is well.

    A station that does not deliver gets one advice only: what its devices said before is no
    reason to send anybody to them.
    """
    if not delivers(link=station.link, last_seen=station.last_seen, now=now):
        text = wording.link_problem(
            link=station.link, since=station.link_at, last_seen=station.last_seen, now=now
        )
        return (Advice("no" if station.link != "never" else "unknown", text, ""),)
    found = [
        *(advice for device in station.devices for advice in _of_device(device, now)),
        *_of_states(station),
    ]
    return tuple(sorted(found, key=lambda advice: (_URGENCY[advice.mood], advice.device)))


def _of_device(device: DeviceRow, now: int) -> tuple[Advice, ...]:
    if device.kind == "water" and device.condition == "unknown":
        return ()  # known through its flow meter and thermometer, which report themselves
    text = wording.device_problem(
        kind=device.kind,
        name=device.name,
        condition=device.condition,
        detail=device.detail,
        lasted=None if device.condition_at is None else now - device.condition_at,
    )
    if text is None:
        return ()
    return (Advice("no" if device.condition in BROKEN else "unknown", text, device.device),)


def _silent(device: DeviceRow, unit: int) -> bool:
    """Whether nothing can be said of a unit, because it or its whole device is broken."""
    if device.condition not in BROKEN:
        return False
    bad = wording.bad_units(device.detail)
    return not bad or unit in bad


def _of_states(station: KeeperStation) -> list[Advice]:
    found = []
    devices = {device.device: device for device in station.devices}
    by_cap: dict[str, list[tuple[int, int, str]]] = {}
    for state in station.states:
        device = devices.get(state.device)
        if device is not None and not _silent(device, state.unit):
            by_cap.setdefault(state.cap, []).append((state.unit, state.value, state.device))
    ports = by_cap.get("port_state", [])
    if faulty := [unit for unit, value, _ in ports if value == PORT_FAULT]:
        found.append(Advice("no", wording.ports_faulty(faulty), ports[0][2]))
    broken = {device.kind for device in station.devices if device.condition in BROKEN}
    if "temperature" not in broken:
        for _, value, device_id in by_cap.get("temp_mc", []):
            if hot_water(value) == "off":
                text = wording.water_cold(round(value / 1000))
                found.append(Advice("no", text, device_id))
    slots = by_cap.get("slot_state", [])
    if unclear := [unit for unit, value, _ in slots if value == SLOT_UNKNOWN]:
        found.append(Advice("wait", wording.slots_unclear(unclear), slots[0][2]))
    elif slots and not any(value == SLOT_OCCUPIED for _, value, _ in slots):
        found.append(Advice("wait", wording.RACK_EMPTY, slots[0][2]))
    return found
