"""``feyn-nn predict SPEC``: the coefficients of theory alone."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from feyn_nn._core import Powers
from feyn_nn._core.observables import FieldObservable, MetricObservable, Observable
from feyn_nn._core.text import powers_name
from feyn_nn.networks import MLP, Inputs, MultiHeadAttention, Specification, Tokens

if TYPE_CHECKING:
    from feyn_nn.theory import Evaluation
    from feyn_nn.theory.attention import AttentionEvaluation


@dataclass(frozen=True, kw_only=True)
class Series:
    """One observable as a series in the inverse sizes of the network, K included where it belongs.

    Parameters
    ----------
    observable : Observable
    coefficients, errors : dict of Powers to float
        By powers of 1/n, or of 1/heads, 1/value_dim and 1/key_dim.
    """

    observable: Observable
    coefficients: dict[Powers, float]
    errors: dict[Powers, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "observable": self.observable.name,
            "key": self.observable.key,
            "terms": [
                {"powers": dict(powers), "coefficient": value, "error": self.errors[powers]}
                for powers, value in self.coefficients.items()
            ],
        }

    def __str__(self) -> str:
        names = {powers: powers_name(powers) for powers in self.coefficients}
        wide = max(4, *map(len, names.values()))
        lines = [
            f"  {names[powers]:<{wide}}  {value: .12g}  (± {self.errors[powers]:.1e})"
            for powers, value in self.coefficients.items()
        ]
        return "\n".join([self.observable.name, *lines])


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "predict",
        help="print the coefficients of theory alone",
        description="Evaluate every observable of a specification through the loops it asks for, and print the "
        "coefficient of each power of 1/n with its numerical error; n is the first hidden width. For "
        "attention the powers are those of 1/heads, 1/value_dim and 1/key_dim. Nothing is sampled.",
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
        note = ", n = first hidden width" if isinstance(spec.network, MLP) else ""
        print("\n\n".join([f"{spec.network!r} on {spec.inputs!r}{note}", *map(str, found)]))
    return 0


def _series(spec: Specification) -> Iterator[Series]:
    wanted = spec.observables
    observables: list[Observable] = [MetricObservable(pairs) for pairs in wanted.pairs]
    observables += [FieldObservable(legs) for legs in wanted.legs]
    for observable, loops in zip(observables, wanted.loops_of_each, strict=True):
        if isinstance(spec.network, MultiHeadAttention) and isinstance(spec.inputs, Tokens):
            yield _attention_series(spec.network, spec.inputs, observable, loops)
        elif isinstance(spec.network, MLP) and isinstance(spec.inputs, Inputs):
            yield _width_series(spec.network, spec.inputs, observable, loops)


def _width_series(network: MLP, inputs: Inputs, observable: Observable, loops: int) -> Series:
    from feyn_nn.theory import correlator, metric_cumulant

    evaluation: Evaluation
    if isinstance(observable, MetricObservable):
        evaluation = metric_cumulant(network, pairs=observable.pairs, loops=loops).evaluate(inputs)
    else:
        evaluation = correlator(network, legs=observable.legs, loops=loops).evaluate(inputs)
    coefficients = {k: float(c) for k, c in evaluation.coefficients.items()}
    errors = {k: float(e) for k, e in evaluation.errors.items()}
    if isinstance(observable, MetricObservable) and observable.order == 1:
        _add_kernel(network, inputs, observable, coefficients, errors)
    return Series(
        observable=observable,
        coefficients={Powers(n=k): c for k, c in sorted(coefficients.items())},
        errors={Powers(n=k): e for k, e in errors.items()},
    )


def _add_kernel(
    network: MLP,
    inputs: Inputs,
    observable: MetricObservable,
    coefficients: dict[int, float],
    errors: dict[int, float],
) -> None:
    """The mean of a metric is K and the coefficients of its corrections."""
    from feyn_nn.theory.kernel import kernel_entry

    kernel, error = kernel_entry(network, inputs, observable.pairs[0])
    coefficients[0] = coefficients.get(0, 0.0) + kernel
    errors[0] = errors.get(0, 0.0) + error


def _attention_series(
    network: MultiHeadAttention, tokens: Tokens, observable: Observable, loops: int
) -> Series:
    from feyn_nn.theory import correlator, metric_cumulant
    from feyn_nn.theory.attention.kernel import attention_kernel_entry

    found: AttentionEvaluation
    if isinstance(observable, MetricObservable):
        found = metric_cumulant(network, pairs=observable, loops=loops).evaluate(tokens)
    else:
        found = correlator(network, legs=observable, loops=loops).evaluate(tokens)
    coefficients = {powers: float(c) for powers, c in found.coefficients.items()}
    errors = {powers: float(e) for powers, e in found.errors.items()}
    if isinstance(observable, MetricObservable) and observable.order == 1:
        kernel, error = attention_kernel_entry(network, tokens, observable.pairs[0])
        coefficients[Powers()] += kernel
        errors[Powers()] += error
    return Series(observable=observable, coefficients=coefficients, errors=errors)
