"""Large-depth coefficients in closed form, for a smooth σ whose critical kernel vanishes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feyn_nn.flow.large_depth import LargeDepth, couplings_at_zero
from feyn_nn.networks import Activation

if TYPE_CHECKING:
    import sympy


def with_exact(depth: LargeDepth, activation: Activation) -> LargeDepth:
    """The same laws with their coefficients as sympy expressions, and K as a series in 1/ℓ.

    1/K' = 1/K - a + (a² - b)K + … for K' = K + aK² + bK³ + … gives
    K = 1/(|a|ℓ) [1 + (b - a²)/a² log(ℓ)/ℓ + O(1/ℓ)], whose next term depends on where the flow begins.
    """
    import sympy

    found = _flow_coefficients(activation)
    if found is None:
        return depth
    a, b = found
    layer = sympy.Symbol("ell", positive=True)
    leading = 1 / (-a * layer)
    series = leading * (1 + sympy.simplify((b - a**2) / a**2) * sympy.log(layer) / layer)
    couplings = couplings_at_zero(sympy.Integer(1), sympy.Integer(2))
    laws = {name: replace(depth[name], exact=value) for name, value in couplings.items()}
    kernel = replace(depth.kernel, exact=sympy.simplify(-1 / a))
    return replace(
        depth,
        kernel=kernel,
        kernel_series=series + sympy.O(layer**-2, (layer, sympy.oo)),
        **laws,
    )


def _flow_coefficients(activation: Activation) -> tuple[sympy.Expr, sympy.Expr] | None:
    """(a, b) of K' = K + aK² + bK³ at C_W = 1/σ'(0)², from σ as an expression; None where that cannot be had."""
    import sympy

    from feyn_nn.rules.closed_forms.formula import Z, formula

    sigma = formula(activation)
    if sigma is None or activation.pieces is not None or activation.slopes is not None:
        return None
    taylor = [sympy.limit(sigma.diff(Z, k), Z, 0) / sympy.factorial(k) for k in range(6)]
    if not all(c.is_finite and c.is_real for c in taylor) or taylor[0] != 0 or taylor[1] == 0:
        return None
    squares = {m: sum(taylor[i] * taylor[m - i] for i in range(1, m)) for m in (4, 6)}
    a = sympy.simplify(3 * squares[4] / taylor[1] ** 2)
    b = sympy.simplify(15 * squares[6] / taylor[1] ** 2)
    return None if a == 0 else (a, b)
