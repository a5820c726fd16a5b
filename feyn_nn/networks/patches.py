"""Images cut into patches: real tokens."""

from __future__ import annotations

from typing import Any

import numpy as np

from feyn_nn._core import InvalidInput
from feyn_nn.networks.checks import integer, is_single, shown
from feyn_nn.networks.inputs import Inputs
from feyn_nn.networks.tokens import Tokens

_SIDE = 8  # of the images of digits


def digit_patches(k: int = 2, *, patch: Any = (2, 4)) -> Tokens:
    """The first `k` 8×8 images of the UCI handwritten digits, cut into patches: one token each, row by row.

    Each image is scaled so that the squares of its 64 pixels have mean 1, as in :meth:`Inputs.digits`, so a token's
    length says how much ink its patch holds.

    Parameters
    ----------
    k : int
        How many images.
    patch : (rows, columns)
        Divisors of 8; (2, 4) gives eight tokens of eight pixels.

    Raises
    ------
    InvalidInput
        If `k` is not between 1 and 1797, or the patches do not tile the image.
    MissingExtra
        If scikit-learn is not installed.

    Examples
    --------
    >>> digit_patches(2, patch=(2, 4))
    <Tokens: 2 inputs × 8 tokens, the first 2 handwritten digits in patches of 2 × 4>
    """
    sides = () if is_single(patch) or isinstance(patch, (str, bytes)) else tuple(patch)
    if len(sides) != 2:
        raise InvalidInput(
            f"patch={shown(patch)} is no size of a patch; give (rows, columns), such as (2, 4)"
        )
    height, width = (integer("patch", side, least=1) for side in sides)
    if _SIDE % height or _SIDE % width:
        raise InvalidInput(f"patches of {height} × {width} do not tile an image of 8 × 8; give divisors of 8")
    images = Inputs.digits(k)
    pixels = np.asarray(images.values).reshape(-1, _SIDE // height, height, _SIDE // width, width)
    tokens = pixels.transpose(0, 1, 3, 2, 4).reshape(len(pixels), -1, height * width)
    source = f"{images.source} in patches of {height} × {width}"
    return Tokens(tokens).described(source, {"digits": images.n_inputs, "patch": [height, width]})
