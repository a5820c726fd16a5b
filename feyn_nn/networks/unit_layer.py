"""Layers of one's own: a plate of exchangeable units, stated by what one unit computes."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.checks import integer, variance
from feyn_nn.networks.layers import Plate

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class UnitLayer(ABC):
    """A plate of `width` units with outputs h: Ĝ' = offset + (scale / width) Σ_j h_j h_jᵀ.

    Subclass it, say what one unit computes, and theory to any order in 1/width, diagrams, sampling and validation
    follow. A unit receives `latents` independent Gaussian preactivations z ~ N(0, Ĝ), one number of each per input, and
    `shared` standard normals that all inputs share; its output at an input depends on these alone.

    Parameters
    ----------
    width : int
        The number of units.
    scale, offset : float
        C_W and C_b of the weight layer that reads the units out.

    Raises
    ------
    InvalidInput
        If the width is < 1, a variance negative or not finite, or :meth:`unit` does not take `latents` + `shared`
        arrays.

    Examples
    --------
    A gated unit, tanh(u) v:

    >>> import feyn_nn as fnn
    >>> class Gated(UnitLayer):
    ...     latents = 2
    ...
    ...     def unit(self, u, v):
    ...         return np.tanh(u) * v
    >>> net = fnn.Feedforward([Gated(width=64)])
    >>> round(float(fnn.infinite_width_kernel(net, fnn.Inputs.from_metric([[1.0]]))[0, 0]), 9)
    0.39429449
    """

    width: int
    scale: float = 1.0
    offset: float = 0.0

    latents: ClassVar[int] = 1
    shared: ClassVar[int] = 0

    @abstractmethod
    def unit(self, *preactivations: Array) -> Array:
        """The output of one unit, elementwise.

        Parameters
        ----------
        *preactivations : arrays
            The latents, then the shared normals; their shapes broadcast against each other.

        Returns
        -------
        array
            Of the shape that they broadcast to.
        """

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", integer("width", self.width, least=1))
        object.__setattr__(self, "scale", variance("scale", self.scale))
        object.__setattr__(self, "offset", variance("offset", self.offset))
        integer("latents", self.latents, least=1)
        integer("shared", self.shared, least=0)
        self._check_unit()

    @property
    def plates(self) -> tuple[Plate, ...]:
        """The plates of the layer, outermost first."""
        return (Plate("width", self.width),)

    @property
    def homogeneous(self) -> bool:
        """Whether h(cz) = c h(z) for c > 0; inputs along one ray are then taken as one. Not by default."""
        return False

    def outputs(self, preactivations: list[Array]) -> Array:
        """:meth:`unit` of these arrays, checked.

        Raises
        ------
        InvalidInput
            If the result has another shape, or is not real.
        """
        found: Any = np.asarray(self.unit(*preactivations))
        shape = np.broadcast_shapes(*(part.shape for part in preactivations))
        if found.shape != shape or found.dtype.kind not in "fiub":
            raise InvalidInput(
                f"{type(self).__name__}.unit gives {found.dtype} of shape {found.shape} for arrays of shape {shape};"
                " give real numbers, elementwise"
            )
        return found.astype(np.float64, copy=False)  # type: ignore[no-any-return]

    def _check_unit(self) -> None:
        count = self.latents + self.shared
        try:
            inspect.signature(self.unit).bind(*[None] * count)
        except TypeError as error:
            raise InvalidInput(
                f"{type(self).__name__}.unit does not take {count} arrays, though latents={self.latents} and"
                f" shared={self.shared}; let it take the latents, then the shared normals"
            ) from error
