"""The vertices of one input as functions of its kernel: Chebyshev series on octaves of K, made where K goes.

A trajectory visits few octaves however many layers it has, so a hundred thousand layers cost a few hundred
Gaussian integrals. Each vertex is analytic in K > 0 and is singular at most at K = 0, one octave's length away: its
series on [2^j, 2^{j+1}] falls like 5.8^{-n} or faster.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import frexp
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.actions import VertexKind
from feyn_nn.flow.jumps import require_slopes
from feyn_nn.kernels.expectations import ExpectationPlan
from feyn_nn.kernels.recursion import kinds_needed
from feyn_nn.kernels.tables import VertexPlan, vertex_plan
from feyn_nn.networks import Activation
from feyn_nn.rules import Factor

Array: TypeAlias = NDArray[np.float64]

DEGREES, TAIL = (24, 48, 96), 2e-13
"""What a panel is made of where every digit counts."""

SMALLEST, LARGEST = 1e-40, 1e40
"""Kernels between these leave room for K⁶, which the moments behind κ_4 hold."""

_KERNEL = VertexKind(1, 0)
_PERPENDICULAR = (Factor(0, 1, 1), Factor(1, 1, 1))


class Panel(NamedTuple):
    """One octave of K.

    Parameters
    ----------
    coefficients : array (most, components)
        Of the Chebyshev polynomials, zero beyond those in use.
    degree : int
        How many are in use.
    error : float
        The last coefficients, relative to the largest value of each component.
    """

    coefficients: Array
    degree: int
    error: float


@dataclass(frozen=True, kw_only=True, eq=False)
class VertexCurve:
    """V_{k,m}(K) / C_W^k of one input, and ⟨σ'σ'⟩, as functions of K; made by :func:`vertex_curve`.

    Parameters
    ----------
    activation : Activation
    order : int
        Vertices enough for all cumulants through 1/n^order.
    degrees : tuple of int
        How many coefficients a panel tries; the last is the length that all are padded to.
    tail : float
        What the last coefficients may be, relative to the largest value.
    panels : dict of int to Panel
        What has been made, by octave.
    """

    activation: Activation
    order: int
    degrees: tuple[int, ...] = DEGREES
    tail: float = TAIL
    panels: dict[int, Panel] = field(default_factory=dict)

    @cached_property
    def kinds(self) -> tuple[VertexKind, ...]:
        """The vertices, in the order of the components; V_{1,0} is ⟨σ²⟩, and ⟨σ'σ'⟩ follows behind the last."""
        return tuple(sorted(kinds_needed(1, self.order) | {_KERNEL}))

    @cached_property
    def _plans(self) -> tuple[VertexPlan, ExpectationPlan]:
        kinds = kinds_needed(1, self.order)
        return vertex_plan(self.activation, 1, kinds), ExpectationPlan(self.activation, [_PERPENDICULAR])

    def direct(self, kernel: float) -> Array:
        """All components at one K by quadrature, shape (components,)."""
        plan, perpendicular = self._plans
        with np.errstate(over="ignore", invalid="ignore"):
            own = plan.polynomials(plan.expectations.evaluate([[kernel]]).values)[: len(self.kinds)]
            values = np.append(own, perpendicular.evaluate(np.full((2, 2), kernel)).values)
        if not np.isfinite(values).all():
            raise InvalidInput(
                f"a vertex of {self.activation.name!r} overflows at K = {kernel:.3g}; give a smaller kernel"
            )
        return values

    def panel(self, octave: int) -> Panel:
        """The series on [2^octave, 2^{octave+1}], made when first asked for.

        Raises
        ------
        InvalidInput
            If an expectation does not exist or overflows there.
        """
        if octave not in self.panels:
            self.panels[octave] = self._made(octave)
        return self.panels[octave]

    def _made(self, octave: int) -> Panel:
        for degree in self.degrees:
            nodes = np.cos(np.pi * (np.arange(degree) + 0.5) / degree)
            values = np.array([self.direct(2.0**octave * (1.5 + 0.5 * t)) for t in nodes])
            waves = np.cos(np.pi * np.outer(np.arange(degree), np.arange(degree) + 0.5) / degree)
            series = waves @ values * (2.0 / degree)
            series[0] /= 2.0
            sizes = np.abs(values).max(axis=0)
            error = float(np.max(np.abs(series[-3:]) / np.where(sizes > 0.0, sizes, 1.0)))
            if error < self.tail:
                break
        padded = np.zeros((self.degrees[-1], series.shape[1]))
        padded[:degree] = series
        return Panel(padded, degree, error)

    def at(self, kernels: Array, components: int | None = None) -> Array:
        """The first so many components, by default all, at some K > 0: shape (kernels, components)."""
        flat = np.ravel(kernels)
        octaves = octaves_of(flat)
        values = np.empty((flat.size, len(self.kinds) + 1 if components is None else components))
        for octave in np.unique(octaves).tolist():
            here = octaves == octave
            panel = self.panel(octave)
            t = 2.0 * flat[here] / 2.0**octave - 3.0
            series = panel.coefficients[: panel.degree, :components]
            values[here] = chebyshev.chebval(t, series).T
        return values

    def component(self, kind: VertexKind) -> int:
        """Where a vertex stands among the components."""
        return self.kinds.index(kind)


def octaves_of(kernels: Array) -> NDArray[np.int64]:
    """The octave of each K, j with 2^j <= K < 2^{j+1}."""
    return np.frexp(kernels)[1].astype(np.int64) - 1


def octave_of(kernel: float) -> int:
    """The octave of K, j with 2^j <= K < 2^{j+1}."""
    return frexp(kernel)[1] - 1


@lru_cache(maxsize=64)
def vertex_curve(
    activation: Activation, order: int = 3, degrees: tuple[int, ...] = DEGREES, tail: float = TAIL
) -> VertexCurve:
    """The curve of an activation; kept, with all panels that have been made.

    Raises
    ------
    InvalidInput
        If the activation jumps.

    Examples
    --------
    >>> from feyn_nn.networks import activation
    >>> curve = vertex_curve(activation("relu"))
    >>> curve.at(np.array([0.7]))[0, curve.component(VertexKind(2, 0))].round(9).tolist()
    0.6125
    """
    require_slopes(activation)
    return VertexCurve(activation=activation, order=order, degrees=degrees, tail=tail)
