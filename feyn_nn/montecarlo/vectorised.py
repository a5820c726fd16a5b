"""Which activations have a compiled loop of their own; every other one is applied by numpy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.networks import Activation
from feyn_nn.networks.activations import activation

Floats: TypeAlias = NDArray[np.float64]
InPlace: TypeAlias = Callable[[Floats], Any]

_PIECE = 8192  # 64 KiB: temporaries stay in the cache, and their memory with the process

# A loop belongs to a function, not to a name: an activation that only shares the name gets its own function.
_LOOPS: dict[Callable[[Floats], Floats], Callable[[], InPlace]] = {}


def register_loop(function: Callable[[Floats], Floats], loop: Callable[[], InPlace]) -> None:
    """State the compiled loop that stands for `function`, the ``function`` of an `Activation`.

    Parameters
    ----------
    function : callable
        z -> σ(z).
    loop : callable () -> callable (z) -> None
        Imports and returns the loop, which overwrites a flat contiguous array z with σ(z).
    """
    _LOOPS[function] = loop


def in_place(sigma: Activation) -> InPlace:
    """What overwrites a flat contiguous array z with σ(z); where σ overflows, z becomes infinite.

    A compiled loop if the function has one or is two straight lines through zero, numpy otherwise.

    Examples
    --------
    >>> z = np.array([-1.0, 0.5])
    >>> in_place(activation("leaky_relu(0.1)"))(z)
    >>> z.tolist()
    [-0.1, 0.5]
    """
    if sigma.slopes is not None:
        return _line(*sigma.slopes)
    if sigma.function in _LOOPS:
        return _LOOPS[sigma.function]()
    return partial(_by_numpy, sigma)


def _line(below: float, above: float) -> InPlace:
    if below == above == 1.0:
        return _nothing
    from feyn_nn.montecarlo import _sigma

    return partial(_broken_line, _sigma.broken_line, below, above)


def _nothing(z: Floats) -> None:
    """The identity."""


def _broken_line(loop: Callable[[Floats, float, float], None], below: float, above: float, z: Floats) -> None:
    loop(z, below, above)


def _by_numpy(sigma: Activation, z: Floats) -> None:
    with np.errstate(all="ignore"):
        for start in range(0, z.size, _PIECE):
            z[start : start + _PIECE] = sigma(z[start : start + _PIECE])


def _loop(name: str) -> InPlace:
    from feyn_nn.montecarlo import _sigma

    found: InPlace = getattr(_sigma, name)
    return found


for _name, _kernel in {
    "tanh": "tanh",
    "erf": "erf",
    "sin": "sine",
    "cos": "cosine",
    "exp": "exponential",
    "gelu": "gelu",
    "swish": "swish",
    "softplus": "softplus",
}.items():
    register_loop(activation(_name).function, partial(_loop, _kernel))
