"""Observables: joint cumulants of the stochastic metric and of the field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from feyn_nn._core.combinatorics import pairings
from feyn_nn._core.errors import InvalidInput
from feyn_nn._core.labels import FieldLeg, Label, Pair, as_legs, as_pair, as_pairs, pair_name
from feyn_nn._core.text import subscript


@dataclass(frozen=True, init=False)
class MetricObservable:
    """The joint cumulant κ_k(Ĝ_p1, …, Ĝ_pk) of the metric of the last layer; for k = 1 the mean E[Ĝ_p1].

    A cumulant is symmetric, so the pairs are kept sorted: two observables that differ in the order of their
    pairs are equal.

    Parameters
    ----------
    pairs : sequence of (int, int)
        Unordered pairs of input labels, p1 … pk.

    Raises
    ------
    InvalidInput
        If there is no pair, or one is not two integers >= 0.

    Examples
    --------
    >>> MetricObservable([(1, 1), (0, 0)]).name
    'κ₂(Ĝ₀₀, Ĝ₁₁)'
    """

    pairs: tuple[Pair, ...]

    def __init__(self, pairs: Iterable[Iterable[int]]) -> None:
        object.__setattr__(self, "pairs", tuple(sorted(as_pairs(pairs))))

    @property
    def order(self) -> int:
        """The number of metrics, k."""
        return len(self.pairs)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The input labels that appear, sorted, each once."""
        return tuple(sorted({label for pair in self.pairs for label in pair}))

    @property
    def name(self) -> str:
        """How it is printed: ``κ₂(Ĝ₀₀, Ĝ₁₁)``."""
        return _name("Ĝ", self.pairs)

    @property
    def key(self) -> str:
        """The name in plain ASCII: ``kappa(G00,G11)``."""
        return _key("G", self.pairs)

    @property
    def latex(self) -> str:
        r"""The name in LaTeX: ``\kappa_{2}(\hat G_{00}, \hat G_{11})``."""
        return _latex(r"\hat G", self.pairs)

    def parts(self) -> tuple[MetricObservable, ...]:
        """The single metrics whose joint cumulant this is."""
        return tuple(MetricObservable((pair,)) for pair in self.pairs)


