"""Which activations have expectations in closed form, and what writes them.

A family registers a factory that looks at an activation and returns a *form*, or None if the activation is none
of its own. A form turns one expectation, as plain data, into sympy::

    register_closed_form("my family", lambda activation: my_form if activation.name == "mine" else None)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import sympy

from feyn_nn._core import InvalidInput, nearest
from feyn_nn.networks import Activation, activation
from feyn_nn.rules.closed_forms.error_function import error_function_form
from feyn_nn.rules.closed_forms.exponential_polynomials import exponential_polynomial_form
from feyn_nn.rules.closed_forms.piecewise_linear import piecewise_linear_form
from feyn_nn.rules.expectation import Expectation
from feyn_nn.rules.gaussian_expectation import GaussianExpectation
from feyn_nn.rules.kernel_node import Kernel
from feyn_nn.rules.pair_numbers import pair_number

Metric: TypeAlias = Callable[[int, int], sympy.Expr]
"""(α, β) -> K_αβ."""

Form: TypeAlias = Callable[[Expectation, Metric], sympy.Expr | None]
"""(expectation, metric) -> its closed form, or None where there is none."""

Family: TypeAlias = Callable[[Activation], Form | None]

_FAMILIES: dict[str, Family] = {
    "polynomials times exponentials": exponential_polynomial_form,
    "two slopes": piecewise_linear_form,
    "error function": error_function_form,
}


def register_closed_form(name: str, family: Family) -> None:
    """Let `family` write the expectations of its activations; it is asked after those that are there.

    Parameters
    ----------
    name : str
        For :func:`feyn_nn.rules.closed_forms.known_closed_forms`.
    family : callable
        Activation -> form, or None if the activation is none of this family.

    Raises
    ------
    InvalidInput
        If the name is taken.
    """
    if name in _FAMILIES:
        raise InvalidInput(f"closed forms {name!r} exist already; choose another name")
    _FAMILIES[name] = family
    _form.cache_clear()


def known_closed_forms() -> tuple[str, ...]:
    """The families of activations whose expectations have closed forms."""
    return tuple(_FAMILIES)


def has_closed_form(given: Any) -> bool:
    """Whether expectations of an activation are known in closed form, perhaps not all of them.

    Examples
    --------
    >>> has_closed_form("relu"), has_closed_form("tanh")
    (True, False)
    """
    return _form(activation(given)) is not None


def closed_form(expression: sympy.Expr, given: Any) -> sympy.Expr:
    """Replace each Gaussian expectation of an expression by its closed form in K^ℓ, where there is one.

    Parameters
    ----------
    expression : sympy.Expr
        As :func:`feyn_nn.rules.algebra.explicit` gives it.
    given : Activation, str or sympy expression
        σ. Linear, polynomials (Isserlis), sin, cos, exp and their sums and products with polynomials
        (characteristic function), ReLU and leaky ReLU (arc-cosine kernels, Cho and Saul 2009), erf (Williams 1997).
        Expectations without a closed form, such as ⟨erf⁴⟩ or five rectified inputs, stay as they are.

    Raises
    ------
    InvalidInput
        If the activation is unknown, or none of its expectations has a closed form.

    Examples
    --------
    >>> mean = GaussianExpectation(1, sympy.Tuple(0, 2, 0))
    >>> closed_form(mean, "relu"), closed_form(mean, "sin")
    (K[1]_00/2, 1/2 - exp(-2*K[1]_00)/2)
    """
    sigma = activation(given)
    form = _form(sigma)
    if form is None:
        families = ", ".join(_FAMILIES)
        raise InvalidInput(
            f"expectations of activation {sigma.name!r} have no closed form; those of {families} do,"
            f" such as 'relu'; evaluate(…) gives the numbers. {nearest(sigma.name, ('relu', 'erf', 'sin'))}"
        )
    found = {}
    for expectation in expression.atoms(GaussianExpectation):
        value = form(expectation.factors, _metric(expectation.layer))
        if value is not None:
            found[expectation] = value
    return expression.xreplace(found)


def _metric(layer: sympy.Expr) -> Metric:
    return lambda a, b: Kernel(layer, pair_number((a, b)))


@lru_cache(maxsize=64)
def _form(sigma: Activation) -> Form | None:
    for family in _FAMILIES.values():
        form = family(sigma)
        if form is not None:
            return form
    return None
