"""Joint cumulants of the metric that attention reads out."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement, islice, permutations
from math import comb
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, Powers, as_pairs, nearest, pairs_of
from feyn_nn._core.text import subscript
from feyn_nn.diagrams.head_diagram import SCORE_RINGS, HeadDiagram, head_diagrams
from feyn_nn.networks import MultiHeadAttention, Tokens
from feyn_nn.networks.checks import integer, shown
from feyn_nn.theory.attention.assembly import Assembly, Component, Precision
from feyn_nn.theory.attention.evaluation import AttentionEvaluation
from feyn_nn.theory.attention.labels import check_tokens, token_pairs
from feyn_nn.theory.gallery import MOST_SHOWN, HeadDiagrams, checked_limit

if TYPE_CHECKING:
    import sympy

    from feyn_nn.render import Gallery
    from feyn_nn.theory.attention.coupling import CouplingSeries

Array: TypeAlias = NDArray[np.float64]

MOST_LOOPS = max(SCORE_RINGS.values())
TOLERANCE, MAX_NODES = 1e-3, 1 << 21
MOST_VALUES = 5_000_000  # components times diagrams: a minute, a few gigabytes


@dataclass(frozen=True, kw_only=True)
class AttentionCumulant:
    """κ_p(Ĝ_p1, …, Ĝ_pp) behind attention, every power of 1/heads and 1/value_dim, 1/key_dim through `loops`.

    Made by :func:`feyn_nn.metric_cumulant`. For p = 1 it is E[Ĝ] minus its limit of infinite key_dim.

    Parameters
    ----------
    network : MultiHeadAttention
    rank : int
        p, the number of metrics.
    pairs : list or None
        p pairs of labels (input, token); None for all.
    loops : int
        The highest power of 1/key_dim, at most 2.
    """

    network: MultiHeadAttention
    rank: int
    pairs: Any
    loops: int

    @property
    def name(self) -> str:
        """How it is printed: ``κ₂(Ĝ₀.₁,₀.₁, Ĝ₀.₂,₀.₂)``, or ``κ₂(Ĝ)`` for all pairs."""
        if self.pairs is None:
            return f"κ{subscript(self.rank)}(Ĝ)"
        return f"κ{subscript(self.rank)}({', '.join(self._leg_labels() or [])})"

    def _leg_labels(self) -> list[str] | None:
        """Ĝ with the labels of each leg as its index; None where no pairs are given."""
        if self.pairs is None:
            return None
        return ["Ĝ" + subscript(",".join(f"{i}.{t}" for i, t in pair)) for pair in self.pairs]

    @cached_property
    def diagrams(self) -> HeadDiagrams:
        """Every diagram: value rings, score blobs and score rings in a plate of heads; legs stay labelled."""
        return HeadDiagrams(head_diagrams(self.rank, self.loops))

    @cached_property
    def expression(self) -> sympy.Expr:
        """The sum of all diagrams as a sympy expression in C_O, N_h, d_v, d_k and score cumulants of M."""
        from feyn_nn.rules.head_algebra import head_expression

        return head_expression(self.diagrams, self.pairs)

    def latex(self) -> str:
        """The expression in LaTeX."""
        import sympy

        return str(sympy.latex(self.expression))

    def evaluate(
        self,
        tokens: Tokens,
        *,
        key_law: str = "series",
        tolerance: float = TOLERANCE,
        max_nodes: int = MAX_NODES,
    ) -> AttentionEvaluation:
        """Evaluate the coefficient of each power of 1/heads, 1/value_dim and 1/key_dim on these tokens.

        Parameters
        ----------
        tokens : Tokens
        key_law : {"series", "exact"}
            Whether to expand in 1/key_dim through `loops`, or to sample the scores at the network's own key_dim.
        tolerance : float
            The wanted error of a joint moment of the value metrics, in units of their spreads. Up to four
            dimensions a grid converges far beyond it.
        max_nodes : int
            Sampling of the scores stops there in any case, and earlier where hundreds of tokens make every node
            expensive; the errors say what was reached.

        Returns
        -------
        AttentionEvaluation
            With floats for given pairs; for a rank, arrays of shape (P,)*rank over all P pairs of rows.

        Raises
        ------
        InvalidInput
            If a label is out of range, the mask does not suit the tokens, or an argument is not what it should be.
        """
        check_tokens(tokens)
        precision = _precision(key_law, tolerance, max_nodes)
        components = self._components(tokens)
        assembly = Assembly(self.network, tokens, components, self.loops, precision)
        totals: dict[Powers, Array] = {
            powers: np.zeros((1, len(components)))
            for powers in powers_through(self.rank, 0 if precision.exact else self.loops)
        }
        for diagram, values in assembly.values():
            if self.rank > 1 or diagram.score_rings or precision.exact:
                totals[diagram.powers] = totals[diagram.powers] + values
        if self.rank == 1 and precision.exact:  # E[Ĝ] at this key_dim less that of infinite key_dim
            return self._shift_of_mean(tokens, totals, assembly, precision)
        return self._evaluation(totals, assembly, tokens, precision.exact)

    def diagram_values(self, tokens: Tokens, **precision: Any) -> Iterator[tuple[HeadDiagram, Any]]:
        """Each diagram with its value, the coefficient that it adds to its powers.

        Raises
        ------
        InvalidInput
            As :meth:`evaluate` does.
        """
        check_tokens(tokens)
        chosen = _precision("series", **{"tolerance": TOLERANCE, "max_nodes": MAX_NODES} | precision)
        assembly = Assembly(self.network, tokens, self._components(tokens), self.loops, chosen)
        for diagram, values in assembly.values():
            yield diagram, self._shaped(assembly.judged(values)[0], tokens)

    def gallery(
        self, tokens: Tokens | None = None, *, limit: int | None = MOST_SHOWN, **precision: Any
    ) -> Gallery:
        """Draw the diagrams with their powers and, on given tokens, the values that go with these powers.

        Parameters
        ----------
        tokens : Tokens, optional
            On which to evaluate each diagram.
        limit : int or None
            How many to draw; all for None.
        **precision
            As in :meth:`evaluate`.

        Raises
        ------
        InvalidInput
            If `limit` is no integer >= 0; if tokens are given but no pairs, so that a value is an array; or as
            :meth:`evaluate` does.
        """
        from feyn_nn.render import gallery

        count = checked_limit(limit)
        if tokens is None:
            shown = list(islice(self.diagrams, count))
            return gallery(shown, labels=self._leg_labels(), captions=[[d.name, d.caption] for d in shown])
        if self.pairs is None:
            raise InvalidInput(
                "the diagrams of a rank have arrays as values; give pairs= to metric_cumulant, or no tokens here"
            )
        valued = list(islice(self.diagram_values(tokens, **precision), count))
        captions = [[diagram.name, diagram.caption, f"value {value:.6g}"] for diagram, value in valued]
        return gallery([diagram for diagram, _ in valued], labels=self._leg_labels(), captions=captions)

    def expand_coupling(self, order: int) -> CouplingSeries:
        """The cumulant, for one pair the mean E[Ĝ] itself, as a power series in the coupling through β^order.

        All orders of 1/heads, 1/value_dim and 1/key_dim are in it; `loops` plays no part.

        Raises
        ------
        InvalidInput
            If no pairs were given, or the order is not between 0 and 6, or 4 for three and four metrics.
        """
        from feyn_nn.theory.attention.coupling import CouplingSeries, checked_order

        if self.pairs is None:
            raise InvalidInput("a series in the coupling needs pairs=[…]; a rank alone names no component")
        return CouplingSeries(
            network=self.network,
            name=self.name,
            components=((1, self.pairs),),
            order=checked_order(order, self.rank),
        )

    def _evaluation(
        self, totals: dict[Powers, Array], assembly: Assembly, tokens: Tokens, exact: bool
    ) -> AttentionEvaluation:
        sizes = self.network.sizes
        judged = {powers: assembly.judged(values) for powers, values in totals.items()}
        total: Any = sum(
            values * np.prod([float(sizes[name]) ** -power for name, power in powers.items()])
            for powers, values in totals.items()
        )
        return AttentionEvaluation(
            name=self.name,
            coefficients={powers: self._shaped(value, tokens) for powers, (value, _) in judged.items()},
            errors={powers: self._shaped(error, tokens) for powers, (_, error) in judged.items()},
            sizes=sizes,
            exact_key_dim=exact,
            total_error=self._shaped(assembly.judged(total)[1], tokens),
        )

    def _shift_of_mean(
        self, tokens: Tokens, totals: dict[Powers, Array], assembly: Assembly, precision: Precision
    ) -> AttentionEvaluation:
        limit = Precision(tolerance=precision.tolerance, max_nodes=precision.max_nodes)
        other = Assembly(self.network, tokens, self._components(tokens), 0, limit)
        ((_, values),) = other.values()
        mean, error = assembly.judged(totals[Powers()])
        at_infinity, its_error = other.judged(values)
        return AttentionEvaluation(
            name=self.name,
            coefficients={Powers(): self._shaped(mean - at_infinity, tokens)},
            errors={Powers(): self._shaped(np.hypot(error, its_error), tokens)},
            sizes=self.network.sizes,
            exact_key_dim=True,
            total_error=self._shaped(np.hypot(error, its_error), tokens),
        )

    def _components(self, tokens: Tokens) -> list[Component]:
        if self.pairs is not None:
            return [as_pairs(tokens.labelled(self.pairs))]
        pairs = pairs_of(range(tokens.n_rows))
        count = comb(len(pairs) + self.rank - 1, self.rank)
        if count * len(self.diagrams) > MOST_VALUES:
            raise InvalidInput(
                f"rank={self.rank} over {tokens.n_rows} rows has {count:,} components of {len(self.diagrams)} diagrams"
                " each; give pairs=[…] for those that matter"
            )
        return list(combinations_with_replacement(pairs, self.rank))

    def _shaped(self, values: Array, tokens: Tokens) -> Any:
        """A float, or the symmetric array over all pairs."""
        if self.pairs is not None:
            return float(values[0])
        P = tokens.n_rows * (tokens.n_rows + 1) // 2
        index = np.array(list(combinations_with_replacement(range(P), self.rank))).T
        full = np.empty((P,) * self.rank)
        for order in permutations(range(self.rank)):
            full[tuple(index[list(order)])] = values
        return full

    def _repr_latex_(self) -> str | None:
        return f"$\\displaystyle {self.latex()}$" if len(self.diagrams) <= MOST_SHOWN else None

    def __repr__(self) -> str:
        return f"{self.name} through 1/key_dim^{self.loops} of {self.network!r}"


def powers_through(rank: int, loops: int) -> list[Powers]:
    """Every power of the sizes that κ_rank(Ĝ) has through 1/key_dim^loops.

    Examples
    --------
    >>> powers_through(2, 0)
    [Powers(heads=1), Powers(heads=1, value_dim=1)]
    """
    return [Powers(heads=rank - 1, value_dim=v, key_dim=k) for k in range(loops + 1) for v in range(rank)]


def attention_cumulant(
    network: MultiHeadAttention, *, pairs: Any = None, rank: int | None = None, loops: int
) -> AttentionCumulant:
    """Prepare a joint cumulant of the metric behind attention; see :func:`feyn_nn.metric_cumulant`.

    Raises
    ------
    InvalidInput
        If neither or both of `pairs` and `rank` are given, or one of the arguments is not what it should be.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MultiHeadAttention(heads=4, key_dim=16, value_dim=16)
    >>> x = fnn.Tokens.from_metric([[1.0, 0.0], [0.0, 1.0]], n_tokens=2)
    >>> c = fnn.metric_cumulant(net, pairs=[((0, 0), (0, 0)), ((0, 0), (0, 0))], loops=0)
    >>> for powers, value in c.evaluate(x).coefficients.items():
    ...     print(powers, round(value, 6))
    Powers(heads=1) 0.01622
    Powers(heads=1, value_dim=1) 0.843566
    """
    if (pairs is None) == (rank is None):
        raise InvalidInput(
            "give either pairs=[((0, 0), (0, 1)), ((0, 0), (0, 1))] of labels (input, token) for one cumulant, or"
            " rank=2 for all of that rank"
        )
    chosen = None if pairs is None else token_pairs(pairs)
    order = len(chosen) if chosen is not None else integer("rank", rank, least=1)
    order_of_keys = integer("loops", loops, least=0, largest=MOST_LOOPS)
    return AttentionCumulant(network=network, rank=order, pairs=chosen, loops=order_of_keys)


def _precision(key_law: str, tolerance: float, max_nodes: int) -> Precision:
    if key_law not in ("series", "exact"):
        raise InvalidInput(f"key_law={key_law!r} is not known; {nearest(str(key_law), ('series', 'exact'))}")
    if not isinstance(tolerance, numbers.Real) or isinstance(tolerance, bool) or not tolerance > 0:
        raise InvalidInput(f"tolerance={shown(tolerance)} is no precision; give a number > 0, such as 1e-3")
    return Precision(
        tolerance=float(tolerance),
        max_nodes=integer("max_nodes", max_nodes, least=1),
        exact=key_law == "exact",
    )
