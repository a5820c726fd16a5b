"""Cumulants as closed expressions in depth, where every layer is alike: the sum of all diagrams at once.

For one input, vertices v_{k,m} and a slope χ = v_{1,1} that are the same at each layer, a cumulant obeys

    f_{p,k}(ℓ + 1) = χ^p f_{p,k}(ℓ) + s_{p,k}(ℓ),        f_{p,k}(1) = 0,

and the source s holds only cumulants with fewer powers of 1/n, or as many and a higher rank: it is a sum of
polynomials in ℓ times powers of χ^ℓ, hence so is f, and both are found exactly. No diagram is drawn. Given Δ at
layer ℓ, the next one has the cumulants n^{1-k} Σ_m v_{k,m} Δ^m / m!, and s is what their moments give, averaged over Δ.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import comb, factorial
from typing import Any

import sympy

from feyn_nn._core import InvalidInput
from feyn_nn.actions import VertexKind
from feyn_nn.networks.checks import integer
from feyn_nn.rules.layer_sums import Vertices, as_exact, vertex_value
from feyn_nn.rules.size_arguments import as_depth, as_width

_SLOPE = VertexKind(1, 1)


class DepthLaw:
    """All cumulants of a network of equal layers as functions of depth, each found when it is first asked for.

    Parameters
    ----------
    slope : number or symbol
        χ, not zero.
    vertices : callable
        VertexKind -> v_{k,m} without n^{1-k}, for all but (1, 0) and (1, 1).
    powers : int
        The most powers of 1/n that will be asked for.
    """

    def __init__(self, *, slope: Any, vertices: Any, powers: int) -> None:
        self._names = _Names()
        chi = self._names.exact(slope)
        kinds = [VertexKind(k, m) for k in range(1, powers + 2) for m in range(2 * powers + 1)]
        values = {
            kind: self._names.exact(vertices(kind)) for kind in kinds if sum(kind) > 2 or kind.outgoing > 1
        }
        self._field = sympy.QQ if chi.is_Rational else sympy.QQ.frac_field(chi)
        self._chi = self._field.from_sympy(chi)
        symbols = [value for value in values.values() if value.is_Symbol]
        self._ring, self._ell, self._x, *_ = sympy.ring(
            [*sympy.symbols("ell x", cls=sympy.Dummy), *symbols], self._field
        )  # x = χ^ℓ
        self._vertex = {kind: self._ring.from_expr(value) for kind, value in values.items()}
        self._vertex[_SLOPE] = self._ring.ground_new(self._chi)
        self._known: dict[tuple[int, int], Any] = {(1, 0): self._ring.zero}

    def at(self, rank: int, loops: int, depth: Any) -> sympy.Expr:
        """The coefficient of n^{-(rank-1+loops)} in κ_rank at layer `depth`."""
        chi, layer = self._field.to_sympy(self._chi), sympy.sympify(depth)
        terms = (
            value.as_expr() * layer**i * chi ** (c * layer)
            for (i, c), value in self._by_depth(self.cumulant(rank, loops)).items()
        )
        return self._names.restored(sympy.Add(*terms))

    def _by_depth(self, polynomial: Any) -> dict[tuple[int, int], Any]:
        """The coefficients of ℓ^i x^c, polynomials in the vertices."""
        found: dict[tuple[int, int], Any] = {}
        for (i, c, *vertices), value in polynomial.terms():
            term = self._ring({(0, 0, *vertices): value})
            found[i, c] = found.get((i, c), self._ring.zero) + term
        return found

    def cumulant(self, rank: int, loops: int) -> Any:
        """f_{rank,loops} as a polynomial in ℓ and x = χ^ℓ."""
        if (rank, loops) not in self._known:
            self._known[rank, loops] = self._solved(rank, self._source(rank, loops))
        return self._known[rank, loops]

    def _source(self, rank: int, loops: int) -> Any:
        """s_{rank,loops}: κ_rank of the next layer with its own f left out."""
        order = rank - 1 + loops
        moments = self._moments(rank, loops)
        means = [self._mean(series, moments, order) for series in self._growth(rank, order)]
        cumulants: list[list[Any]] = [[self._ring.zero] * (order + 1)]
        for j in range(1, rank + 1):
            total = [value * factorial(j) for value in means[j]]
            for q in range(1, j):
                product = self._times(cumulants[q], [v * factorial(j - q) for v in means[j - q]], order)
                total = [a - comb(j - 1, q - 1) * b for a, b in zip(total, product, strict=True)]
            cumulants.append(total)
        return cumulants[rank][order]

    def _moments(self, rank: int, loops: int) -> list[list[Any]]:
        """⟨Δ^m⟩ as series in 1/n, from the cumulants that come before (rank, loops)."""
        order = rank - 1 + loops
        size = 2 * order
        cumulants = [[self._ring.zero] * (order + 1) for _ in range(size + 1)]
        for q in range(1, size + 1):
            for power in range(max(q - 1, 1), order + 1):
                if (power, -q) < (order, -rank):
                    cumulants[q][power] = self.cumulant(q, power - q + 1)
        moments = [[self._ring.one] + [self._ring.zero] * order]
        for m in range(1, size + 1):
            total = [self._ring.zero] * (order + 1)
            for q in range(1, m + 1):
                product = self._times(cumulants[q], moments[m - q], order)
                total = [a + comb(m - 1, q - 1) * b for a, b in zip(total, product, strict=True)]
            moments.append(total)
        return moments

    def _growth(self, rank: int, order: int) -> list[dict[tuple[int, int], Any]]:
        """The coefficients of t^0 … t^rank in exp(Σ_k t^k/k! n^{1-k} κ_k(Δ)), each {(power of 1/n, m): …} for Δ^m."""
        zero = self._ring.zero
        logs = [
            {
                (k - 1, m): self._vertex[VertexKind(k, m)] * sympy.QQ(1, factorial(k) * factorial(m))
                for m in range(2 * order + 1)
                if (k, m) != (1, 0)
            }
            for k in range(1, rank + 1)
        ]
        series: list[dict[tuple[int, int], Any]] = [{(0, 0): self._ring.one}]
        for j in range(1, rank + 1):
            total: dict[tuple[int, int], Any] = {}
            for k in range(1, j + 1):
                for (a, m), first in logs[k - 1].items():
                    for (b, q), second in series[j - k].items():
                        if 2 * (a + b) + m + q <= 2 * order:
                            total[a + b, m + q] = total.get((a + b, m + q), zero) + first * second * sympy.QQ(
                                k, j
                            )
            series.append(total)
        return series

    def _mean(self, series: Mapping[tuple[int, int], Any], moments: list[list[Any]], order: int) -> list[Any]:
        total = [self._ring.zero] * (order + 1)
        for (a, m), value in series.items():
            for power in range(order + 1 - a):
                total[a + power] += moments[m][power] * value
        return total

    def _times(self, first: list[Any], second: list[Any], order: int) -> list[Any]:
        total = [self._ring.zero] * (order + 1)
        for i, a in enumerate(first):
            if a:
                for j, b in enumerate(second[: order + 1 - i]):
                    total[i + j] += a * b
        return total

    def _solved(self, rank: int, source: Any) -> Any:
        """Solve f(ℓ + 1) = χ^rank f(ℓ) + source(ℓ) with f(1) = 0."""
        parts: dict[int, dict[int, Any]] = {}
        for (i, c), value in self._by_depth(source).items():
            parts.setdefault(c, {})[i] = value
        rate, found = self._chi**rank, self._ring.zero
        for c, coefficients in parts.items():
            found += self._particular(rate, self._chi**c, coefficients) * self._x**c
        at_one = sum(
            (value * self._chi**c for (_, c), value in self._by_depth(found).items()), start=self._ring.zero
        )
        flat = self._chi == self._field.one
        return found - at_one * (self._field.one / rate) * (1 if flat else self._x**rank)

    def _particular(self, rate: Any, base: Any, source: dict[int, Any]) -> Any:
        """Solve base · g(ℓ + 1) - rate · g(ℓ) = source(ℓ), from the highest power of ℓ down."""
        resonant = base == rate
        shift, zero = int(resonant), self._ring.zero
        found: dict[int, Any] = {}
        for j in range(max(source), -1, -1):
            carried = sum((a * comb(i, j) for i, a in found.items() if i > j + shift), start=zero)
            divisor = base * (j + 1) if resonant else base - rate
            found[j + shift] = (source.get(j, zero) - carried * base) * (self._field.one / divisor)
        return sum((self._ell**j * a for j, a in found.items()), start=zero)


class _Names:
    """Symbols that stand for all that is no rational number, so that arithmetic stays exact and quick."""

    def __init__(self) -> None:
        self._symbols: dict[sympy.Expr, sympy.Dummy] = {}

    def exact(self, value: Any) -> sympy.Expr:
        """The value as a rational number, or the symbol that stands for it."""
        given = as_exact(value)
        return given if given.is_Rational else self._symbols.setdefault(given, sympy.Dummy())

    def restored(self, expression: sympy.Expr) -> sympy.Expr:
        """The values back in place of their symbols."""
        return expression.xreplace({symbol: value for value, symbol in self._symbols.items()})


def cumulant_in_depth(
    rank: int,
    loops: int,
    *,
    depth: Any,
    slope: Any = 1,
    vertices: Vertices | None = None,
    width: Any = None,
) -> sympy.Expr:
    """κ_rank through `loops` loops at layer L of a network whose layers are all alike, for one input, in closed form.

    Parameters
    ----------
    rank, loops : int
    depth : int, symbol or str
        L.
    slope : number or symbol
        χ = V_{1,1}, not zero.
    vertices : mapping or callable, optional
        V_{k,m} without n^{1-k}; symbols v_{k,m} where it is not given.
    width : int or symbol, optional
        n; the symbol n by default.

    Raises
    ------
    InvalidInput
        If the slope is zero, a vertex is missing, or one of the numbers is not what it should be.

    Examples
    --------
    >>> cumulant_in_depth(2, 0, depth=sympy.Symbol("L"))
    v_{20}*(L - 1)/n
    """
    if sympy.sympify(slope) == 0:
        raise InvalidInput(
            "slope=0: nothing reaches the next layer; give the slope χ of the kernel, not zero"
        )
    depth, n = as_depth(depth), as_width(width)
    powers = integer("rank", rank, least=1) - 1 + integer("loops", loops, least=0)
    law = DepthLaw(slope=slope, vertices=lambda kind: vertex_value(kind, vertices), powers=powers)
    orders = (law.at(rank, own, depth) * n ** (1 - rank - own) for own in range(loops + 1))
    return sympy.Add(
        *(
            sympy.factor(order) if order.free_symbols <= {depth, n} else sympy.factor_terms(order)
            for order in orders
        )
    )
