"""The causal action of a network: the Martin–Siggia–Rose theory of its metric, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feyn_nn._core import Powers
from feyn_nn.actions.action import VertexKind

if TYPE_CHECKING:
    from feyn_nn.networks import MLP


@dataclass(frozen=True, kw_only=True)
class CausalAction:
    """Fluctuations of a metric that propagate forward in depth.

    The vertices V_{k,m} send out k ≥ 1 lines towards the output and take in m ≥ 0; V_{1,0} vanishes by
    expanding about the infinite-width kernel, and V_{1,1} is the propagator. Each carries n^{1-k}, n the
    size of the `plate` whose units it averages over. See PHYSICS, section 3; the response-field form is that
    of Segadlo et al. 2022 (arXiv 2112.05589).

    Parameters
    ----------
    plate : str
        The name of the size that appears as 1/n.
    """

    plate: str = "width"
    directed: bool = True
    has_bare_line: bool = False

    @property
    def name(self) -> str:
        """How the theory is called in messages."""
        return f"the causal action with 1/{self.plate}"

    def powers(self, kind: VertexKind) -> Powers:
        """n^{1-k}: k - 1 powers of 1/n."""
        return Powers(**{self.plate: kind.outgoing - 1})

    def contents(self, legs: int, loops: int) -> Iterator[tuple[VertexKind, ...]]:
        """Yield the multisets of V_{k,m} that diagrams with `legs` and `loops` may hold.

        With V vertices there are V - 1 + loops internal lines, so Σ(k - 1) = legs - 1 + loops: the *sources*,
        k ≥ 2, are a partition of that number. The incoming legs that are left over, Σm = V - 1 + loops, are
        shared out over the sources and over *mergers* V_{1,m}, m ≥ 2.
        """
        for excess in _partitions(legs - 1 + loops, smallest=1):
            incoming = len(excess) - 1 + loops
            if not excess or incoming < 0:
                continue
            for at_mergers in range(incoming + 1):
                for mergers in _partitions(at_mergers, smallest=1):
                    for sources in _shared_out(incoming - at_mergers, excess):
                        yield (*sources, *(VertexKind(1, m + 1) for m in mergers))


def network_action(network: MLP) -> CausalAction:
    """The causal action of a network's metric: of its layers' plate.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> network_action(fnn.MLP(depth=3, width=8, activation="tanh")).plate
    'width'
    """
    plates = {layer.plates[0].name for layer in network.layers} or {"width"}
    (plate,) = plates
    return CausalAction(plate=plate)


def _partitions(total: int, *, smallest: int, largest: int | None = None) -> Iterator[tuple[int, ...]]:
    """Yield the partitions of `total` into parts of at least `smallest`, largest part first."""
    if total == 0:
        yield ()
        return
    for part in range(min(total, largest or total), smallest - 1, -1):
        for rest in _partitions(total - part, smallest=smallest, largest=part):
            yield (part, *rest)


def _shared_out(incoming: int, excess: tuple[int, ...]) -> Iterator[tuple[VertexKind, ...]]:
    """Yield the ways to hang `incoming` legs on sources V_{e+1,·}, sources of one size not told apart."""
    if not excess:
        if incoming == 0:
            yield ()
        return
    first, rest = excess[0], excess[1:]
    for m in range(incoming, -1, -1):
        for others in _shared_out(incoming - m, rest):
            if not (others and others[0].outgoing == first + 1 and others[0].incoming > m):
                yield (VertexKind(first + 1, m), *others)
