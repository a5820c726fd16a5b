"""An activation that jumps has no slopes: nearby inputs part at once, however near they are."""

from __future__ import annotations

import numpy as np

from feyn_nn._core import InvalidInput
from feyn_nn.networks import Activation

_CLOSE = 1e-12


def require_slopes(activation: Activation) -> None:
    """See that ⟨σ'σ'⟩ of an input with itself exists.

    Raises
    ------
    InvalidInput
        If σ jumps, with the place.

    Examples
    --------
    >>> from feyn_nn.networks import activation
    >>> require_slopes(activation("relu"))  # a kink is no jump
    """
    if activation.pieces is None:
        return
    sides = zip(activation.pieces.derivatives, activation.pieces.derivatives[1:], strict=False)
    for kink, (left, right) in zip(activation.pieces.kinks, sides, strict=True):
        before, after = (float(np.asarray(side(np.array([kink]), 0)).item()) for side in (left, right))
        if abs(after - before) > _CLOSE * max(1.0, abs(before), abs(after)):
            raise InvalidInput(
                f"activation {activation.name!r} jumps at z = {kink:g}, so that its slopes χ_∥ and χ_⊥ do not exist;"
                " give one without jumps"
            )
