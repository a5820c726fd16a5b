"""Vertices of networks whose activation is homogeneous of degree one: exact rational numbers, at any depth.

For one input and no bias, ω = σ² is G times a variable that does not depend on G, so that in units of the kernels
κ_k(ω) = c_k G^k gives V_{k,m} = (c_k / c_1^k) k! / (k - m)! with χ = V_{1,1} = 1, whatever C_W.
"""

from __future__ import annotations

from math import comb, factorial, prod

import sympy

from feyn_nn._core import InvalidInput
from feyn_nn.actions import VertexKind
from feyn_nn.networks import Activation
from feyn_nn.rules.closed_forms.formula import exact


def homogeneous_vertex(activation: Activation, kind: VertexKind) -> sympy.Rational:
    """V_{k,m} K^m / K'^k without n^{1-k}, K and K' the kernels of a layer and the next.

    From the moments ⟨σ^{2p}⟩ = (2p - 1)!! (a₋^{2p} + a₊^{2p}) / 2 at G = 1.

    Raises
    ------
    InvalidInput
        If σ is not made of two slopes, or is zero.

    Examples
    --------
    >>> from feyn_nn.networks import activation
    >>> [homogeneous_vertex(activation("relu"), VertexKind(k, 0)) for k in (2, 3)]
    [5, 44]
    """
    if activation.slopes is None or not any(activation.slopes):
        raise InvalidInput(
            f"activation {activation.name!r} is not homogeneous; closed expressions in depth need one of"
            " 'linear', 'relu', 'leaky_relu(0.1)', or the vertices of a fixed point"
        )
    below, above = map(exact, activation.slopes)
    moments = [
        sympy.Rational(prod(range(1, 2 * p, 2)), 2) * (below ** (2 * p) + above ** (2 * p))
        for p in range(kind.outgoing + 1)
    ]
    cumulants = [sympy.Integer(0)]
    for k in range(1, kind.outgoing + 1):
        lower = (comb(k - 1, q - 1) * cumulants[q] * moments[k - q] for q in range(1, k))
        cumulants.append(moments[k] - sympy.Add(*lower))
    k, m = kind
    falling = factorial(k) // factorial(k - m) if m <= k else 0
    return cumulants[k] / moments[1] ** k * falling
