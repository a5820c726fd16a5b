"""Gaussian expectations of one neuron at any metric: what is asked is fixed once, and evaluated at every layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.kernels.metric_factor import symmetric_metric
from feyn_nn.networks import Activation
from feyn_nn.rules import Expectation

Array: TypeAlias = NDArray[np.float64]


TOLERANCE = 1e-13
"""The relative error that quadrature aims at unless told otherwise."""


class GaussianExpectations(NamedTuple):
    """Expectations and the absolute errors they may have, in the order of the requests."""

    values: Array
    errors: Array


class ExpectationRule(Protocol):
    """A way to evaluate one list of requests at any metric."""

    def evaluate(self, metric: Array, tolerance: float = TOLERANCE) -> tuple[Array, Array]:
        """Values and error estimates at a symmetric metric, each of shape (requests,)."""


RuleFactory: TypeAlias = Callable[[Activation, Sequence[Expectation]], ExpectationRule]


class _RuleEntry(NamedTuple):
    name: str
    applies: Callable[[Activation], bool]
    factory: RuleFactory


def _piecewise(activation: Activation, requests: Sequence[Expectation]) -> ExpectationRule:
    from feyn_nn.kernels.piecewise import PiecewiseRule  # compiled code: only where it is used

    return PiecewiseRule(activation, requests)


def _kinked(activation: Activation, requests: Sequence[Expectation]) -> ExpectationRule:
    from feyn_nn.kernels.kinked import KinkedRule

    return KinkedRule(activation, requests)


def _trapezoid(activation: Activation, requests: Sequence[Expectation]) -> ExpectationRule:
    from feyn_nn.kernels.trapezoid import TrapezoidRule

    return TrapezoidRule(activation, requests)


_RULES = [
    _RuleEntry("piecewise", lambda activation: activation.slopes is not None, _piecewise),
    _RuleEntry("kinked", lambda activation: activation.pieces is not None, _kinked),
    _RuleEntry("trapezoid", lambda activation: activation.strip > 0.0, _trapezoid),
]


def register_rule(name: str, applies: Callable[[Activation], bool], factory: RuleFactory) -> None:
    """Put a way to evaluate expectations before all others.

    Parameters
    ----------
    name : str
        For messages.
    applies : callable
        Whether the rule can take an activation.
    factory : callable
        (activation, requests) -> ExpectationRule.
    """
    _RULES.insert(0, _RuleEntry(name, applies, factory))


def registered_rules() -> tuple[object, ...]:
    """What decides which rule an activation gets; another value after each :func:`register_rule`."""
    return tuple(_RULES)


class ExpectationPlan:
    """A list of Gaussian expectations of one activation, ready to be evaluated at any metric.

    Analytic activations are summed by the trapezoidal rule on the whitened coordinates, those made of two slopes
    are done exactly, and those that are smooth in pieces on panels between their kinks; :func:`register_rule` adds
    more.

    Parameters
    ----------
    activation : Activation
    requests : sequence of Expectation
        ⟨Π_α ∂^{j_α}[σ^{a_α}](z_α)⟩, each a tuple of :class:`feyn_nn.rules.Factor` sorted by label.

    Raises
    ------
    InvalidInput
        If a request is malformed, or no rule takes the activation.

    Examples
    --------
    >>> from feyn_nn.networks import activation
    >>> from feyn_nn.rules import Factor
    >>> plan = ExpectationPlan(activation("relu"), [(Factor(0, 2, 0),), (Factor(0, 1, 0), Factor(1, 1, 0))])
    >>> values, errors = plan.evaluate([[1.0, 0.0], [0.0, 1.0]])
    >>> values.round(6).tolist()
    [0.5, 0.159155]
    """

    def __init__(self, activation: Activation, requests: Sequence[Expectation]) -> None:
        for request in requests:
            _check_request(request)
        self._n_requests = len(requests)
        self._n_labels = 1 + max((factor.label for request in requests for factor in request), default=-1)
        for entry in _RULES:
            if entry.applies(activation):
                self._rule = entry.factory(activation, requests)
                break
        else:
            names = ", ".join(entry.name for entry in _RULES)
            raise InvalidInput(
                f"activation {activation.name!r} is neither analytic in a strip nor smooth in pieces, so no rule of"
                f" {names} takes it; give strip=, slopes= or pieces=, or register_rule(…)"
            )

    def __len__(self) -> int:
        return self._n_requests

    def evaluate(self, metric: ArrayLike, *, tolerance: float = TOLERANCE) -> GaussianExpectations:
        """The expectations over z ~ N(0, metric), singular metrics included.

        Parameters
        ----------
        metric : array (B, B)
        tolerance : float
            The error, relative to ⟨|f|⟩, that a quadrature aims at; exact rules take no notice.

        Raises
        ------
        InvalidInput
            If the metric is no covariance of all labels asked for, if too many inputs meet in one request, or if
            an expectation does not exist at this metric.
        """
        checked = symmetric_metric(metric, self._n_labels)
        return GaussianExpectations(*self._rule.evaluate(checked, tolerance))

    def rough(self, metrics: Sequence[Array]) -> Array:
        """The expectations at symmetric metrics next to one another, for the sake of their differences.

        Returns
        -------
        array (metrics, requests)
            By one and the same rule for all metrics: it may be off by far more than they differ, but not their
            differences. A rule that has no such cheap form is asked for its values.
        """
        rough = getattr(self._rule, "rough", None)
        if rough is not None:
            return np.asarray(rough(metrics))
        return np.array([self._rule.evaluate(metric)[0] for metric in metrics])


def gaussian_expectations(
    activation: Activation,
    metric: ArrayLike,
    requests: Sequence[Expectation],
    *,
    tolerance: float = TOLERANCE,
) -> GaussianExpectations:
    """Evaluate `requests` at one metric; for several metrics make an :class:`ExpectationPlan` once.

    Examples
    --------
    >>> from feyn_nn.networks import activation
    >>> from feyn_nn.rules import Factor
    >>> values, errors = gaussian_expectations(activation("linear"), [[2.0]], [(Factor(0, 4, 2),)])
    >>> values.tolist()
    [24.0]
    """
    return ExpectationPlan(activation, requests).evaluate(metric, tolerance=tolerance)


def _check_request(request: Expectation) -> None:
    labels = [factor.label for factor in request]
    if labels != sorted(set(labels)) or any(label < 0 for label in labels):
        raise InvalidInput(
            f"the request {request!r} has labels {labels}; give each label once, ascending from 0"
        )
    if any(factor.power < 1 or factor.derivatives < 0 for factor in request):
        raise InvalidInput(f"the request {request!r} is not a power; give power >= 1 and derivatives >= 0")
