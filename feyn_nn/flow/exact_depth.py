"""Large-depth coefficients in closed form, and the kernel as a series in 1/ℓ, where σ has such a form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from feyn_nn.flow.large_depth import LargeDepth, couplings_at_zero, couplings_half_stable, couplings_on_a_line
from feyn_nn.networks import Activation

if TYPE_CHECKING:
    import sympy


def with_exact_line(depth: LargeDepth, activation: Activation) -> LargeDepth:
    """The laws of two straight lines meeting at zero, whose slopes are exact."""
    import sympy

    from feyn_nn.rules.closed_forms.formula import exact

    assert activation.slopes is not None
    below, above = (exact(float(slope)) for slope in activation.slopes)
    v = 6 * (below**4 + above**4) / (below**2 + above**2) ** 2 - 1
    return _with(depth, couplings_on_a_line(v), sympy.Integer(1))


def with_exact_zero(depth: LargeDepth, activation: Activation, power: float) -> LargeDepth:
    """The laws of K* = 0 for a σ with one slope there; K as well if σ is smooth.

    1/K' = 1/K - a + (a² - b)K + … for K' = K + aK² + bK³ + … gives
    K = 1/(|a|ℓ) [1 + (b - a²)/a² log(ℓ)/ℓ + O(1/ℓ)], whose next term depends on where the flow begins.
    """
    import sympy

    couplings = couplings_at_zero(sympy.nsimplify(power), sympy.Integer(2))
    found = _flow_coefficients(activation) if power == 1.0 else None
    if found is None:
        return _with(depth, couplings)
    a, b = found
    return replace(
        _with(depth, couplings, sympy.simplify(-1 / a)), kernel_series=_series(sympy.Integer(0), a, b)
    )


def with_exact_half_stable(depth: LargeDepth, activation: Activation, kernel: float) -> LargeDepth:
    """The laws of K* > 0 for a polynomial σ whose K* can be written with roots."""
    import sympy

    from feyn_nn.rules.closed_forms.formula import Z, formula

    sigma = formula(activation)
    if sigma is None or not sigma.is_polynomial(Z):
        return depth
    K = sympy.Symbol("K", positive=True)
    square = _mean(sigma**2, K)
    bent = sympy.Poly(_mean(sigma * sigma.diff(Z, 2), K), K)
    near = [root for root in sympy.roots(bent) if abs(sympy.N(root) - kernel) < 1e-9 * kernel]
    if len(near) != 1:
        return depth
    C_W = 1 / _mean(sigma.diff(Z) ** 2, K)
    bends = (C_W * square.diff(K, 2) / 2, C_W * square.diff(K, 3) / 6)
    terms = (*bends, C_W**2 * (_mean(sigma**4, K) - square**2))
    a, b, w = (sympy.radsimp(sympy.simplify(term.subs(K, near[0]))) for term in terms)
    found = _with(depth, couplings_half_stable(near[0], a, w), sympy.Abs(1 / a))
    return replace(found, kernel_series=_series(near[0], a, b))


def _with(depth: LargeDepth, couplings: dict[str, Any], kernel: sympy.Expr | None = None) -> LargeDepth:
    import sympy

    laws = {name: replace(depth[name], exact=sympy.simplify(value)) for name, value in couplings.items()}
    return replace(depth, **laws, kernel=replace(depth.kernel, exact=kernel))


def _series(fixed_point: sympy.Expr, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    """K* - 1/(aℓ) [1 + (b - a²)/a² log(ℓ)/ℓ] + O(ℓ⁻²)."""
    import sympy

    layer = sympy.Symbol("ell", positive=True)
    leading = 1 / (-a * layer)
    series = leading * (1 + sympy.simplify((b - a**2) / a**2) * sympy.log(layer) / layer)
    return fixed_point + series + sympy.O(layer**-2, (layer, sympy.oo))


def _mean(polynomial: sympy.Expr, K: sympy.Symbol) -> sympy.Expr:
    """⟨polynomial⟩ over z ~ N(0, K)."""
    import sympy

    from feyn_nn.rules.closed_forms.formula import Z

    terms = sympy.Poly(polynomial, Z).terms()
    return sympy.expand(sum(c * sympy.factorial2(m - 1) * K ** (m // 2) for (m,), c in terms if m % 2 == 0))


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
