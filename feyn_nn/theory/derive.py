"""The layer-to-layer recursion of a network's cumulants, derived: equations, with the diagrams behind each term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement
from math import ceil, log10
from typing import TYPE_CHECKING, Any

from feyn_nn._core import InvalidInput, as_pairs, pairs_of
from feyn_nn._core.text import counted
from feyn_nn.networks import MLP
from feyn_nn.networks.arguments import check_network
from feyn_nn.networks.checks import integer
from feyn_nn.theory.architectures import theory_of
from feyn_nn.theory.recursion_equation import RecursionEquation

if TYPE_CHECKING:
    import sympy

_NAMES = {1: "the kernel", 2: "the four-point vertex", 3: "the six-point vertex", 4: "the eight-point vertex"}

_DIGITS = 17


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """How the cumulants of Ĝ^{ℓ+1} follow from those of Ĝ^ℓ, order by order in 1/n.

    Made by :func:`derive`. It has one equation for K, and one for each order that the wanted cumulant needs: K^{1},
    the four-point vertex V, … In a notebook it shows LaTeX, in a terminal plain text. These are the recursions of
    Yaida 2019 (arXiv 1910.00019) and of Roberts, Yaida and Hanin (arXiv 2106.10165, chapter 4) at leading order,
    and, drawn, those of Banta et al. 2024 (arXiv 2305.02334).

    Parameters
    ----------
    network : MLP
    rank : int
        p, of κ_p(Ĝ).
    loops : int
        All orders through this one.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=3, width=8, activation="relu", weight_variance=2.0)
    >>> print(fnn.derive(net, rank=2, loops=0).in_depth())
    5*(L - 1)*K[L]_00**2/n
    """

    network: MLP
    rank: int
    loops: int

    @cached_property
    def equations(self) -> tuple[RecursionEquation, ...]:
        """K first, then every order that is needed, those that need the fewest others first."""
        wanted = {(self.rank, loops) for loops in range(self.loops + 1)} | {(1, 0)}
        found: dict[tuple[int, int], RecursionEquation] = {}
        while missing := wanted - found.keys():
            for rank, loops in missing:
                found[rank, loops] = equation = RecursionEquation(rank=rank, loops=loops)
                wanted |= equation.needs
        by_power = sorted(found, key=lambda order: (order[0] - 1 + order[1], -order[0]))
        return tuple(found[order] for order in by_power)

    def equation(self, *, rank: int, loops: int) -> RecursionEquation:
        """The equation for κ_rank at exactly `loops` loops; rank 1 and no loops is that of the kernel.

        Raises
        ------
        InvalidInput
            If the derivation does not need it.
        """
        for equation in self.equations:
            if (equation.rank, equation.loops) == (rank, loops):
                return equation
        known = ", ".join(f"({e.rank}, {e.loops})" for e in self.equations)
        raise InvalidInput(f"rank={rank}, loops={loops} is not in this derivation; give one of {known}")

    def explicit(self, pairs: Any = None, *, closed: bool = False) -> dict[sympy.Expr, sympy.Expr]:
        """The equations for given inputs, all sums over pairs written out, in Gaussian expectations.

        Parameters
        ----------
        pairs : list of pairs, optional
            The largest of their labels says that there are inputs 0 to this one; one input, (0, 0), by default. Each
            cumulant gets one equation for every choice of pairs of these inputs, so that their number grows fast.
        closed : bool
            Whether to put in the closed forms of the expectations of σ, where it has them.

        Returns
        -------
        dict of sympy.Expr to sympy.Expr
            Left-hand side, at layer ℓ + 1, to right-hand side.

        Raises
        ------
        InvalidInput
            If `pairs` are none, or closed forms are asked for and σ has none.
        """
        from feyn_nn.rules.algebra import explicit, pair_number
        from feyn_nn.rules.closed_forms import closed_form

        chosen = [(0, 0)] if pairs is None else as_pairs(pairs)
        labels = range(1 + max(label for pair in chosen for label in pair))
        numbers = sorted(map(pair_number, pairs_of(labels)))
        found = {}
        for equation in self.equations:
            for component in combinations_with_replacement(numbers, equation.rank):
                left, right = equation.sides(component, len(numbers))
                value = explicit(right)
                found[left] = closed_form(value, self.network.activation) if closed else value
        return found

    def in_depth(self, depth: Any = "L", *, width: Any = None) -> sympy.Expr:
        """κ_rank(Ĝ^L) of one input through `loops` loops, in closed form for every depth L at once.

        All layers are alike in units of their kernels when σ is homogeneous, as ReLU and linear are, without biases
        and with equal widths: then κ_p / (K^L)^p is a polynomial in L, with rational coefficients. For other networks
        see :meth:`at_fixed_point`.

        Parameters
        ----------
        depth : int, symbol or str
            L.
        width : int or symbol, optional
            n; the symbol n by default.

        Raises
        ------
        InvalidInput
            If the layers of the network are not alike in this sense, or `depth` or `width` is none.

        Examples
        --------
        >>> import feyn_nn as fnn
        >>> net = fnn.MLP(depth=8, width=64, activation="relu", weight_variance=2.0)
        >>> fnn.derive(net, rank=2, loops=0).in_depth()
        5*(L - 1)*K[L]_00**2/n
        """
        from feyn_nn.rules.algebra import Kernel
        from feyn_nn.rules.depth_law import cumulant_in_depth
        from feyn_nn.rules.homogeneous import homogeneous_vertex
        from feyn_nn.rules.size_arguments import as_depth

        if any(self.network.bias_variances[1:]) or len(set(self.network.widths)) > 1:
            raise InvalidInput(
                "closed expressions in depth need equal widths and no biases behind the first layer;"
                " give width=64, bias_variance=0.0"
            )
        layer = as_depth(depth)
        law = cumulant_in_depth(
            self.rank,
            self.loops,
            depth=layer,
            width=width,
            vertices=lambda kind: homogeneous_vertex(self.network.activation, kind),
        )
        return Kernel(layer, 0) ** self.rank * law

    def at_fixed_point(self, kernel: float, depth: Any = "L", *, width: Any = None) -> sympy.Expr:
        """κ_rank(Ĝ^L) of one input through `loops` loops where K^ℓ = K* at every layer, in closed form for every L.

        The slope χ is then constant, and sums over layers are geometric: polynomials in L times powers of χ^L.

        Parameters
        ----------
        kernel : float
            K*.
        depth, width
            As in :meth:`in_depth`.

        Returns
        -------
        sympy.Expr
            Its numbers carry as many digits as cancellations between powers of χ may cost, beyond those of a double.

        Raises
        ------
        InvalidInput
            If K* is no fixed point, the layers of the network differ, or `depth` or `width` is none.

        Examples
        --------
        >>> import feyn_nn as fnn
        >>> net = fnn.MLP(depth=8, width=64, activation="relu", weight_variance=1.0, bias_variance=0.5)
        >>> law = fnn.derive(net, rank=2, loops=0).at_fixed_point(1.0)  # K* = C_b + K*/2, χ = 1/2
        >>> round(float(law.subs({"L": 3, "n": 64})), 9)
        0.024414062
        """
        import sympy

        from feyn_nn.rules.depth_law import cumulant_in_depth
        from feyn_nn.theory.fixed_point import fixed_point

        point = fixed_point(self.network, kernel, rank=self.rank, loops=self.loops)
        law = cumulant_in_depth(
            self.rank,
            self.loops,
            depth=depth,
            slope=point.slope,
            width=width,
            vertices=lambda kind: point.vertices.get(kind, 0),
        )
        powers = self.rank - 1 + self.loops
        lost = max(0.0, -log10(abs(1 - point.slope))) if point.slope != 1 else 0.0
        return sympy.N(law, _DIGITS + 2 * powers * ceil(lost))

    def latex(self) -> str:
        """All equations in LaTeX, one aligned block."""
        lines = (equation.latex() for equation in self.equations)
        return "\\begin{aligned}\n" + " \\\\[1ex]\n".join(lines) + "\n\\end{aligned}"

    def to_dict(self) -> dict[str, Any]:
        """The derivation as plain data, diagrams included, for JSON."""
        return {
            "network": self.network.to_dict(),
            "rank": self.rank,
            "loops": self.loops,
            "equations": [equation.to_dict() for equation in self.equations],
        }

    def __str__(self) -> str:
        title = f"κ_{self.rank}(Ĝ) through {counted(self.loops, 'loop')} of {self.network!r}"
        return "\n\n".join([title, *(f"{_heading(e)}\n{e}" for e in self.equations)])

    def __repr__(self) -> str:
        return str(self)

    def __iter__(self) -> Iterator[RecursionEquation]:
        return iter(self.equations)

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex()}\n$$"


def _heading(equation: RecursionEquation) -> str:
    name = _NAMES.get(equation.rank, f"the {2 * equation.rank}-point vertex")
    order = "leading order" if equation.loops == 0 else f"{equation.loops} loop" + "s" * (equation.loops > 1)
    return f"{name}, {'infinite width' if (equation.rank, equation.loops) == (1, 0) else order}:"


def derive(network: MLP, *, rank: int, loops: int) -> Derivation:
    """Derive the recursion of κ_rank(Ĝ^ℓ) from layer to layer, through a number of loops.

    Parameters
    ----------
    network : MLP
    rank : int
        1 for the kernel and its corrections, 2 for the four-point vertex, 3 for the six-point vertex, ….
    loops : int
        All orders through this one.

    Raises
    ------
    InvalidInput
        If `rank` < 1 or `loops` < 0, or the network is attention or a Sequential.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> print(derive(fnn.MLP(depth=3, width=8, activation="tanh"), rank=2, loops=0))
    κ_2(Ĝ) through 0 loops of MLP(depth=3, width=8, activation='tanh', weight_variance=1.0, bias_variance=0.0)
    <BLANKLINE>
    the kernel, infinite width:
    K[ℓ+1]_12
      = C_b[ℓ+1] + C_W[ℓ+1] ⟨σ1σ2⟩[ℓ]
    <BLANKLINE>
    the four-point vertex, leading order:
    V[ℓ+1]_(12)(34)
      = C_W[ℓ+1]^2/n[ℓ] ⟨σ1σ2; σ3σ4⟩[ℓ]
      + Σ_q1,q2 C_W[ℓ+1] ∂_q1 ⟨σ1σ2⟩[ℓ] C_W[ℓ+1] ∂_q2 ⟨σ3σ4⟩[ℓ] V[ℓ]_(q1)(q2)
    """
    theory_of(network, "derive")  # refuses those whose layers obey another recursion
    check_network(network)
    return Derivation(
        network=network, rank=integer("rank", rank, least=1), loops=integer("loops", loops, least=0)
    )
