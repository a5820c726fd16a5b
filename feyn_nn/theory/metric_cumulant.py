"""Joint cumulants of the metric of the last layer: diagrams, algebra and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from feyn_nn._core import InvalidInput, Pair, as_pairs, nearest, pairs_of
from feyn_nn._core.observables import MetricObservable, out_of_range
from feyn_nn._core.text import counted, subscript
from feyn_nn.actions import network_action
from feyn_nn.networks import MLP, Feedforward, Inputs, MultiHeadAttention, Sequential
from feyn_nn.networks.arguments import Layered, Network, check_inputs, check_network
from feyn_nn.networks.checks import integer
from feyn_nn.theory.architectures import theory_of
from feyn_nn.theory.evaluation import Evaluation
from feyn_nn.theory.gallery import MOST_SHOWN, DiagramStream, checked_limit
from feyn_nn.theory.input_part import InputPart

if TYPE_CHECKING:
    import sympy

    from feyn_nn.diagrams import Diagram
    from feyn_nn.kernels.series import CumulantSeries
    from feyn_nn.render import Gallery
    from feyn_nn.theory.attention import AttentionCumulant
    from feyn_nn.theory.sequential import SequentialCumulant

Method: TypeAlias = "Callable[..., CumulantSeries]"


@dataclass(frozen=True, kw_only=True)
class MetricCumulant:
    """κ_p(Ĝ^L_{p1}, …, Ĝ^L_{pp}) of a network through a number of loops; for p = 1, E[Ĝ] - K.

    Made by :func:`metric_cumulant`. Order by order in 1/n: 0 loops are n^{1-p}, each loop costs one 1/n more.

    Parameters
    ----------
    network : MLP or Feedforward
    rank : int
        p, the number of metrics.
    pairs : tuple of Pair or None
        The pairs of inputs they belong to; None for all.
    loops : int
        All orders through this one.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=3, width=8, activation="relu", weight_variance=2.0)
    >>> c = fnn.metric_cumulant(net, pairs=[(0, 0), (0, 0)], loops=1)
    >>> len(c.diagrams), round(c.evaluate(fnn.Inputs([[1.0]])).coefficients[1], 9)
    (16, 40.0)
    """

    network: Layered
    rank: int
    pairs: tuple[Pair, ...] | None
    loops: int

    @property
    def name(self) -> str:
        """How it is printed: ``κ₂(Ĝ₀₀, Ĝ₁₁)``, or ``κ₂(Ĝ)`` for all pairs."""
        if self.pairs is None:
            return f"κ{subscript(self.rank)}(Ĝ)"
        return MetricObservable(self.pairs).name

    @cached_property
    def diagrams(self) -> DiagramStream:
        """Every diagram through `loops`, fewest loops first, generated as it is read.

        Legs stay labelled even where pairs repeat, and no diagram is left out because its value is zero.
        """
        return DiagramStream(
            action=network_action(self.network), legs=self.rank, loops=self.loops, pairs=self.pairs
        )

    @cached_property
    def expression(self) -> sympy.Expr:
        """The sum of all diagrams as a sympy expression: sums over layers and pairs of V, J and 1/n_ℓ."""
        from feyn_nn.rules.algebra import cumulant_expression

        return cumulant_expression(self.diagrams, depth=self.network.depth, pairs=self.pairs)

    def latex(self) -> str:
        """The expression in LaTeX."""
        from feyn_nn.rules.latex import as_latex

        return as_latex(self.expression)

    def evaluate(
        self, inputs: Inputs, *, pairs: Any = None, by: str = "recursion", tolerance: float = 1e-13
    ) -> Evaluation:
        """Evaluate the coefficient of each power of 1/n on these inputs.

        The cost is that of the inputs that are named, however many others there are.

        Parameters
        ----------
        inputs : Inputs
        pairs : list of pairs, optional
            For a rank: the pairs of inputs that each axis of the arrays runs over; all by default.
        by : {"recursion", "diagrams"}
            The layer recursion (fast), or each diagram on its own, summed. They agree.
        tolerance : float
            What each Gaussian integral aims at, relative to the mean of its absolute value. A larger one is faster
            where many distinct inputs meet, and the errors tell what it costs. Kinked activations are exact.

        Returns
        -------
        Evaluation
            With floats for given pairs; for a rank, arrays of shape (P,)*rank over all P pairs of the inputs, or
            over those chosen, in their order.

        Raises
        ------
        InvalidInput
            If a pair names an input that there is not, a kernel overflows or has no derivative at some layer, or
            `tolerance` is not between 1e-14 and 1e-2.

        Examples
        --------
        The 1/n correction of three pairs among a thousand inputs:

        >>> import feyn_nn as fnn, numpy as np
        >>> net = fnn.MLP(depth=3, width=64, activation="relu", weight_variance=2.0)
        >>> x = fnn.Inputs(np.random.default_rng(0).standard_normal((1000, 50)))
        >>> correction = fnn.metric_cumulant(net, rank=1, loops=1)
        >>> correction.evaluate(x, pairs=[(0, 0), (3, 500), (3, 999)]).coefficients[1].round(4).tolist()
        [0.0, -0.4614, -0.6406]
        """
        goal, method = checked_tolerance(tolerance), _method(by)
        part = self._part(inputs, pairs)
        series = [
            method(self.network, metric, rank=self.rank, loops=self.loops, tolerance=goal)
            for metric in part.block_metrics()
        ]
        powers = range(self.rank - 1, self.rank + self.loops)
        return Evaluation(
            name=self.name,
            coefficients={k: part.joined([s.coefficients[i] for s in series]) for i, k in enumerate(powers)},
            errors={k: abs(part.joined([s.errors[i] for s in series])) for i, k in enumerate(powers)},
            width=self.network.widths[0] if self.network.widths else None,
        )

    def diagram_values(self, inputs: Inputs) -> Iterator[tuple[Diagram, Any]]:
        """Each diagram with its value, the coefficient that it adds to n^{-(rank - 1 + its loops)}.

        Raises
        ------
        InvalidInput
            As :meth:`evaluate` does.
        """
        from feyn_nn.kernels.series import tables_for
        from feyn_nn.kernels.transfer import diagram_value

        part = self._part(inputs)
        tables = [
            tables_for(self.network, metric, rank=self.rank, loops=self.loops)
            for metric in part.block_metrics()
        ]
        for diagram in self.diagrams:
            yield diagram, part.joined([diagram_value(diagram, own.layers, own.n_pairs) for own in tables])

    def gallery(self, inputs: Inputs | None = None, *, limit: int | None = MOST_SHOWN) -> Gallery:
        """Draw the diagrams with symmetry factor, power of 1/n and, on given inputs, their values.

        Parameters
        ----------
        inputs : Inputs, optional
            On which to evaluate each diagram.
        limit : int or None
            How many to draw; all for None.

        Raises
        ------
        InvalidInput
            If `limit` is no integer >= 0; if inputs are given but no pairs, so that a value is an array; or as
            :meth:`evaluate` does.
        """
        if inputs is None:
            return self.diagrams.gallery(limit)
        if self.pairs is None:
            raise InvalidInput(
                "the diagrams of a rank have arrays as values; give pairs= to metric_cumulant, or no inputs here"
            )
        from feyn_nn.render import gallery

        valued = list(islice(self.diagram_values(inputs), checked_limit(limit)))
        captions = [[diagram.caption, f"value {float(value):.6g}"] for diagram, value in valued]
        shown = [diagram for diagram, _ in valued]
        return gallery(shown, labels=self.diagrams.leg_labels(), captions=captions)

    def _part(self, inputs: Inputs, pairs: Any = None) -> InputPart:
        """What is asked of the inputs: one component, or all over some pairs."""
        check_inputs(inputs)
        if self.pairs is not None and pairs is not None:
            raise InvalidInput(
                f"{self.name} has its pairs already; give pairs= to evaluate of a rank, metric_cumulant(net, rank="
                f"{self.rank}, loops={self.loops}), alone"
            )
        if self.pairs is None and pairs is None:
            over = pairs_of(range(inputs.n_inputs))
        else:
            over = self.pairs or as_pairs(pairs)
            if (error := out_of_range(MetricObservable(over), inputs.n_inputs)) is not None:
                raise error
        return InputPart.of(
            self.network, inputs, over, rank=self.rank, loops=self.loops, single=self.pairs is not None
        )

    def __repr__(self) -> str:
        return f"{self.name} through {counted(self.loops, 'loop')} of {self.network!r}"

    def _repr_latex_(self) -> str | None:
        if next(islice(self.diagrams, MOST_SHOWN, None), None) is not None:
            return None  # pages of formulas help nobody: the plain text stands in
        return f"$\\displaystyle {self.latex()}$"


@overload
def metric_cumulant(
    network: Layered, *, pairs: Any = None, rank: int | None = None, loops: int
) -> MetricCumulant: ...
@overload
def metric_cumulant(
    network: MultiHeadAttention, *, pairs: Any = None, rank: int | None = None, loops: int
) -> AttentionCumulant: ...
@overload
def metric_cumulant(
    network: Sequential, *, pairs: Any = None, rank: int | None = None, loops: int
) -> SequentialCumulant: ...
def metric_cumulant(
    network: Network, *, pairs: Any = None, rank: int | None = None, loops: int
) -> MetricCumulant | AttentionCumulant | SequentialCumulant:
    """Prepare a joint cumulant of the last layer's metric, through a number of loops.

    Parameters
    ----------
    network : MLP, Feedforward, MultiHeadAttention or Sequential
    pairs : list of pairs, optional
        The p pairs of inputs, numbered from 0, of κ_p(Ĝ_p1, …, Ĝ_pp): ``[(0, 1)]`` is the mean of Ĝ₀₁, the covariance
        of a neuron at inputs 0 and 1 in one network; ``[(0, 0), (1, 1)]`` is Cov(Ĝ₀₀, Ĝ₁₁).
    rank : int, optional
        p alone: all components at once, as arrays. Give either `pairs` or `rank`.
    loops : int
        All orders through this one: from 1/n^(p-1), no loop, to 1/n^(p-1+loops).

    Returns
    -------
    MetricCumulant
        Nothing is generated or computed until asked for.

    Raises
    ------
    InvalidInput
        If neither or both of `pairs` and `rank` are given, or one of the arguments is not what it should be.

    Examples
    --------
    A deep linear network, whose moments are known: Var Ĝ = G²(Π(1 + 2/n) - 1).

    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=3, width=8, activation="linear")
    >>> c = fnn.metric_cumulant(net, pairs=[(0, 0), (0, 0)], loops=1)
    >>> x = fnn.Inputs([[1.0, 1.0]])
    >>> {k: round(v, 12) for k, v in c.evaluate(x).coefficients.items()}
    {1: 4.0, 2: 4.0}
    """
    if (answer := theory_of(network, "metric_cumulant")) is not None:
        other: AttentionCumulant | SequentialCumulant = answer(network, pairs=pairs, rank=rank, loops=loops)
        return other
    check_network(network)
    assert isinstance(network, (MLP, Feedforward))
    if (pairs is None) == (rank is None):
        raise InvalidInput(
            "give either pairs=[(0, 0), (1, 1)] for one cumulant, or rank=2 for all of that rank"
        )
    chosen = None if pairs is None else as_pairs(pairs)
    order = len(chosen) if chosen is not None else integer("rank", rank, least=1)
    return MetricCumulant(network=network, rank=order, pairs=chosen, loops=integer("loops", loops, least=0))


def checked_tolerance(tolerance: float) -> float:
    """`tolerance` as a float that quadrature can aim at.

    Raises
    ------
    InvalidInput
        If it is not between 1e-14 and 1e-2.
    """
    if isinstance(tolerance, bool) or not isinstance(tolerance, Real) or not 1e-14 <= tolerance <= 1e-2:
        raise InvalidInput(f"tolerance={tolerance!r}: give a number between 1e-14 and 1e-2, such as 1e-8")
    return float(tolerance)


def _method(by: str) -> Method:
    from feyn_nn.kernels import series

    methods: dict[str, Method] = {"recursion": series.by_recursion, "diagrams": series.by_diagrams}
    if by not in methods:
        raise InvalidInput(f"by={by!r} is no way to evaluate; {nearest(str(by), methods)}")
    return methods[by]
