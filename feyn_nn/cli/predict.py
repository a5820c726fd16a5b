"""``feyn-nn predict SPEC``: the coefficients of theory alone."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from feyn_nn._core.observables import FieldObservable, MetricObservable, Observable
from feyn_nn._core.text import inverse_power
from feyn_nn.networks import Specification

if TYPE_CHECKING:
    from feyn_nn.theory import Evaluation


@dataclass(frozen=True, kw_only=True)
class Series:
    """One observable as a series in 1/n, K included where it belongs.

    Parameters
    ----------
    observable : Observable
    coefficients, errors : dict of int to float
        By power of 1/n.
    """

    observable: Observable
    coefficients: dict[int, float]
    errors: dict[int, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain data, powers as text."""
        return {
            "observable": self.observable.name,
            "key": self.observable.key,
            "coefficients": {str(k): c for k, c in self.coefficients.items()},
            "errors": {str(k): e for k, e in self.errors.items()},
        }

    def __str__(self) -> str:
        lines = [
            f"  {inverse_power('n', k):<4}  {c: .12g}  (± {self.errors[k]:.1e})"
            for k, c in self.coefficients.items()
        ]
        return "\n".join([self.observable.name, *lines])


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "predict",
        help="print the coefficients of theory alone",
        description="Evaluate every observable of a specification through the loops it asks for, and print the "
        "coefficient of each power of 1/n with its numerical error; n is the first hidden width. Nothing is sampled.",
        epilog="example: feyn-nn predict examples/relu.toml --json",
    )
    parser.add_argument("spec", metavar="SPEC.toml", help="network, inputs and observables")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the subcommand."""
    spec = Specification.load(options.spec)
    found = list(_series(spec))
    if options.json:
        report = {
            "network": repr(spec.network),
            "inputs": repr(spec.inputs),
            "series": [series.to_dict() for series in found],
        }
        print(json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        print("\n\n".join([f"{spec.network!r} on {spec.inputs!r}, n = first hidden width", *map(str, found)]))
    return 0


def _series(spec: Specification) -> Iterator[Series]:
    wanted = spec.observables
    observables: list[Observable] = [MetricObservable(pairs) for pairs in wanted.pairs]
    observables += [FieldObservable(legs) for legs in wanted.legs]
    for observable, loops in zip(observables, wanted.loops_of_each, strict=True):
        evaluation = _evaluated(spec, observable, loops)
        coefficients = {k: float(c) for k, c in evaluation.coefficients.items()}
        errors = {k: float(e) for k, e in evaluation.errors.items()}
        if isinstance(observable, MetricObservable) and observable.order == 1:
            _add_kernel(spec, observable, coefficients, errors)
        yield Series(observable=observable, coefficients=coefficients, errors=errors)


def _evaluated(spec: Specification, observable: Observable, loops: int) -> Evaluation:
    from feyn_nn.theory import correlator, metric_cumulant

    if isinstance(observable, MetricObservable):
        return metric_cumulant(spec.network, pairs=observable.pairs, loops=loops).evaluate(spec.inputs)
    return correlator(spec.network, legs=observable.legs, loops=loops).evaluate(spec.inputs)


def _add_kernel(
    spec: Specification,
    observable: MetricObservable,
    coefficients: dict[int, float],
    errors: dict[int, float],
) -> None:
    """The mean of a metric is K and the coefficients of its corrections."""
    from feyn_nn.theory.kernel import kernel_and_error

    ((a, b),) = observable.pairs
    kernel, error = kernel_and_error(spec.network, spec.inputs)
    coefficients[0] = coefficients.get(0, 0.0) + float(kernel[a, b])
    errors[0] = errors.get(0, 0.0) + float(error[a, b])
