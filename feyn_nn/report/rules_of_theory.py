"""What the coefficients of a validation are computed from, in formulas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from feyn_nn._core.observables import FieldObservable, MetricObservable
from feyn_nn._core.text import counted
from feyn_nn.report.markup import element
from feyn_nn.report.mathml import digits, math, observable, row, sign

if TYPE_CHECKING:
    from feyn_nn.validation.judgement import Judgement


def rules_of_theory(judgements: Sequence[Judgement]) -> str:
    """The expansion that the observables of a report follow, and what makes correlators of the field out of it."""
    kind = "networks" if judgements[0].prediction.parameter == "n" else "attention"
    rules = files("feyn_nn.report").joinpath(f"rules_of_{kind}.html").read_text(encoding="utf-8")
    asked = (judgement.prediction.observable for judgement in judgements)
    return rules + "".join(_of_metrics(own) for own in asked if isinstance(own, FieldObservable))


def _of_metrics(correlator: FieldObservable) -> str:
    """Given the metric the field is Gaussian."""
    found = Counter(MetricObservable(pairs) for pairs in correlator.pairings())
    if not found:
        return element(
            "p", math(observable(correlator)), " is zero: no pairing of its legs joins equal neurons."
        )
    terms = (row(*([digits(times)] if times > 1 else []), observable(own)) for own, times in found.items())
    said = f"Given the metric the field is Gaussian, so this is a sum over {counted(found.total(), 'pairing')} of legs:"
    signs = [sign("="), *[sign("+")] * (len(found) - 1)]
    pieces = (math(before, term) for before, term in zip(signs, terms, strict=True))
    return element("p", said, "<br>", math(observable(correlator)), " ", " ".join(pieces))
