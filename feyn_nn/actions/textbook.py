"""Textbook theories: φ³, φ⁴, O(N), Yukawa, and the metric theory of a wide shallow network."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from feyn_nn._core import InvalidInput, Powers
from feyn_nn.actions.family import VertexFamily
from feyn_nn.actions.field import Field
from feyn_nn.actions.field_theory import FieldTheory
from feyn_nn.actions.vertex import MOST_LINES, Vertex

_MOST_POWER = 2 * MOST_LINES  # every line a self-loop


def phi(powers: Iterable[int]) -> FieldTheory:
    """The scalar theory S = φ²/2 - Σ_k g_k φ^k / k!, for each k in `powers`.

    Raises
    ------
    InvalidInput
        If there is no power, or one below 3 or too large for any diagram.

    Examples
    --------
    >>> phi(powers=(3, 4)).name
    'φ^3 + φ^4'
    """
    return FieldTheory(fields=(Field(name="φ"),), vertices=_interactions(_powers(powers)))


def phi3() -> FieldTheory:
    """φ³ theory.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> fnn.count_diagrams(phi3(), legs=4, loops=0).number
    3
    """
    return phi((3,))


def phi4() -> FieldTheory:
    """φ⁴ theory.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> fnn.count_diagrams(phi4(), legs=4, loops=1).number
    7
    """
    return phi((4,))


def o_n(powers: Iterable[int] = (4,)) -> FieldTheory:
    """The O(N) theory S = φ·φ/2 - Σ_k g_k (φ·φ)^{k/2} / k! of N real fields, for each even k in `powers`.

    A diagram is one of φ^k theory; its :meth:`~feyn_nn.diagrams.Diagram.index_polynomial` is the exact sum over
    the ways of the index through it, one for N = 1. The coupling λ of -λ (φ·φ)²/8 is g_4 = -3 λ.

    Raises
    ------
    InvalidInput
        If there is no power, or one that is odd, below 4 or too large for any diagram.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (figure_eight,) = fnn.generate(fnn.actions.o_n(), legs=0, loops=2)
    >>> print(figure_eight.index_polynomial())
    1/3 N² + 2/3 N
    """
    valences = _powers(powers)
    if any(k % 2 for k in valences):
        raise InvalidInput(f"powers={valences}: (φ·φ)^(k/2) needs even k, such as powers=(4, 6)")
    name = "O(N) theory with " + " + ".join(f"φ^{k}" for k in sorted(valences))
    return FieldTheory(name=name, fields=(Field(name="φ", index="N"),), vertices=_interactions(valences))


def yukawa(*, flavours: str | None = None, fermionic: bool = True) -> FieldTheory:
    """A charged field ψ, with directed lines, that couples to a real field φ: S_int = -g ψ̄ψφ.

    Parameters
    ----------
    flavours : str, optional
        The number of flavours of ψ, such as ``"N"``: a factor of each closed loop of ψ.
    fermionic : bool
        Whether each closed loop of ψ carries a factor -1. Both appear in
        :meth:`~feyn_nn.diagrams.Diagram.index_polynomial`, not in the symmetry factor.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (bubble,) = (d for d in fnn.generate(yukawa(), legs=["φ", "φ"], loops=1) if len(set(d.lines)) == 4)
    >>> bubble.symmetry_factor, bubble.index_polynomial()
    (Fraction(1, 1), Polynomial(-1))
    """
    return FieldTheory(
        name="Yukawa theory",
        fields=(Field(name="φ"), Field(name="ψ", conjugate="ψ̄", index=flavours, fermionic=fermionic)),
        vertices=(Vertex(name="ψ̄ψφ", legs=("φ", "ψ", "ψ̄"), powers=Powers(g=1)),),
    )


def metric_theory(plate: str = "width") -> VertexFamily:
    """The theory of a field φ = n^{-1/2} Σ h over n independent units: a vertex with n^{1-k} for every even 2k >= 4.

    κ_2k(φ) = n^{1-k} κ_2k(h) (docs/conventions.md). Infinitely many vertices; finitely many in each order of loops.

    Raises
    ------
    InvalidInput
        If `plate` cannot name a small parameter.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> [d.powers for d in fnn.generate(metric_theory(), legs=4, loops=0)]
    [Powers(width=1)]
    """
    return VertexFamily(name=f"the metric theory with 1/{plate}", plate=plate)


def _interactions(valences: tuple[int, ...]) -> tuple[Vertex, ...]:
    return tuple(Vertex(legs=("φ",) * k, powers=Powers(**{f"g{k}": 1})) for k in valences)


def _powers(powers: Any) -> tuple[int, ...]:
    if not isinstance(powers, Iterable):
        raise InvalidInput(f"powers={powers!r} is not a list of powers; give for example powers=({powers},)")
    given = tuple(islice(powers, _MOST_POWER))
    if not given or not all(hasattr(k, "__index__") and 3 <= k <= _MOST_POWER for k in given):
        raise InvalidInput(
            f"powers={given!r}: an action needs φ^k with integers k from 3 to {_MOST_POWER}, such as powers=(3, 4)"
        )
    return tuple(sorted({int(k) for k in given}, reverse=True))
