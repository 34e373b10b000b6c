"""Which act may be which fact, kind by kind, and what must agree when they are."""

from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

from firmware_sim.ledger.act import ActKind, Record
from firmware_sim.reconcile.align import Span
from firmware_sim.reconcile.records import Fact

NEAR_MS: Final = 3_000
"""Poll period, debounce and threshold times between what a device did and what is reported."""
LATE_MS: Final = 900_000
"""An agent that was down reports at its restart what happened meanwhile."""
EVER_MS: Final = 10**14


class Pass(NamedTuple):
    """One round of pairing: rows with equal keys whose spans are at most `slack` ms apart.

    A `late` round takes what was reported after an outage, with the time of the report: it
    must agree in everything else, lie after the act, and not repeat a fact already paired.
    """

    of_act: Callable[[Record], Hashable]
    of_fact: Callable[[Fact], Hashable]
    slack: int
    late: bool = False


class Rule(NamedTuple):
    """How one kind is compared.

    `passes` run in order on what is still unpaired. `did` and `says` give what must be equal.
    """

    passes: tuple[Pass, ...]
    did: Callable[[Record], tuple[object, ...]]
    says: Callable[[Fact], tuple[object, ...]]
    sentence: str


def span_of_act(record: Record) -> Span:
    """When the device was used."""
    return Span(record.act.began, record.act.ended)


def span_of_fact(fact: Fact) -> Span:
    """When the server says that it was."""
    return Span(fact.at if fact.began is None else fact.began, fact.at)


def _amount_rule(device: str, sentence: str) -> Rule:
    """Charges and draws: same unit, overlapping windows, exactly the same amount."""
    near = Pass(lambda r: r.act.unit, lambda f: f.unit, NEAR_MS)
    return Rule(
        passes=(
            near,
            near._replace(slack=LATE_MS, late=True),
            Pass(lambda _: None, lambda _: None, NEAR_MS),
        ),
        did=lambda r: (r.act.device or device, r.act.unit, r.act.amount),
        says=lambda f: (f.device or "-", f.unit, f.amount),
        sentence=sentence,
    )


_UMBRELLA: Final = Rule(
    passes=(
        Pass(lambda r: r.act.tag, lambda f: f.tag, NEAR_MS * 3),
        Pass(lambda r: r.act.tag, lambda f: f.tag, EVER_MS, late=True),
        Pass(lambda r: r.act.unit, lambda f: f.unit, NEAR_MS * 3),
    ),
    did=lambda r: (r.act.device, r.act.unit, r.act.tag),
    says=lambda f: (f.device, f.unit, f.tag),
    sentence="{0} slot {1} tag {2}",
)

RULES: Final[dict[ActKind, Rule]] = {
    "charge": _amount_rule("charger", "{0} socket {1}, {2} Wh"),
    "draw": _amount_rule("water", "{0} tap {1}, {2} ml"),
    "umbrella_taken": _UMBRELLA,
    "umbrella_returned": _UMBRELLA,
}
CODE_RULE: Final = Rule(
    passes=(Pass(lambda r: r.act.scan, lambda f: f.tag, EVER_MS),),
    did=lambda r: ("code", r.act.scan),
    says=lambda f: (f.word, f.tag),
    sentence="visit by {0}, scan {1}",
)
TAP_RULE: Final = Rule(
    passes=(
        Pass(lambda _: None, lambda _: None, NEAR_MS),
        Pass(lambda _: None, lambda _: None, LATE_MS, late=True),
    ),
    did=lambda _: ("tap",),
    says=lambda f: (f.word,),
    sentence="visit by {0}",
)
