"""Formulas as MathML, which browsers show without any script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

from feyn_nn._core.labels import pair_name
from feyn_nn._core.observables import FieldObservable, MetricObservable, Observable
from feyn_nn.report.formula import Factor, Formula

if TYPE_CHECKING:
    from feyn_nn.validation.prediction import Prediction


def math(*parts: str, block: bool = False) -> str:
    """A formula, in the text or on a line of its own."""
    display = ' display="block"' if block else ""
    return f"<math{display}>{row(*parts)}</math>"


def row(*parts: str) -> str:
    """Parts side by side."""
    return f"<mrow>{''.join(parts)}</mrow>"


def name(text: str) -> str:
    """A variable."""
    return f"<mi>{escape(text)}</mi>"


def sign(text: str) -> str:
    """An operator, a relation or a bracket."""
    return f"<mo>{escape(text)}</mo>"


def digits(value: object) -> str:
    """A number; one below zero with a true minus sign."""
    text = str(value)
    return row(sign("−"), f"<mn>{text[1:]}</mn>") if text.startswith("-") else f"<mn>{escape(text)}</mn>"


def decimal(value: float) -> str:
    """A number to five digits, with a power of ten where it is very large or very small."""
    digit, _, exponent = f"{value:.5g}".partition("e")
    if not exponent:
        return digits(digit)
    return row(digits(digit), sign("·"), scripted(digits(10), upper=digits(int(exponent))))


def scripted(base: str, lower: str = "", upper: str = "") -> str:
    """A base with an index, an exponent, or both."""
    if lower and upper:
        return f"<msubsup>{base}{lower}{upper}</msubsup>"
    if lower:
        return f"<msub>{base}{lower}</msub>"
    return f"<msup>{base}{upper}</msup>" if upper else base


def over(above: str, below: str) -> str:
    """A fraction."""
    return f"<mfrac>{above}{below}</mfrac>"


def under(base: str, condition: str) -> str:
    """A sum or an integral with what it runs over."""
    return f"<munder>{base}{condition}</munder>"


def formula(value: Formula) -> str:
    """The value of a diagram, one piece for each factor, so that a narrow page can break the line between them."""
    start: list[str] = []
    if value.weight != 1:
        start.append(over(digits(value.weight.numerator), digits(value.weight.denominator)))
    if value.conditions:
        start.append(under(sign(value.sign), _joined(value.conditions)))
    inverse = (replace(factor, power=-factor.power) for factor in value.denominator)
    factors = map(_factor, (*value.numerator, *inverse))
    return " ".join(math(part) for part in (*start, *factors)) or math(digits(1))


def observable(own: Observable) -> str:
    """The name of an observable."""
    parts: Sequence[tuple[str, tuple[Any, Any]]]
    if isinstance(own, MetricObservable):
        parts = [(METRIC, pair) for pair in own.pairs]
    else:
        assert isinstance(own, FieldObservable)
        parts = [(name("z"), leg) for leg in own.legs]
    inside = sign(",").join(scripted(symbol, digits(pair_name(pair))) for symbol, pair in parts)
    return row(scripted(name("κ"), digits(own.order)), sign("("), inside, sign(")"))


METRIC = f"<mover>{name('G')}{sign('^')}</mover>"


def series(prediction: Prediction) -> str:
    """The truncated series of an observable, in numbers; as :func:`formula`, one piece for each term."""
    pieces = [math(observable(prediction.observable), sign("="))]
    if prediction.vanishes:
        return " ".join([*pieces, math(digits(0))])
    for powers, coefficient in prediction.coefficients.items():
        if coefficient == 0.0:
            continue
        size = decimal(abs(coefficient))
        parts = (scripted(name(n), upper=digits(p) if p != 1 else "") for n, p in powers.items())
        sizes = row(sign("·").join(parts))
        before = sign("−" if coefficient < 0 else "+") if len(pieces) > 1 or coefficient < 0 else ""
        pieces.append(math(before, over(size, sizes) if powers else size))
    rest = scripted(name(prediction.parameter), upper=digits(-prediction.orders[-1] - 1))
    return " ".join([*pieces, math(sign("+"), name("O"), sign("("), rest, sign(")"))])


def _factor(factor: Factor) -> str:
    lower = _joined(factor.lower) if factor.lower else ""
    upper = row(*(name(part) for part in factor.upper)) if factor.upper else ""
    base = scripted(name(factor.symbol), lower, upper)
    if factor.power == 1:
        return base
    if not upper:
        return scripted(name(factor.symbol), lower, digits(factor.power))
    return scripted(row(sign("("), base, sign(")")), upper=digits(factor.power))


def _joined(indices: Sequence[str]) -> str:
    return row(sign(",").join(map(_index, indices)))


def _index(index: str) -> str:
    if "<" in index:
        return sign("<").join(map(_index, index.split("<")))
    letter, number = index[:1], index[1:]
    return (
        scripted(name(letter), digits(number)) if number.isdigit() and not letter.isdigit() else name(index)
    )
