"""Pairs two time-ordered rows one to one, so that nothing is paired across what is more alike.

Sequence alignment (Needleman–Wunsch): leaving both of two neighbours unpaired costs more than
pairing them with a different amount, and that costs more than any distance in time. Rows are cut
into clusters whose windows touch, so the cost does not grow with the square of a year.
"""

from collections.abc import Callable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

_SKIP: Final = 10**12
_UNLIKE: Final = 10**9
_FORBIDDEN: Final = 10**15


class Span(NamedTuple):
    """When something was going on, UTC ms, inclusive."""

    began: int
    ended: int

    def distance(self, other: "Span") -> int:
        """Milliseconds between two spans; 0 when they overlap."""
        return max(0, self.began - other.ended, other.began - self.ended)


A = TypeVar("A")
F = TypeVar("F")


class Aligned(NamedTuple, Generic[A, F]):
    """The pairs, and what found no partner."""

    pairs: list[tuple[A, F]]
    acts: list[A]
    facts: list[F]


def align(
    acts: Sequence[A],
    facts: Sequence[F],
    *,
    span_of_act: Callable[[A], Span],
    span_of_fact: Callable[[F], Span],
    alike: Callable[[A, F], bool],
    slack: int,
    late: bool = False,
) -> Aligned[A, F]:
    """Pair `acts` with `facts` in order of time.

    Args:
        acts: any order.
        facts: any order.
        span_of_act: when an act took place.
        span_of_fact: when a fact says that it did.
        alike: whether a pair agrees in everything but time.
        slack: spans further apart than this many ms are never paired.
        late: pair only what is alike, and only with a fact that ends no earlier than the act.
    """
    left = sorted(((span_of_act(act), act) for act in acts), key=lambda item: item[0])
    right = sorted(((span_of_fact(fact), fact) for fact in facts), key=lambda item: item[0])
    result: Aligned[A, F] = Aligned([], [], [])
    i = j = 0
    while i < len(left) or j < len(right):
        i_end, j_end = _cluster(left, right, i, j, slack)
        _solve(left[i:i_end], right[j:j_end], _Price(alike, slack, late), result)
        i, j = i_end, j_end
    return result


def _cluster(
    left: Sequence[tuple[Span, A]], right: Sequence[tuple[Span, F]], i: int, j: int, slack: int
) -> tuple[int, int]:
    """Ends of the next group that lies more than `slack` from what follows."""
    firsts = [row[at][0] for row, at in ((left, i), (right, j)) if at < len(row)]
    reach = min(firsts).began + slack
    while True:
        if i < len(left) and left[i][0].began <= reach:
            reach = max(reach, left[i][0].ended + slack)
            i += 1
        elif j < len(right) and right[j][0].began <= reach:
            reach = max(reach, right[j][0].ended + slack)
            j += 1
        else:
            return i, j


class _Price(NamedTuple, Generic[A, F]):
    """What pairing one act with one fact costs."""

    alike: Callable[[A, F], bool]
    slack: int
    late: bool

    def of(self, left: tuple[Span, A], right: tuple[Span, F]) -> int:
        distance = left[0].distance(right[0])
        apart = right[0].ended - left[0].ended
        alike = self.alike(left[1], right[1])
        if distance > self.slack or (self.late and (apart < 0 or not alike)):
            return _FORBIDDEN
        return min(distance + abs(apart), _UNLIKE - 1) + (0 if alike else _UNLIKE)


def _solve(
    left: Sequence[tuple[Span, A]],
    right: Sequence[tuple[Span, F]],
    price: _Price[A, F],
    into: Aligned[A, F],
) -> None:
    n, m = len(left), len(right)
    if n == 0 or m == 0:
        into.acts.extend(act for _, act in left)
        into.facts.extend(fact for _, fact in right)
        return

    prices = [[price.of(act, fact) for fact in right] for act in left]
    best = [[0] * (m + 1) for _ in range(n + 1)]
    for i in range(n, -1, -1):
        for j in range(m, -1, -1):
            if i == n or j == m:
                best[i][j] = (n - i + m - j) * _SKIP
                continue
            best[i][j] = min(
                best[i + 1][j] + _SKIP, best[i][j + 1] + _SKIP, best[i + 1][j + 1] + prices[i][j]
            )
    i = j = 0
    while i < n and j < m:
        if best[i][j] == best[i + 1][j + 1] + prices[i][j]:
            into.pairs.append((left[i][1], right[j][1]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j] + _SKIP:
            into.acts.append(left[i][1])
            i += 1
        else:
            into.facts.append(right[j][1])
            j += 1
    into.acts.extend(act for _, act in left[i:])
    into.facts.extend(fact for _, fact in right[j:])
