"""The causal action of a network: the Martin–Siggia–Rose theory of its metric, layer by layer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from feyn_nn._core import InvalidInput, Powers
from feyn_nn.actions.action import check_plate
from feyn_nn.actions.field import Field
from feyn_nn.actions.vertex import Vertex, VertexKind

if TYPE_CHECKING:
    from feyn_nn.networks.arguments import Layered


_FIELD = Field(name="Δ", conjugate="Δ̃")
_NAME = re.compile(r"V\((\d+),(\d+)\)")


@dataclass(frozen=True, kw_only=True)
class CausalAction:
    """Fluctuations of a metric that propagate forward in depth.

    The vertices V_{k,m} send out k ≥ 1 lines towards the output (legs Δ̃, the response field) and take in m ≥ 0
    (legs Δ); V_{1,0} vanishes by expanding about the infinite-width kernel, and V_{1,1} is the propagator. Each
    carries n^{1-k}, n the size of the `plate` whose units it averages over. See docs/theory/vertices.md; the
    response-field form is that of Segadlo et al. 2022 (arXiv 2112.05589).

    Parameters
    ----------
    plate : str
        The name of the size that appears as 1/n.

    Raises
    ------
    InvalidInput
        If `plate` cannot name a small parameter.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> fnn.count_diagrams(CausalAction(), legs=2, loops=1).number
    15
    """

    plate: str = "width"
    acyclic: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        check_plate(self.plate)

    @property
    def name(self) -> str:
        """How the theory is called in messages."""
        return f"the causal action with 1/{self.plate}"

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fluctuation Δ, with lines from Δ̃ to Δ."""
        return (_FIELD,)

    @property
    def external(self) -> tuple[str, ...]:
        """The ends of lines that may be external legs."""
        return (_FIELD.name,)

    @property
    def plates(self) -> tuple[str, ...]:
        """The size that appears inverted."""
        return (self.plate,)

    def vertex(self, key: Vertex | VertexKind | str) -> Vertex:
        """V_{k,m}, by its numbers of legs or by its name ``"V(2,1)"``; it carries n^{1-k}.

        Raises
        ------
        InvalidInput
            If there is no such vertex.
        """
        if not isinstance(key, VertexKind):
            name = key.name if isinstance(key, Vertex) else str(key)
            found = _NAME.fullmatch(name)
            if found is None:
                raise InvalidInput(f"{self.name} has no vertex {name!r}; its vertices are V(2,0), V(1,2), …")
            key = VertexKind(int(found[1]), int(found[2]))
        if key.outgoing < 1 or key.incoming < 0 or key in {(1, 0), (1, 1)}:
            raise InvalidInput(
                f"{self.name} has no vertex {tuple(key)}; lines go out of each, and V(1,0), V(1,1) are left out"
            )
        return _vertex(self.plate, *key)

    def contents(
        self, legs: tuple[str, ...], loops: int, components: int = 1
    ) -> Iterator[tuple[Vertex, ...]]:
        """Yield the multisets of V_{k,m} that diagrams with these legs and loops may hold.

        With V vertices and c components there are V - c + loops internal lines, so Σ(k - 1) = legs - c + loops: the
        *sources*, k ≥ 2, are a partition of that number. The incoming legs that are left over, Σm = V - c + loops,
        are shared out over the sources and over *mergers* V_{1,m}, m ≥ 2.
        """
        for kinds in _kinds(len(legs) - components + loops, loops - components):
            yield tuple(_vertex(self.plate, *kind) for kind in kinds)

    def to_data(self) -> dict[str, Any]:
        """Return the theory as plain data, fit for JSON."""
        return {"kind": "causal", "plate": self.plate}


@lru_cache(maxsize=1024)
def _vertex(plate: str, k: int, m: int) -> Vertex:
    first, last = _FIELD.ends
    return Vertex(name=f"V({k},{m})", legs=(first,) * k + (last,) * m, powers=Powers(**{plate: k - 1}))


def _kinds(excess: int, cycles: int) -> Iterator[tuple[VertexKind, ...]]:
    for sizes in _partitions(excess, smallest=1) if excess > 0 else ():
        incoming = len(sizes) + cycles
        for at_mergers in range(incoming + 1):
            for mergers in _partitions(at_mergers, smallest=1):
                for sources in _shared_out(incoming - at_mergers, sizes):
                    yield (*sources, *(VertexKind(1, m + 1) for m in mergers))


def network_action(network: Layered) -> CausalAction:
    """The causal action of a network's metric: of its layers' plate.

    Raises
    ------
    InvalidInput
        If `network` is no network of layers, or their units lie in more than one plate.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> network_action(fnn.MLP(depth=3, width=8, activation="tanh")).plate
    'width'
    """
    layers = getattr(network, "layers", None)
    if layers is None:
        raise InvalidInput(
            f"network={network!r} has no layers; give one such as feyn_nn.MLP(depth=3, width=8)"
        )
    plates = {layer.plates[0].name for layer in layers} or {"width"}
    if len(plates) > 1:
        raise InvalidInput(f"the network has plates {sorted(plates)}; the causal action has one")
    return CausalAction(plate=plates.pop())


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
