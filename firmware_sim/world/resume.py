"""What the last run left behind, told by the ledgers: hooks, meters, umbrellas in hand. Pure."""

import hashlib
import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from firmware_sim.ledger.act import Act


class Furniture(NamedTuple):
    """State of a station's things: slot to tag, and what each socket's meter shows (Wh)."""

    stock: dict[int, str]
    energy_wh: tuple[int, ...]


def first_furniture(station: str, *, seed: int, slots: int, sockets: int) -> Furniture:
    """A station on its first day: most hooks hold an umbrella, the meters are not new."""
    rng = random.Random(f"{seed}:{station}:furniture")
    filled = sorted(rng.sample(range(1, slots + 1), k=slots - 2))
    stock = {slot: tag_of(station, number) for number, slot in enumerate(filled, 1)}
    return Furniture(stock, tuple(rng.randrange(1_000, 400_000) for _ in range(sockets)))


def tag_of(station: str, number: int) -> str:
    """EPC of a station's umbrella: 24 hex digits, unlike any other station's."""
    owner = hashlib.sha256(station.encode()).hexdigest()[:8].upper()
    return f"E2801160{owner}{number:08X}"


def replay(first: Furniture, acts: Iterable[Act]) -> Furniture:
    """The furniture after these acts of the same station."""
    stock, energy = dict(first.stock), list(first.energy_wh)
    for act in acts:
        if act.kind == "umbrella_taken" and act.unit is not None:
            stock.pop(act.unit, None)
        elif act.kind == "umbrella_returned" and act.unit is not None and act.tag is not None:
            stock[act.unit] = act.tag
        elif act.kind == "charge" and act.unit is not None:
            energy[act.unit - 1] += act.amount or 0
    return Furniture(stock, tuple(energy))


def in_hand(ledgers: Iterable[Sequence[Act]]) -> list[str]:
    """Tags taken somewhere in the county and not brought back anywhere, oldest first."""
    moves = sorted(
        (act for acts in ledgers for act in acts if act.tag is not None),
        key=lambda act: act.ended,
    )
    out: dict[str, None] = {}
    for act in moves:
        if act.tag is None:
            continue
        if act.kind == "umbrella_taken":
            out[act.tag] = None
        else:
            out.pop(act.tag, None)
    return list(out)
