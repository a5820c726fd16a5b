"""One step of the recursion in depth: neurons of a layer, and the cumulants of the layer before that they take in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from feyn_nn._core import InvalidInput
from feyn_nn._core.text import subscript
from feyn_nn.render.display import Role


@dataclass(frozen=True, kw_only=True)
class LayerStep:
    """A term of "the same sum, one layer at a time": a bipartite diagram of neuron vertices and blobs.

    κ_p(Ĝ^{ℓ+1}) is a sum over connected diagrams of neuron vertices, each of which holds a block of the p external
    labels and takes derivatives, and blobs κ_q, the full cumulants of Δ^ℓ, that join the derivatives. They are
    drawn as in Banta, Cai, Craig & Zhang 2023 (arXiv 2305.02334): the blobs of the layer before at the left, each
    neuron vertex in its plate, external lines solid with a filled dot.

    Parameters
    ----------
    neurons : sequence of sequence of int
        The external labels, counted from 0, that each neuron vertex holds; every label is in one of them.
    blobs : sequence of sequence of int
        The neuron vertices that the q lines of each blob κ_q end in, one entry for each line.
    widths : str
        The size of the plate that each neuron vertex stands for a sum over.

    Raises
    ------
    InvalidInput
        If a neuron vertex holds no label, a label is held twice or left out, a blob has no line or names a
        vertex that is not there.

    Examples
    --------
    The first correction of the mean: κ_2 of the layer before, into one neuron's second derivative.

    >>> step = LayerStep(neurons=[[0]], blobs=[[0, 0]])
    >>> step.vertices
    ((2, 0), (1, 2))
    """

    neurons: Sequence[Sequence[int]]
    blobs: Sequence[Sequence[int]] = ()
    widths: str = "n"

    def __post_init__(self) -> None:
        held = sorted(label for labels in self.neurons for label in labels)
        if not held or not all(self.neurons) or held != list(range(len(held))):
            raise InvalidInput(
                f"neurons={self.neurons!r}: give each neuron vertex at least one label, and each label 0, 1, … once"
            )
        if not all(self.blobs) or any(v not in range(len(self.neurons)) for blob in self.blobs for v in blob):
            raise InvalidInput(
                f"blobs={self.blobs!r}: give each blob the neuron vertices 0 … {len(self.neurons) - 1} that its lines "
                "end in, at least one"
            )
        object.__setattr__(self, "neurons", tuple(map(tuple, self.neurons)))
        object.__setattr__(self, "blobs", tuple(map(tuple, self.blobs)))

    @property
    def n_legs(self) -> int:
        """p, the number of external labels."""
        return sum(map(len, self.neurons))

    @property
    def vertices(self) -> tuple[tuple[int, int], ...]:
        """Blobs (q, 0), then neuron vertices (k, m): how many lines go out and come in."""
        taken = Counter(v for blob in self.blobs for v in blob)
        return (
            *((len(blob), 0) for blob in self.blobs),
            *((len(labels), taken[i]) for i, labels in enumerate(self.neurons)),
        )

    @property
    def lines(self) -> tuple[tuple[int, int], ...]:
        """From blobs to neuron vertices, and from there to the legs."""
        first, legs = len(self.blobs), len(self.blobs) + len(self.neurons)
        inner = [(i, first + v) for i, blob in enumerate(self.blobs) for v in blob]
        return (*inner, *((first + v, legs + a) for v, labels in enumerate(self.neurons) for a in labels))

    @property
    def directed(self) -> bool:
        """Lines run forward in depth."""
        return True

    @property
    def causal_order(self) -> tuple[int, ...]:
        """Blobs before neuron vertices."""
        return tuple(range(len(self.blobs) + len(self.neurons)))

    @property
    def roles(self) -> tuple[Role, ...]:
        """Blobs; cumulants of one neuron, or its Gaussian expectations."""
        neurons: list[Role] = ["expectation" if len(labels) == 1 else "cumulant" for labels in self.neurons]
        blobs: list[Role] = ["blob" for _ in self.blobs]
        return (*blobs, *neurons)

    @property
    def names(self) -> tuple[str, ...]:
        """κ_q in the blobs, (k, m) in the neuron vertices."""
        kinds = self.vertices[len(self.blobs) :]
        return (*(f"κ{subscript(len(blob))}" for blob in self.blobs), *(f"{k},{m}" for k, m in kinds))

    @property
    def plates(self) -> tuple[str, ...]:
        """A plate around each neuron vertex."""
        return (*("" for _ in self.blobs), *(self.widths for _ in self.neurons))

    @property
    def columns(self) -> tuple[str, ...]:
        """The layers from left to right."""
        return (*(("ℓ",) if self.blobs else ()), "neurons", "ℓ + 1")