@dataclass(frozen=True, init=False)
class FieldObservable:
    """The joint cumulant κ(z_i1α1, …, z_imαm) of the field of the last layer: a connected m-point function.

    A cumulant is symmetric, so the legs are kept sorted.

    Parameters
    ----------
    legs : sequence of (int, int)
        Field legs (neuron i, input label α).

    Raises
    ------
    InvalidInput
        If there is no leg, or one is not two integers >= 0.

    Examples
    --------
    >>> FieldObservable([(0, 0), (0, 0), (1, 1), (1, 1)]).pairings()
    [((0, 0), (1, 1))]
    """

    legs: tuple[FieldLeg, ...]

    def __init__(self, legs: Iterable[Iterable[int]]) -> None:
        object.__setattr__(self, "legs", tuple(sorted(as_legs(legs))))

    @property
    def order(self) -> int:
        """The number of legs, m."""
        return len(self.legs)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The input labels that appear, sorted, each once."""
        return tuple(sorted({label for _, label in self.legs}))

    @property
    def neurons(self) -> tuple[int, ...]:
        """The neurons that appear, sorted, each once."""
        return tuple(sorted({neuron for neuron, _ in self.legs}))

    @property
    def name(self) -> str:
        """How it is printed, neuron before input: ``κ₄(z₀₀, z₀₀, z₁₁, z₁₁)``."""
        return _name("z", self.legs)

    @property
    def key(self) -> str:
        """The name in plain ASCII: ``kappa(z00,z00,z11,z11)``."""
        return _key("z", self.legs)

    @property
    def latex(self) -> str:
        r"""The name in LaTeX: ``\kappa_{2}(z_{00}, z_{01})``."""
        return _latex("z", self.legs)

    def parts(self) -> tuple[FieldObservable, ...]:
        """The single legs whose joint cumulant this is."""
        return tuple(FieldObservable((leg,)) for leg in self.legs)

    def pairings(self) -> list[tuple[Pair, ...]]:
        """The pairs of input labels of every pairing of the legs that joins equal neurons only.

        Neurons of the last layer are independent given its metric, so
        ``κ(legs) = Σ κ_k(Ĝ_p1, …, Ĝ_pk)`` over these pairings; pairings that give the same pairs are
        repeated. Empty for an odd number of legs, and where a neuron appears an odd number of times.
        """
        return [
            tuple(sorted(as_pair((a[1], b[1])) for a, b in pairing))
            for pairing in pairings(self.legs)
            if all(a[0] == b[0] for a, b in pairing)
        ]


Observable: TypeAlias = MetricObservable | FieldObservable
Kind = TypeVar("Kind", MetricObservable, FieldObservable)


def metric_observables(pairs: Any) -> tuple[MetricObservable, ...]:
    """Read ``pairs=``: one observable (a list of pairs) or several (a list of lists of pairs).

    Raises
    ------
    InvalidInput
        If it is neither, or empty.

    Examples
    --------
    >>> [o.name for o in metric_observables([[(0, 0)], [(0, 1), (0, 1)]])]
    ['κ₁(Ĝ₀₀)', 'κ₂(Ĝ₀₁, Ĝ₀₁)']
    """
    return _several(pairs, MetricObservable)


def field_observables(legs: Any) -> tuple[FieldObservable, ...]:
    """Read ``legs=``: one observable (a list of legs) or several (a list of lists of legs).

    Raises
    ------
    InvalidInput
        If it is neither, or empty.
    """
    return _several(legs, FieldObservable)


def out_of_range(observable: Observable, n_inputs: int) -> InvalidInput | None:
    """The error to raise if `observable` names an input beyond the `n_inputs` there are, else None."""
    label = max(observable.labels)
    if label < n_inputs:
        return None
    known = "label 0, the only one" if n_inputs == 1 else f"labels 0 to {n_inputs - 1}"
    return InvalidInput(f"input label {label} of {observable.name} is out of range; give {known}")


def _several(given: Any, kind: type[Kind]) -> tuple[Kind, ...]:
    if isinstance(given, kind):
        return (given,)
    if not _is_list(given):
        return (kind(given),)
    entries = [list(entry) if _is_iterator(entry) else entry for entry in given]
    if entries and all(isinstance(entry, kind) or _is_list_of_lists(entry) for entry in entries):
        return tuple(entry if isinstance(entry, kind) else kind(entry) for entry in entries)
    return (kind(entries),)


def _is_list(entry: Any) -> bool:
    return isinstance(entry, Iterable) and not isinstance(entry, (str, bytes))


def _is_iterator(entry: Any) -> bool:
    """Whether reading an entry uses it up."""
    return isinstance(entry, Iterator)


def _is_list_of_lists(entry: Any) -> bool:
    """Whether an entry is an observable of its own, not one pair or leg of a single one."""
    return _is_list(entry) and bool(parts := list(entry)) and all(map(_is_list, parts))


def _name(symbol: str, parts: tuple[tuple[int, int], ...]) -> str:
    names = (f"{symbol}{subscript(pair_name(part))}" for part in parts)
    return f"κ{subscript(len(parts))}({', '.join(names)})"


def _key(symbol: str, parts: tuple[tuple[int, int], ...]) -> str:
    return f"kappa({','.join(symbol + pair_name(part).replace(',', '_') for part in parts)})"


def _latex(symbol: str, parts: tuple[tuple[int, int], ...]) -> str:
    names = ", ".join(f"{symbol}_{{{pair_name(part)}}}" for part in parts)
    return rf"\kappa_{{{len(parts)}}}({names})"
