"""Numbers for the diagrams of attention: value rings filled with score cumulants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, Pair
from feyn_nn.diagrams.head_diagram import HeadDiagram, Segment, head_diagrams

if TYPE_CHECKING:
    from feyn_nn.kernels.attention.cumulants import ScoreCumulants
    from feyn_nn.networks import MultiHeadAttention, Tokens

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int64]
Component: TypeAlias = tuple[Pair, ...]

MOST_LEGS = 4
"""The highest rank: five metrics have 38,025 diagrams."""


MOST_DIGITS = 300
"""Before the point, of anything computed."""


@dataclass(frozen=True, kw_only=True)
class Precision:
    """How precisely expectations over the scores are computed.

    Parameters
    ----------
    tolerance : float
        The error of a joint moment of M at which sampling stops, in units of the spreads of its factors.
    max_nodes : int
        Where it stops in any case.
    exact : bool
        Whether the scores follow their exact law at the network's key_dim.
    """

    tolerance: float
    max_nodes: int
    exact: bool = False


class Assembly:
    """Diagrams of κ_k(Ĝ) evaluated for many components at once.

    Parameters
    ----------
    network : MultiHeadAttention
    tokens : Tokens
    components : sequence of tuples of pairs
        Each of the same length k; labels are numbers of rows.
    loops : int
        All powers of 1/key_dim through this one.
    precision : Precision
    """

    def __init__(
        self,
        network: MultiHeadAttention,
        tokens: Tokens,
        components: Sequence[Component],
        loops: int,
        precision: Precision,
    ) -> None:
        self._network, self._tokens = network, tokens
        self._components, self._loops, self._precision = components, loops, precision
        self.legs = len(components[0])
        if self.legs > MOST_LEGS:
            raise InvalidInput(
                f"rank {self.legs} has too many diagrams of attention; give at most {MOST_LEGS}"
            )
        _check_scale(network, tokens, self.legs)
        self._diagrams = list(head_diagrams(self.legs, loops=0 if precision.exact else loops))
        self._rows, places = np.unique(np.array(components, dtype=np.int64), return_inverse=True)
        self._places = places.reshape(len(components), self.legs, 2)
        self._pairs, self._number = self._needed_pairs()
        self._cumulants = self._measured()
        self._known: dict[tuple[Segment, ...], Array] = {}

    def values(self) -> Iterator[tuple[HeadDiagram, Array]]:
        """Each diagram with its values, shape (estimates, components); see :meth:`judged`."""
        from feyn_nn.kernels.attention.hermite import RINGS, truncated_product

        scale = self._network.output_variance**self.legs
        known: dict[object, Array] = {}
        for diagram in self._diagrams:
            key = (diagram.rings, diagram.blobs)
            if key not in known:
                known.clear()
                product = self._series(diagram.blobs[0])
                for blob in diagram.blobs[1:]:
                    product = truncated_product(product, self._series(blob))
                known[key] = scale * product
            yield diagram, known[key][:, RINGS.index(diagram.score_rings)]

    def judged(self, values: Array) -> tuple[Array, Array]:
        """Value and error of each component, from its estimates."""
        return self._cumulants.sampled.judged(values)

    def _series(self, blob: tuple[Segment, ...]) -> Array:
        """The score cumulant of one blob for every component."""
        if blob not in self._known:
            self._known[blob] = self._cumulants.series(self._monomials(blob))
        return self._known[blob]

    def _monomials(self, segments: Sequence[Segment]) -> Indices:
        """For every component the numbers of the pairs of rows of some segments, (components, segments)."""
        places = self._places
        rows = [(places[:, i, one], places[:, j, other]) for (i, one), (j, other) in segments]
        return np.stack([self._number[pair] for pair in rows], axis=1)

    def _needed_pairs(self) -> tuple[Indices, Indices]:
        """Every pair of rows that some segment joins, (pairs, 2), and the number of each, (rows, rows)."""
        needed = np.zeros((len(self._rows),) * 2, dtype=np.bool_)
        for (i, one), (j, other) in {s for diagram in self._diagrams for s in chain(*diagram.rings)}:
            needed[self._places[:, i, one], self._places[:, j, other]] = True
        pairs = np.argwhere(np.triu(needed | needed.T))
        number = np.full(needed.shape, -1)
        number[pairs[:, 0], pairs[:, 1]] = number[pairs[:, 1], pairs[:, 0]] = np.arange(len(pairs))
        return pairs, number

    def _measured(self) -> ScoreCumulants:
        from feyn_nn.kernels.attention.cumulants import score_cumulants
        from feyn_nn.kernels.attention.geometry import score_geometry

        return score_cumulants(
            score_geometry(self._network, self._tokens, self._rows.tolist()),
            self._pairs,
            monomials=self._high_moments(),
            degree=max(len(blob) for diagram in self._diagrams for blob in diagram.blobs),
            loops=0 if self._precision.exact else self._loops,
            key_dim=self._network.key_dim,
            exact=self._precision.exact,
            tolerance=self._precision.tolerance,
            max_nodes=self._precision.max_nodes,
        )

    def _high_moments(self) -> list[tuple[int, ...]]:
        """Moments of degree three and more that the cumulants of the blobs are made of."""
        blobs = {blob for diagram in self._diagrams for blob in diagram.blobs if len(blob) > 2}
        parts = {
            part for blob in blobs for size in range(3, len(blob) + 1) for part in combinations(blob, size)
        }
        return sorted({tuple(row) for p in parts for row in np.sort(self._monomials(p), axis=1).tolist()})


def _check_scale(network: MultiHeadAttention, tokens: Tokens, legs: int) -> None:
    """Make sure that squares of products of as many metrics, which errors are made of, are numbers."""
    values = np.abs(network.value_metric(tokens)).max(initial=0.0)
    largest = max(values, 1.0) * max(network.output_variance, 1.0)
    if 2 * max(legs, 2) * np.log10(largest) > MOST_DIGITS:
        raise InvalidInput(
            f"output_variance={network.output_variance:g} and values of variance up to {values:g} make products of"
            f" {legs} metrics overflow; give smaller ones"
        )
