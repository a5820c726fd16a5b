"""Exact polynomials in a few named sizes, such as the N of an index loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import prod

from feyn_nn._core.errors import InvalidInput
from feyn_nn._core.powers import Powers
from feyn_nn._core.text import power

Number = int | Fraction


class Polynomial(Mapping[Powers, Fraction]):
    """An immutable polynomial with rational coefficients: a mapping from :class:`Powers` to Fractions.

    Only terms that are not zero are kept, so that equal polynomials are equal mappings; a polynomial without
    variables equals its number.

    Examples
    --------
    >>> N = Polynomial.variable("N")
    >>> print((N * N + 2 * N) * Fraction(1, 3))
    1/3 N² + 2/3 N
    >>> (N * N + 2 * N).at(N=3)
    Fraction(15, 1)
    """

    __slots__ = ("_terms",)

    def __init__(self, terms: Mapping[Powers, Number] | None = None) -> None:
        self._terms = {powers: Fraction(c) for powers, c in (terms or {}).items() if c}

    @classmethod
    def constant(cls, value: Number) -> Polynomial:
        """Make the polynomial that is this number."""
        return cls({Powers(): value})

    @classmethod
    def variable(cls, name: str) -> Polynomial:
        """Make the polynomial that is this variable."""
        return cls({Powers(**{name: 1}): 1})

    def at(self, **values: Number) -> Fraction:
        """Evaluate the polynomial.

        Raises
        ------
        InvalidInput
            If a variable is not given a value.
        """
        missing = sorted(self.variables - values.keys())
        if missing:
            raise InvalidInput(f"{missing[0]} has no value; give one, such as at({missing[0]}=3)")
        total = Fraction(0)
        for powers, coefficient in self.items():
            factors = (Fraction(values[name]) ** exponent for name, exponent in powers.items())
            total += prod(factors, start=coefficient)
        return total

    @property
    def variables(self) -> frozenset[str]:
        """The names that appear."""
        return frozenset(name for powers in self for name in powers)

    def __getitem__(self, powers: Powers) -> Fraction:
        return self._terms.get(powers, Fraction(0))

    def __contains__(self, powers: object) -> bool:
        return powers in self._terms

    def __iter__(self) -> Iterator[Powers]:
        return iter(self._terms)

    def __len__(self) -> int:
        return len(self._terms)

    def __add__(self, other: Polynomial | Number) -> Polynomial:
        terms = dict(self._terms)
        for powers, coefficient in _as_polynomial(other).items():
            terms[powers] = terms.get(powers, Fraction(0)) + coefficient
        return Polynomial(terms)

    __radd__ = __add__

    def __neg__(self) -> Polynomial:
        return self * -1

    def __sub__(self, other: Polynomial | Number) -> Polynomial:
        return self + _as_polynomial(other) * -1

    def __rsub__(self, other: Number) -> Polynomial:
        return _as_polynomial(other) - self

    def __mul__(self, other: Polynomial | Number) -> Polynomial:
        if isinstance(other, (int, Fraction)):
            return Polynomial({powers: c * other for powers, c in self._terms.items()})
        terms: dict[Powers, Fraction] = {}
        for one, a in self._terms.items():
            for two, b in other._terms.items():
                both = one * two
                terms[both] = terms.get(both, Fraction(0)) + a * b
        return Polynomial(terms)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Polynomial, int, Fraction)):
            return self._terms == _as_polynomial(other)._terms
        return NotImplemented

    def __hash__(self) -> int:
        if not self.variables:
            return hash(self[Powers()])
        return hash(frozenset(self._terms.items()))

    def __str__(self) -> str:
        text = " + ".join(_term(powers, self[powers]) for powers in sorted(self, key=_falling))
        return text.replace("+ -", "- ") or "0"

    def __repr__(self) -> str:
        return f"Polynomial({self})"


def _as_polynomial(value: Polynomial | Number) -> Polynomial:
    return value if isinstance(value, Polynomial) else Polynomial.constant(value)


def _falling(powers: Powers) -> tuple[int, list[tuple[str, int]]]:
    """Higher powers first."""
    return -sum(powers.values()), sorted((name, -exponent) for name, exponent in powers.items())


def _term(powers: Powers, coefficient: Fraction) -> str:
    symbols = " ".join(power(name, exponent) for name, exponent in powers.items())
    if not symbols:
        return str(coefficient)
    sign = {Fraction(1): "", Fraction(-1): "-"}
    return sign.get(coefficient, f"{coefficient} ") + symbols
