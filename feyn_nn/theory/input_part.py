"""What a cumulant asks of some inputs: which of them matter, which are alike, and how few meet at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Pair
from feyn_nn._core.progress import watched
from feyn_nn.networks import Inputs
from feyn_nn.networks.arguments import Layered
from feyn_nn.theory.blocks import InputBlocks
from feyn_nn.theory.reduction import Reduction, reduce_inputs

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class InputPart:
    """κ_rank over some pairs of inputs.

    Made by :meth:`of`.

    Parameters
    ----------
    pairs : tuple of Pair
        What each axis of the result runs over; of a single component, the pair of each axis.
    single : bool
        Whether one component is asked for.
    reduction : Reduction
        Which of the inputs named are alike.
    blocks : InputBlocks
    """

    pairs: tuple[Pair, ...]
    single: bool
    reduction: Reduction
    blocks: InputBlocks

    @classmethod
    def of(
        cls, network: Layered, inputs: Inputs, pairs: Sequence[Pair], *, rank: int, loops: int, single: bool
    ) -> InputPart:
        """Look at the inputs that the pairs name, and at no other."""
        labels = sorted({label for pair in pairs for label in pair})
        reduction = reduce_inputs(network, network.first_metric(inputs.take(labels)), labels)
        distinct = sorted({reduction.pair(pair)[0] for pair in pairs})
        blocks = InputBlocks.of(distinct, rank=rank, loops=loops)
        return cls(pairs=tuple(pairs), single=single, reduction=reduction, blocks=blocks)

    def block_metrics(self) -> Iterator[Array]:
        """The first-layer metric of each block, with a progress bar where many take long."""
        metrics = self.blocks.metrics(self.reduction.metric)
        total = len(self.blocks.blocks)
        yield from watched(metrics, total=total, unit="sets of inputs", least=2)

    def joined(self, parts: Sequence[Array]) -> float | Array:
        """The result, from one array over all pairs of each block's inputs."""
        whole = self.reduction.over(self.pairs, self.blocks.pairs, self.blocks.joined(parts))
        return float(whole[tuple(range(len(self.pairs)))]) if self.single else whole
