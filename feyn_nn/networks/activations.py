"""Activations: σ, its derivatives, and what theory needs to know of its shape.

An activation is data, not a branch. To add one, register it once::

    register(Activation(name="sine", function=np.sin, derivatives=sine_derivatives,
                        parity=-1, strip=math.inf, growth=Growth(), formula="sin(z)"))

After that ``MLP(activation="sine")``, specifications and every evaluation know it. A family of activations, such
as ``leaky_relu(a)``, is registered by what makes one of its members of numbers (:func:`register_family`). Whatever
else is typed is an expression in z.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput, nearest
from feyn_nn.networks.checks import shown
from feyn_nn.networks.growth import Growth
from feyn_nn.networks.identity import identity
from feyn_nn.networks.pieces import Pieces

Slopes: TypeAlias = tuple[float, float]
Derivatives: TypeAlias = Callable[[NDArray[np.float64], int], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Activation:
    """The function σ that a neuron applies to its preactivation z.

    Activations are equal when all their parts are, their names among them.

    Parameters
    ----------
    name : str
        What a user types, such as ``"tanh"``.
    function : callable
        z -> σ(z), elementwise.
    derivatives : callable
        (z, order) -> array of shape (order + 1, *z.shape) holding σ, σ', …, σ^(order) at z. A kinked σ gives
        those off the kink, and there the mean of both sides.
    slopes : (float, float), optional
        (a₋, a₊) if σ(z) = a₋ z for z < 0 and a₊ z for z > 0, homogeneous of degree one; None otherwise.
    pieces : Pieces, optional
        σ between its kinks, where it has other ones, or jumps.
    parity : int
        +1 for an even σ, -1 for an odd one, 0 for neither.
    strip : float
        Half-width of the strip about the real axis in which σ is analytic and grows no faster than an
        exponential: π/2 for tanh, ``inf`` for sin and for polynomials, 1.5 for erf, which is entire but grows
        like exp(y²) off the axis, 0.0 for a kinked σ. It sets the first step of a trapezoidal rule.
    growth : Growth, optional
        How fast σ grows; None where that is not known, and then nothing is refused because of it.
    formula : str
        σ as sympy text in z, such as ``"tanh(z)"``.

    Raises
    ------
    InvalidInput
        If a part is missing or out of range.

    Examples
    --------
    >>> activation("relu")(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    name: str
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    derivatives: Derivatives
    slopes: Slopes | None = None
    pieces: Pieces | None = None
    parity: int = 0
    strip: float
    growth: Growth | None = None
    formula: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise InvalidInput(f"name={self.name!r} does not name an activation; give a word such as 'tanh'")
        if not callable(self.function) or not callable(self.derivatives):
            raise InvalidInput(f"activation {self.name!r} lacks a callable; give function= and derivatives=")
        if self.parity not in (-1, 0, 1):
            raise InvalidInput(
                f"parity={self.parity!r} is not known; give +1 (even), -1 (odd) or 0 (neither)"
            )
        if not self.strip >= 0:
            raise InvalidInput(
                f"strip={self.strip!r} is no width; give a number >= 0, math.inf if σ is entire"
            )
        if self.slopes is not None and (len(self.slopes) != 2 or not all(map(math.isfinite, self.slopes))):
            raise InvalidInput(f"slopes={self.slopes!r} are not two finite numbers; give (below 0, above 0)")

    def __call__(self, z: ArrayLike) -> NDArray[np.float64]:
        """σ(z), elementwise, of the shape of z."""
        return self.function(np.asarray(z, dtype=np.float64))

    def __eq__(self, other: object) -> bool:
        return self._parts == other._parts if isinstance(other, Activation) else NotImplemented

    @property
    def _parts(self) -> tuple[object, ...]:
        functions = identity(self.function), identity(self.derivatives)
        shape = self.slopes, self.pieces, self.parity, self.strip, self.growth
        return (self.name, self.formula, *functions, *shape)

    def __hash__(self) -> int:
        return hash((Activation, self.name))

    def __repr__(self) -> str:
        return f"Activation({self.name!r})"


_REGISTRY: dict[str, Activation] = {}


def register(new: Activation) -> Activation:
    """Make `new` known under its name, and return it.

    Raises
    ------
    InvalidInput
        If the name is taken, or `new` is no Activation.

    Examples
    --------
    >>> from feyn_nn.networks.activations import activation, unregister
    >>> from dataclasses import replace
    >>> register(replace(activation("tanh"), name="squash")).name
    'squash'
    >>> unregister("squash")
    """
    if not isinstance(new, Activation):
        raise InvalidInput(f"{new!r} is not an Activation; give register(Activation(name=…, …))")
    if new.name in _REGISTRY:
        raise InvalidInput(
            f"activation {new.name!r} exists already; choose another name, or unregister it first"
        )
    _REGISTRY[new.name] = new
    return new


def unregister(name: str) -> None:
    """Forget the activation called `name`.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    del _REGISTRY[activation(name).name]


def known_activations() -> tuple[str, ...]:
    """The names that ``activation=`` accepts as they are, in alphabetical order.

    Examples
    --------
    >>> "gelu" in known_activations()
    True
    """
    return tuple(sorted(_REGISTRY))


class Family(NamedTuple):
    """Activations that differ by numbers, such as ``leaky_relu(a)``.

    Parameters
    ----------
    name : str
    make : callable
        (name as typed, numbers) -> Activation.
    example : str
        One member, for messages.
    n_numbers : int or None
        How many numbers a member takes; None for one or more.
    """

    name: str
    make: Callable[[str, tuple[float, ...]], Activation]
    example: str
    n_numbers: int | None = None


_FAMILIES: dict[str, Family] = {}


def register_family(new: Family) -> Family:
    """Make a family known under its name, and return it.

    Raises
    ------
    InvalidInput
        If the name is taken.
    """
    if new.name in _FAMILIES or new.name in _REGISTRY:
        raise InvalidInput(f"activation {new.name!r} exists already; choose another name")
    _FAMILIES[new.name] = new
    return new


def known_families() -> tuple[str, ...]:
    """An example of each family that ``activation=`` accepts, in alphabetical order.

    Examples
    --------
    >>> known_families()[0]
    'leaky_relu(0.1)'
    """
    return tuple(_FAMILIES[name].example for name in sorted(_FAMILIES))


def activation(given: Any) -> Activation:
    """The activation that is meant by a name, a member of a family, or an expression in z.

    Parameters
    ----------
    given : str, sympy expression or Activation
        ``"tanh"``, ``"leaky_relu(0.1)"``, ``"z*exp(-z**2/2)"``, ``sympy.tanh(z)**3``; an Activation is returned as
        it is, registered or not. Text is read by a small grammar and never run as code.

    Raises
    ------
    InvalidInput
        If no activation has this name, or the expression is none that the rules can take; the message says why.

    Examples
    --------
    >>> activation("tanh").formula
    'tanh(z)'
    >>> activation("polynomial(0, 1, 0, 0.1)").growth
    Growth(degree=3.0, rate=0.0)
    >>> activation("Max(0, z)").slopes
    (0.0, 1.0)
    """
    if isinstance(given, Activation):
        return given
    if not isinstance(given, str):
        return _from_object(given)
    if (word := given.strip()) in _REGISTRY:
        return _REGISTRY[word]
    if word.isidentifier() and word != "z":
        raise _unknown(word)
    from feyn_nn.networks.expression_text import split_call

    call = split_call(given, _FAMILIES)
    if call is not None:
        name, arguments = call
        return _member(given.strip(), _FAMILIES[name], tuple(argument.value for argument in arguments))
    _refuse_called_names(given)
    from feyn_nn.networks.expression import activation_from_text

    return activation_from_text(given)


def _from_object(given: Any) -> Activation:
    from feyn_nn.networks.expression import activation_from_sympy, is_expression

    if is_expression(given):
        return activation_from_sympy(given)
    raise InvalidInput(
        f"activation={shown(given)} is neither a name nor an expression; give one of"
        f" {', '.join(known_activations())}, or an expression in z"
    )


def _refuse_called_names(text: str) -> None:
    """Stop at ``relu(z)``: names of activations are no functions of the grammar, unless both have them."""
    from feyn_nn.networks.expression_text import FUNCTIONS

    for name in re.findall(r"([A-Za-z_]\w*)\s*\(", text, re.ASCII):
        if name in _REGISTRY and name not in FUNCTIONS:
            raise InvalidInput(
                f"activation {shown(text)} calls {name!r}, a name that stands alone; give {name!r}, or write out its"
                f" formula {_REGISTRY[name].formula!r}"
            )


def _unknown(word: str) -> InvalidInput:
    if word in _FAMILIES:
        return InvalidInput(
            f"activation {word!r} needs its numbers; give for example {_FAMILIES[word].example!r}"
        )
    hint = nearest(word.lower(), (*known_activations(), *known_families()))
    return InvalidInput(
        f"activation {shown(word)} is not known; {hint}, or an expression in z", page="activations.md"
    )


@lru_cache(maxsize=256)  # one object for one text, so that what is prepared for it is found again
def _member(typed: str, family: Family, numbers: tuple[float | None, ...]) -> Activation:
    wanted = "one number" if family.n_numbers == 1 else f"{family.n_numbers or 'one or more'} numbers"
    given = [number for number in numbers if number is not None]
    if len(given) < len(numbers) or len(given) != (family.n_numbers or max(1, len(given))):
        raise InvalidInput(f"activation {shown(typed)} takes {wanted}; give for example {family.example!r}")
    return family.make(typed, tuple(given))


def piecewise_linear(name: str, slopes: Slopes, *, formula: str, function: Any = None) -> Activation:
    """σ(z) = a₋ z below zero and a₊ z above, for `slopes` (a₋, a₊).

    Parameters
    ----------
    name, formula
        As in `Activation`.
    slopes : (float, float)
        a₋ and a₊; where they are equal, or opposite, parity and strip follow.
    function : callable, optional
        A faster way to write σ than the general one.

    Examples
    --------
    >>> piecewise_linear("leaky", (0.1, 1.0), formula="Max(z/10, z)")(-2.0).item()
    -0.2
    """
    below, above = float(slopes[0]), float(slopes[1])
    return Activation(
        name=name,
        function=function or partial(_broken_line, (below, above)),
        derivatives=partial(_broken_line_derivatives, (below, above)),
        slopes=(below, above),
        parity=int(below == -above) - int(below == above),
        strip=math.inf if below == above else 0.0,
        growth=Growth(degree=1.0) if below or above else Growth(),
        formula=formula,
    )


def line_formula(slopes: Slopes) -> str:
    """Two straight lines through zero, as sympy text.

    Examples
    --------
    >>> line_formula((0.1, 1.0)), line_formula((2.0, 2.0))
    ('Max(0, z) + 0.1*Min(0, z)', '2*z')
    """
    below, above = slopes
    if below == above:
        return scaled(above, "z") or "0*z"
    parts = (scaled(above, "Max(0, z)"), scaled(below, "Min(0, z)"))
    return " + ".join(part for part in parts if part)


def scaled(coefficient: float, factor: str) -> str:
    """``coefficient*factor`` as text, every digit kept; nothing where the coefficient is zero."""
    if coefficient == 0.0:
        return ""
    digits = (
        repr(int(coefficient))
        if coefficient == int(coefficient) and abs(coefficient) < 1e15
        else repr(coefficient)
    )
    if coefficient < 0:
        digits = f"({digits})"
    return factor if digits == "1" else f"{digits}*{factor}"


def _broken_line(slopes: Slopes, z: NDArray[np.float64]) -> NDArray[np.float64]:
    below, above = slopes
    return z * np.where(z < 0, below, above)


def _broken_line_derivatives(slopes: Slopes, z: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    below, above = slopes
    table = np.zeros((order + 1, *z.shape))
    table[0] = _broken_line(slopes, z)
    if order >= 1:
        table[1] = below + (above - below) * np.heaviside(z, 0.5)
    return table
