"""Textbook theories of one real scalar field: φ³, φ⁴ and their like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from feyn_nn._core import InvalidInput, Powers
from feyn_nn.actions.action import VertexKind


@dataclass(frozen=True, kw_only=True)
class ScalarAction:
    """S = φ²/2 - Σ_k g_k φ^k / k!, with an undirected propagator.

    Parameters
    ----------
    valences : tuple of int
        The powers k of the interactions, each at least 3.
    """

    valences: tuple[int, ...]
    directed: bool = False
    has_bare_line: bool = True

    def __post_init__(self) -> None:
        valid = [k for k in self.valences if isinstance(k, int) and k >= 3]
        if not self.valences or len(valid) != len(self.valences):
            raise InvalidInput(
                f"powers={self.valences!r}: an action needs φ^k with integers k >= 3, such as powers=(3, 4)"
            )
        object.__setattr__(self, "valences", tuple(sorted(set(self.valences), reverse=True)))

    @property
    def name(self) -> str:
        """How the theory is called in messages."""
        return " + ".join(f"φ^{k}" for k in sorted(self.valences))

    def powers(self, kind: VertexKind) -> Powers:
        """One power of the coupling g_k."""
        return Powers(**{f"g{kind.outgoing}": 1})

    def contents(self, legs: int, loops: int) -> Iterator[tuple[VertexKind, ...]]:
        """Yield the multisets of vertices with Σ(k - 2) = 2(loops - 1) + legs."""
        for valences in self._summing_to(2 * (loops - 1) + legs, self.valences):
            if valences or (legs, loops) == (2, 0):
                yield tuple(VertexKind(k) for k in valences)

    def _summing_to(self, total: int, valences: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if total == 0:
            yield ()
        for i, k in enumerate(valences):
            if k - 2 <= total:
                for rest in self._summing_to(total - k + 2, valences[i:]):
                    yield (k, *rest)


def phi(powers: Iterable[int]) -> ScalarAction:
    """The scalar theory with interactions φ^k for each k in `powers`.

    Raises
    ------
    InvalidInput
        If there is no power, or one below 3.

    Examples
    --------
    >>> phi(powers=(3, 4)).name
    'φ^3 + φ^4'
    """
    if not isinstance(powers, Iterable):
        raise InvalidInput(f"powers={powers!r} is not a list of powers; give for example powers=({powers},)")
    return ScalarAction(valences=tuple(powers))


def phi3() -> ScalarAction:
    """φ³ theory."""
    return phi((3,))


def phi4() -> ScalarAction:
    """φ⁴ theory."""
    return phi((4,))
