"""Laws of single weights: what `WeightSampler` draws, always of mean 0 and variance 1."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, nearest
from feyn_nn.montecarlo.deviates import Deviates

Floats: TypeAlias = NDArray[np.float64]

_TRIAL = 1 << 16  # draws by which a user's law is judged
_LIMIT = 6.0  # standard errors that its mean and variance may be off


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WeightLaw:
    """A symmetric or skew law with mean 0 and variance 1, to be scaled by √(C_W/n).

    Laws are equal when their names are.

    Parameters
    ----------
    name : str
        What a user types, such as ``"laplace"``.
    fill : callable
        (deviates, out) -> anything; fills the contiguous array `out` with independent draws.
    excess_kurtosis : float, optional
        κ_4 = E w⁴ − 3 of the law, where it is known.

    Raises
    ------
    InvalidInput
        If the name is empty or has spaces about it, or `fill` cannot be called.

    Examples
    --------
    >>> weight_law("laplace").excess_kurtosis
    3.0
    """

    name: str
    fill: Callable[[Deviates, Floats], Any]
    excess_kurtosis: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name or self.name != self.name.strip():
            raise InvalidInput(f"name={self.name!r} does not name a law; give a word such as 'laplace'")
        if not callable(self.fill):
            raise InvalidInput(f"fill={self.fill!r} cannot be called; give a function (deviates, out)")

    @classmethod
    def from_generator(
        cls,
        name: str,
        draw: Callable[[np.random.Generator, int], Floats],
        *,
        excess_kurtosis: float | None = None,
    ) -> WeightLaw:
        """A law of your own, drawn with a numpy generator, and tried once for its mean and variance.

        Parameters
        ----------
        name : str
        draw : callable
            (generator, size) -> array of `size` independent draws, of mean 0 and variance 1. Define it in a
            module if the blocks are to run in other processes.
        excess_kurtosis : float, optional

        Raises
        ------
        InvalidInput
            If it returns something else, or its mean or variance is off by more than six standard errors of
            65,536 draws.

        Examples
        --------
        >>> law = WeightLaw.from_generator("triangular", lambda g, size: g.triangular(-1, 0, 1, size) * 6**0.5)
        >>> law
        WeightLaw('triangular')
        """
        law = cls(name=name, fill=partial(_from_generator, draw), excess_kurtosis=excess_kurtosis)
        _try(name, draw)
        return law

    def __eq__(self, other: object) -> bool:
        return self.name == other.name if isinstance(other, WeightLaw) else NotImplemented

    def __hash__(self) -> int:
        return hash((WeightLaw, self.name))

    def __repr__(self) -> str:
        return f"WeightLaw({self.name!r})"


def _from_generator(
    draw: Callable[[np.random.Generator, int], Floats], deviates: Deviates, out: Floats
) -> None:
    out.reshape(-1)[:] = draw(deviates.generator, out.size)


def _try(name: str, draw: Callable[[np.random.Generator, int], Floats]) -> None:
    try:
        draws = np.asarray(draw(np.random.default_rng(0), _TRIAL), dtype=np.float64)
    except Exception as error:
        raise InvalidInput(
            f"the law {name!r} cannot be drawn ({error}); give draw(generator, size) that returns an array"
        ) from error
    if draws.shape != (_TRIAL,) or not np.isfinite(draws).all():
        raise InvalidInput(
            f"the law {name!r} returned an array of shape {draws.shape} for size={_TRIAL}, or one that is not"
            " finite; return `size` finite numbers"
        )
    for what, values, wanted in (("mean", draws, 0.0), ("variance", draws**2, 1.0)):
        found, spread = values.mean(), values.std()
        if abs(found - wanted) > _LIMIT * spread / math.sqrt(_TRIAL) + 1e-12:
            raise InvalidInput(
                f"the law {name!r} has {what} {found:.2g} where {wanted:g} is needed; subtract its mean and divide"
                " by its standard deviation"
            )


class LawFamily(NamedTuple):
    """Laws that differ by one number, such as ``student_t(6)``: how to make one, and an example."""

    make: Callable[[float], WeightLaw]
    example: str


def student_t(df: float) -> WeightLaw:
    """Student's t of `df` degrees of freedom, scaled to variance 1; its κ_4 is 6/(df − 4).

    Raises
    ------
    InvalidInput
        If `df` ≤ 4: the fourth cumulant of the field would be infinite.
    """
    if not 4.0 < df < math.inf:
        raise InvalidInput(
            f"student_t({df:g}) has an infinite fourth cumulant; give more than 4 degrees of freedom, such as"
            " 'student_t(6)'"
        )
    return WeightLaw(
        name=f"student_t({df:g})", fill=partial(_student_t, float(df)), excess_kurtosis=6.0 / (df - 4.0)
    )


def _student_t(df: float, deviates: Deviates, out: Floats) -> None:
    deviates.student_t(out, df)


_LAWS: dict[str, WeightLaw] = {
    law.name: law
    for law in (
        WeightLaw(name="gaussian", fill=Deviates.normal, excess_kurtosis=0.0),
        WeightLaw(name="uniform", fill=Deviates.uniform, excess_kurtosis=-1.2),
        WeightLaw(name="rademacher", fill=Deviates.sign, excess_kurtosis=-2.0),
        WeightLaw(name="laplace", fill=Deviates.laplace, excess_kurtosis=3.0),
    )
}
_BUILT_IN = frozenset(_LAWS)
_FAMILIES: dict[str, LawFamily] = {"student_t": LawFamily(student_t, "student_t(6)")}
GAUSSIAN = _LAWS["gaussian"]


def register_weight_law(law: WeightLaw) -> WeightLaw:
    """Make a law known under its name, and return it.

    Raises
    ------
    InvalidInput
        If the name is taken, or `law` is no WeightLaw.
    """
    if not isinstance(law, WeightLaw):
        raise InvalidInput(f"{law!r} is not a WeightLaw; give WeightLaw.from_generator(name, draw)")
    if law.name in _LAWS or law.name in _FAMILIES:
        raise InvalidInput(
            f"weight law {law.name!r} exists already; choose another name, or unregister_weight_law it first"
        )
    _LAWS[law.name] = law
    return law


def unregister_weight_law(name: str) -> None:
    """Forget the law that was registered under a name, as before its definition is run again in a notebook.

    Raises
    ------
    InvalidInput
        If there is none, or it came with the package.
    """
    own = [known for known in _LAWS if known not in _BUILT_IN]
    if name not in own:
        raise InvalidInput(f"weight law {name!r} was not registered; {nearest(str(name), own)}")
    del _LAWS[name]


def known_weight_laws() -> tuple[str, ...]:
    """What ``weight_law=`` accepts, an example for each family of laws."""
    return (*_LAWS, *(family.example for family in _FAMILIES.values()))


def weight_law(given: WeightLaw | str) -> WeightLaw:
    """The law that is meant by a name such as ``"uniform"`` or ``"student_t(6)"``; a `WeightLaw` is itself.

    Raises
    ------
    InvalidInput
        If there is none of that name.

    Examples
    --------
    >>> weight_law("student_t(10)").excess_kurtosis
    1.0
    """
    if isinstance(given, WeightLaw):
        return given
    text = str(given).strip()
    if text in _LAWS:
        return _LAWS[text]
    call = re.fullmatch(r"(\w+)\(([^()]*)\)", text)
    if call and call[1] in _FAMILIES:
        return _FAMILIES[call[1]].make(_number(text, call[2]))
    raise InvalidInput(
        f"weight law {given!r} is not known; {nearest(text, known_weight_laws())}", page="sampling.md"
    )


def _number(text: str, digits: str) -> float:
    try:
        return float(digits)
    except ValueError:
        raise InvalidInput(f"weight law {text!r} needs one number; give for example 'student_t(6)'") from None
