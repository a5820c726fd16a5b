"""Connected correlators of the field, assembled from metric cumulants by pairings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, overload

from feyn_nn._core import FieldLeg, Pair, as_legs
from feyn_nn._core.observables import FieldObservable, out_of_range
from feyn_nn._core.text import counted
from feyn_nn.networks import MLP, Feedforward, Inputs, MultiHeadAttention
from feyn_nn.networks.arguments import Layered, Network, check_inputs, check_network
from feyn_nn.networks.checks import integer
from feyn_nn.theory.architectures import theory_of
from feyn_nn.theory.evaluation import Evaluation
from feyn_nn.theory.gallery import MOST_SHOWN, DiagramStream
from feyn_nn.theory.kernel import kernel_entry
from feyn_nn.theory.metric_cumulant import MetricCumulant, metric_cumulant

if TYPE_CHECKING:
    import sympy

    from feyn_nn.theory.attention import AttentionCorrelator


@dataclass(frozen=True, kw_only=True)
class Correlator:
    """κ(z_i1α1, …, z_i2kα2k) = Σ_pairings Π δ_ii' κ_k(Ĝ_p1, …, Ĝ_pk), the connected function of the field.

    Made by :func:`correlator`. Given the metric, the neurons of the last layer are independent Gaussians, so
    only pairings of equal neurons contribute; an odd number of legs gives zero. See docs/theory/ensemble.md.

    Parameters
    ----------
    network : MLP or Feedforward
    legs : tuple of (neuron, input label)
    loops : int
        All orders through this one.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=3, width=8, activation="linear")
    >>> four = fnn.correlator(net, legs=[(0, 0)] * 4, loops=0)
    >>> four.evaluate(fnn.Inputs([[1.0]])).coefficients
    {1: 12.0}
    """

    network: Layered
    legs: tuple[FieldLeg, ...]
    loops: int

    @property
    def observable(self) -> FieldObservable:
        """The correlator as an observable."""
        return FieldObservable(self.legs)

    @property
    def name(self) -> str:
        """How it is printed, neuron before input: ``κ₄(z₀₀, z₀₀, z₁₁, z₁₁)``."""
        return self.observable.name

    @cached_property
    def terms(self) -> tuple[tuple[int, MetricCumulant], ...]:
        """The metric cumulants that add up to it, each with the number of pairings that give it."""
        found: Counter[tuple[Pair, ...]] = Counter(self.observable.pairings())
        return tuple(
            (count, metric_cumulant(self.network, pairs=pairs, loops=self.loops))
            for pairs, count in found.items()
        )

    @property
    def diagrams(self) -> DiagramStream | tuple[()]:
        """The diagrams of κ_k(Ĝ), the same for each pairing of the 2k legs; none where no pairing fits."""
        return self.terms[0][1].diagrams if self.terms else ()

    @property
    def expression(self) -> sympy.Expr:
        """The sum over pairings and diagrams as a sympy expression; a two-point function includes K."""
        import sympy

        from feyn_nn.rules.algebra import infinite_width_metric

        total = sum((count * term.expression for count, term in self.terms), start=sympy.Integer(0))
        if len(self.legs) == 2 and self.terms:
            total += infinite_width_metric(self.network.depth, self.terms[0][1].pairs or ())
        return total

    def latex(self) -> str:
        """The expression in LaTeX."""
        from feyn_nn.rules.latex import as_latex

        return as_latex(self.expression)

    def evaluate(self, inputs: Inputs, *, by: str = "recursion", tolerance: float = 1e-13) -> Evaluation:
        """Evaluate the coefficient of each power of 1/n on these inputs; for two legs, K^L at power 0.

        Parameters
        ----------
        inputs : Inputs
        by : {"recursion", "diagrams"}
        tolerance : float
            As for :meth:`feyn_nn.MetricCumulant.evaluate`.

        Raises
        ------
        InvalidInput
            If a leg names an input that there is not, or a kernel overflows at some layer.
        """
        check_inputs(inputs)
        if (wrong := out_of_range(self.observable, inputs.n_inputs)) is not None:
            raise wrong
        lowest = max(len(self.legs) // 2 - 1, 0)
        parts = [(count, term.evaluate(inputs, by=by, tolerance=tolerance)) for count, term in self.terms]

        def total(of: Callable[[Evaluation], Mapping[int, Any]], power: int) -> float:
            return float(sum(count * of(part)[power] for count, part in parts))

        powers = range(lowest, lowest + self.loops + 1)
        coefficients = {k: total(lambda part: part.coefficients, k) for k in powers}
        errors = {k: total(lambda part: part.errors, k) for k in powers}
        if len(self.legs) == 2 and parts:
            (pair,) = self.observable.pairings()[0]
            kernel, error = kernel_entry(self.network, inputs, pair)
            coefficients[0] += kernel
            errors[0] += error
        return Evaluation(
            name=self.name,
            coefficients=coefficients,
            errors=errors,
            width=self.network.widths[0] if self.network.widths else None,
        )

    def __iter__(self) -> Iterator[tuple[int, MetricCumulant]]:
        return iter(self.terms)

    def __repr__(self) -> str:
        return f"{self.name} through {counted(self.loops, 'loop')} of {self.network!r}"

    def _repr_latex_(self) -> str | None:
        shown = sum(len(list(islice(term.diagrams, MOST_SHOWN + 1))) for _, term in self.terms)
        return f"$\\displaystyle {self.latex()}$" if shown <= MOST_SHOWN else None


@overload
def correlator(network: Layered, *, legs: Any, loops: int) -> Correlator: ...
@overload
def correlator(network: MultiHeadAttention, *, legs: Any, loops: int) -> AttentionCorrelator: ...
def correlator(network: Network, *, legs: Any, loops: int) -> Correlator | AttentionCorrelator:
    """Prepare a connected correlator of the output field, through a number of loops.

    Parameters
    ----------
    network : MLP, Feedforward or MultiHeadAttention
    legs : list of (neuron, input label)
        Neurons of the last layer, numbered from 0; inputs as in :class:`feyn_nn.Inputs`.
    loops : int
        All orders through this one: for 2k legs n^{1-k} … n^{1-k-loops}.

    Raises
    ------
    InvalidInput
        If a leg is not two integers >= 0, or `loops` < 0.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=3, width=8, activation="linear")
    >>> c = fnn.correlator(net, legs=[(0, 0)] * 4, loops=0)
    >>> [count for count, _ in c.terms]
    [3]
    >>> round(c.evaluate(fnn.Inputs([[1.0, 1.0]])).coefficients[1], 12)
    12.0
    """
    if (answer := theory_of(network, "correlator")) is not None:
        other: AttentionCorrelator = answer(network, legs=legs, loops=loops)
        return other
    check_network(network)
    assert isinstance(network, (MLP, Feedforward))
    return Correlator(network=network, legs=as_legs(legs), loops=integer("loops", loops, least=0))
