"""Numbers for the diagrams of attention: value rings filled with score cumulants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, Label, Pair, as_pair
from feyn_nn.diagrams.head_diagram import SCORE_RINGS, HeadDiagram, Segment, head_diagrams

if TYPE_CHECKING:
    from feyn_nn.kernels.attention.cumulants import ScoreCumulants
    from feyn_nn.networks import MultiHeadAttention, Tokens

Array: TypeAlias = NDArray[np.float64]
Component: TypeAlias = tuple[Pair, ...]

MOST_LEGS = 4
"""The highest rank: five metrics have 38,025 diagrams."""


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
        self._rows: list[Label] = sorted({label for c in components for pair in c for label in pair})
        self._diagrams = list(head_diagrams(self.legs, loops=0 if precision.exact else loops))
        self._numbers = {pair: i for i, pair in enumerate(self._needed_pairs())}
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

    def _monomials(self, blob: tuple[Segment, ...]) -> NDArray[np.int64]:
        return np.array([[self._number(c, s) for s in blob] for c in self._components], dtype=np.int64)

    def _number(self, component: Component, segment: Segment) -> int:
        (i, one), (j, other) = segment
        return self._numbers[as_pair((component[i][one], component[j][other]))]

    def _needed_pairs(self) -> list[Pair]:
        segments = {segment for diagram in self._diagrams for segment in chain(*diagram.rings)}
        return sorted(
            {as_pair((c[i][one], c[j][other])) for c in self._components for (i, one), (j, other) in segments}
        )

    def _measured(self) -> ScoreCumulants:
        from feyn_nn.kernels.attention.cumulants import score_cumulants
        from feyn_nn.kernels.attention.geometry import score_geometry

        place = {row: i for i, row in enumerate(self._rows)}
        pairs = np.array([[place[a], place[b]] for a, b in self._numbers], dtype=np.int64)
        return score_cumulants(
            score_geometry(self._network, self._tokens, self._rows),
            pairs,
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
        return sorted(
            {
                tuple(sorted(self._number(component, s) for s in part))
                for blob in blobs
                for size in range(3, len(blob) + 1)
                for part in combinations(blob, size)
                for component in self._components
            }
        )


def key_power(diagram: HeadDiagram) -> int:
    """The power of 1/key_dim that a diagram has."""
    return SCORE_RINGS[diagram.score_rings]
