"""Diagrams of attention at small coupling: query, key and value propagators with exact rational weights.

Each attention weight is a series in the coupling whose vertices are scores s = q·k/√d_k; queries and keys are Gaussian,
so a product of n scores is a sum over pairings of its queries and pairings of its keys. Every closed cycle of
alternating Q and K lines sums over the key channels, so a pair of pairings carries d_k^{cycles - n/2}.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from itertools import count
from math import prod
from typing import Any, TypeAlias

from feyn_nn._core import Powers, pairings
from feyn_nn.diagrams.head_diagram import Segment, connected, ring_closures
from feyn_nn.rules.softmax_series import SoftmaxTerm, softmax_terms

Row: TypeAlias = Any  # a label (input, token)
Lines: TypeAlias = tuple[tuple[Any, Any], ...]


@dataclass(frozen=True, kw_only=True)
class CouplingTerm:
    """weight · β^coupling · powers · Π Σ_Q · ⟨Π Σ̄_K Π Σ_V⟩, ⟨…⟩ the mean of every index over its tokens.

    Parameters
    ----------
    weight : Fraction
    coupling : int
        The power of β.
    powers : Powers
        Of 1/heads, 1/value_dim and 1/key_dim.
    queries : tuple of (row, row)
        Lines Σ_Q between rows.
    keys, values : tuples of (index, index)
        Lines Σ̄_K, centred over the tokens of each index, and Σ_V.
    sets : tuple
        For each index, whose tokens it runs over.
    """

    weight: Fraction
    coupling: int
    powers: Powers
    queries: Lines
    keys: Lines
    values: Lines
    sets: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class _Score:
    """One score in a softmax vertex: its row, the index of its key, and the value ring it belongs to."""

    row: Row
    index: int
    ring: int


def coupling_terms(
    pairs: Sequence[tuple[Row, Row]], order: int, tokens_of: Callable[[Row], Any]
) -> tuple[CouplingTerm, ...]:
    """Every term of κ_k(Ĝ_p1, …)/output_variance^k through β^order; for k = 1 the mean, β^0 included.

    Parameters
    ----------
    pairs : sequence of pairs of rows
    order : int
    tokens_of : callable
        From a row to a name of the set of tokens that it reads; rows that read the same tokens share it.
    """
    found: Counter[tuple[Any, ...]] = Counter()
    for rings in ring_closures(len(pairs)):
        for n in range(0, order + 1, 2):
            for key, weight in _wick(pairs, rings, n, tokens_of):
                found[key] += weight  # type: ignore[assignment]  # Fractions add up in a Counter
    terms = [
        CouplingTerm(
            weight=Fraction(weight), coupling=n, powers=powers, queries=q, keys=k, values=v, sets=sets
        )
        for (n, powers, q, k, v, sets), weight in found.items()
        if weight
    ]
    return tuple(sorted(terms, key=lambda t: (t.coupling, t.powers["key_dim"], t.powers["value_dim"])))


def count_contractions(metrics: int, order: int) -> int:
    """How many contractions :func:`coupling_terms` goes through, before those that are equal are added up.

    Examples
    --------
    >>> [count_contractions(metrics=2, order=n) for n in (0, 2, 4)]
    [3, 45, 2880]
    """
    kinds = [len(softmax_terms(n)) for n in range(order + 1)]
    shares = [1] + [0] * order
    for _ in range(2 * metrics):
        shares = [sum(shares[i] * kinds[n - i] for i in range(n + 1)) for n in range(order + 1)]
    closures = prod(range(1, 2 * metrics, 2))
    return closures * sum(shares[n] * prod(range(1, n, 2)) ** 2 for n in range(0, order + 1, 2))


def _wick(
    pairs: Sequence[tuple[Row, Row]],
    rings: Sequence[Sequence[Segment]],
    n: int,
    tokens_of: Callable[[Row], Any],
) -> Iterator[tuple[tuple[Any, ...], Fraction]]:
    """Contractions of all vertices of order β^n in total that connect the rings."""
    ends = [(end, ring) for ring, segments in enumerate(rings) for segment in segments for end in segment]
    rows = [(pairs[leg][side], ring) for (leg, side), ring in ends]
    values = tuple((2 * i, 2 * i + 1) for i in range(len(ends) // 2))
    legs = len(pairs)
    for vertices in _shares(n, len(rows)):
        scores, sets = _scores(rows, vertices, tokens_of)
        weight = prod((vertex.weight for vertex in vertices), start=Fraction(1))
        for queries, keys, cycles in _contractions(n):
            if connected([(r,) for r in range(len(rings))], [[scores[i].ring for i in c] for c in cycles]):
                powers = Powers(heads=legs - 1, value_dim=legs - len(rings), key_dim=n // 2 - len(cycles))
                q = tuple(sorted(tuple(sorted((scores[i].row, scores[j].row))) for i, j in queries))
                k = tuple(sorted(tuple(sorted((scores[i].index, scores[j].index))) for i, j in keys))
                yield (n, powers, q, *_relabelled(k, values, sets)), weight


def _shares(total: int, factors: int) -> Iterator[tuple[SoftmaxTerm, ...]]:
    """Every choice of one softmax term for each factor with the given total order."""
    if factors == 0:
        if total == 0:
            yield ()
        return
    for own in range(total + 1):
        for term in softmax_terms(own):
            for rest in _shares(total - own, factors - 1):
                yield (term, *rest)


def _scores(
    rows: Sequence[tuple[Row, int]], vertices: Sequence[SoftmaxTerm], tokens_of: Callable[[Row], Any]
) -> tuple[list[_Score], tuple[Any, ...]]:
    """The scores of all vertices, and the sets of all indices: first one for each end, then those of the means."""
    sets = [tokens_of(row) for row, _ in rows]
    scores, fresh = [], count(len(rows))
    for end, ((row, ring), vertex) in enumerate(zip(rows, vertices, strict=True)):
        scores += [_Score(row=row, index=end, ring=ring)] * vertex.own
        for size in vertex.means:
            scores += [_Score(row=row, index=next(fresh), ring=ring)] * size
            sets.append(tokens_of(row))
    return scores, tuple(sets)


@cache
def _contractions(n: int) -> tuple[tuple[Lines, Lines, tuple[tuple[int, ...], ...]], ...]:
    """Pairings of n queries and of n keys, with the cycles that they close."""
    return tuple(
        (queries, keys, _cycles(n, (*queries, *keys)))
        for queries in pairings(range(n))
        for keys in pairings(range(n))
    )


def _cycles(n: int, lines: Lines) -> tuple[tuple[int, ...], ...]:
    """Scores that are joined by query and key lines, cycle by cycle."""
    owner = list(range(n))
    for i, j in lines:
        old, new = owner[j], owner[i]
        owner = [new if own == old else own for own in owner]
    return tuple(tuple(i for i in range(n) if owner[i] == own) for own in dict.fromkeys(owner))


@lru_cache(maxsize=1 << 16)
def _relabelled(keys: Lines, values: Lines, sets: tuple[Any, ...]) -> tuple[Any, ...]:
    """Key and value lines with indices named by their surroundings, so that most equal terms look equal."""
    colour: list[Any] = [(str(own),) for own in sets]
    for _ in range(3):
        around: list[list[Any]] = [[] for _ in sets]
        for kind, lines in (("K", keys), ("V", values)):
            for i, j in lines:
                around[i].append((kind, colour[j]))
                around[j].append((kind, colour[i]))
        rank = {c: r for r, c in enumerate(sorted({(colour[i], *sorted(a)) for i, a in enumerate(around)}))}
        colour = [(str(sets[i]), rank[(colour[i], *sorted(around[i]))]) for i in range(len(sets))]
    order = sorted(range(len(sets)), key=lambda i: colour[i])
    place = {index: new for new, index in enumerate(order)}

    def renamed(lines: Sequence[tuple[int, int]]) -> Lines:
        return tuple(sorted((min(place[i], place[j]), max(place[i], place[j])) for i, j in lines))

    return renamed(keys), renamed(values), tuple(sets[i] for i in order)
