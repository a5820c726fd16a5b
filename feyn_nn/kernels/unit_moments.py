"""Moments of a unit that is known by its outputs alone, and their derivatives with respect to the metric.

Latents are whitened, z = F ζ with F Fᵀ = G. A derivative acts on the Gaussian density and not on the unit (Stein's
lemma): ∂_{q1} … ∂_{qm} ⟨f⟩ = ⟨f :Q_q1 … Q_qm:⟩ with the quadratic form Q_γδ = Σ_latents y_γ y_δ (half of it for γ = δ),
y = G⁻¹ z. Wick ordering turns each monomial Π ζ_d^n_d into Hermite polynomials Π He_n_d(ζ_d), so that all derivatives
are combinations of the Hermite coefficients of f, which the trapezoidal rule gives one dimension after the other.
A unit needs no derivatives, and may have kinks; but G must be invertible.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial, prod
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput, Pair
from feyn_nn.kernels.expectations import GaussianExpectations
from feyn_nn.networks import UnitLayer
from feyn_nn.rules.moment import Moment

Array: TypeAlias = NDArray[np.float64]
WickPolynomial: TypeAlias = dict[tuple[int, ...], float]
"""Coefficients by the exponent of each ζ."""

_STEPS = tuple(float(2.0 ** (-k / 2)) for k in range(16))
_MOST_NODES = 10_000_000
_SINGULAR = 1e-10


class UnitMoments:
    """Moments of one unit and their metric derivatives, ready to be evaluated at any metric.

    Parameters
    ----------
    layer : UnitLayer
    requests : sequence of Moment
    """

    def __init__(self, layer: UnitLayer, requests: Sequence[Moment]) -> None:
        self._n_requests = len(requests)
        groups: dict[tuple[int, ...], list[int]] = {}
        for number, request in enumerate(requests):
            groups.setdefault(tuple(label for label, _ in request.powers), []).append(number)
        self._groups = [
            (np.array(numbers), _Group(layer, labels, [requests[number] for number in numbers]))
            for labels, numbers in groups.items()
        ]

    def evaluate(self, metric: ArrayLike, *, tolerance: float = 1e-13) -> GaussianExpectations:
        """The moments at a metric (B, B), and estimates of their errors.

        Raises
        ------
        InvalidInput
            If a derivative is asked for at a singular metric, or too many latents meet.
        """
        values, errors = np.empty(self._n_requests), np.empty(self._n_requests)
        for places, group in self._groups:
            values[places], errors[places] = group.refined(np.asarray(metric, np.float64), tolerance)
        return GaussianExpectations(values, errors)

    def rough(self, metrics: Sequence[Array]) -> Array:
        """The moments at metrics next to one another by one coarse rule, for the sake of their differences."""
        found = np.empty((len(metrics), self._n_requests))
        for places, group in self._groups:
            for row, metric in zip(found, metrics, strict=True):
                row[places] = group.summed(np.asarray(metric, np.float64), group.coarse_step)[0]
        return found


class _Group:
    """The moments of the same inputs, which share their nodes."""

    def __init__(self, layer: UnitLayer, labels: tuple[int, ...], requests: Sequence[Moment]) -> None:
        self._layer, self._labels = layer, labels
        place = {label: i for i, label in enumerate(labels)}
        self._powers = [tuple(power for _, power in request.powers) for request in requests]
        self._derivatives = [tuple((place[a], place[b]) for a, b in r.derivatives) for r in requests]
        self._orders = 1 + 2 * max(1, *map(len, self._derivatives))
        self._fixed = not any(self._derivatives)
        self._dimension = layer.latents * len(labels) + layer.shared

    @property
    def coarse_step(self) -> float:
        """A step next to the finest that this dimension can afford."""
        return _STEPS[1] if self._affordable(_STEPS[2]) else _STEPS[0]

    def refined(self, metric: Array, tolerance: float) -> tuple[Array, Array]:
        """Values and errors by steps that shrink until two agree, or the nodes are too many.

        The last change times ρ/(1 - ρ) estimates what further ones would add, ρ the ratio of the last two changes of
        all these moments.
        """
        if not self._affordable(_STEPS[1]):
            raise InvalidInput(
                f"{type(self._layer).__name__} has {self._layer.latents} latents and {self._layer.shared} shared"
                f" normals, and a vertex couples {len(self._labels)} inputs: an integral in {self._dimension}"
                " dimensions is too much; give fewer distinct inputs or fewer loops"
            )
        values, scale = self.summed(metric, _STEPS[0])
        change = errors = scale
        for step in filter(self._affordable, _STEPS[1:]):
            before, last = values, change
            values, scale = self.summed(metric, step)
            change = np.abs(values - before)
            ratio = min(_largest(change, scale) / _largest(last, scale), 0.9)
            errors = np.maximum(change, ratio * last) * ratio / (1 - ratio)
            if (errors <= tolerance * scale).all():
                break
        return values, errors + np.finfo(np.float64).eps * scale

    def summed(self, metric: Array, step: float) -> tuple[Array, Array]:
        """The moments by one rule, and their sizes √(⟨f²⟩⟨H²⟩), by the inequality of Cauchy and Schwarz."""
        factor, inverse = self._factor(metric[np.ix_(self._labels, self._labels)])
        nodes, weights = _rule(self._reach, step, self._orders)
        table = HermiteTable(self._outputs(nodes, factor), weights, self._layer.latents, self._layer.shared)
        wick = {own: self._wick(own, inverse) for own in set(self._derivatives)}
        values, scale = np.empty(len(self._powers)), np.empty(len(self._powers))
        for i, (powers, own) in enumerate(zip(self._powers, self._derivatives, strict=True)):
            coefficients = table(powers)
            values[i] = sum(value * coefficients[orders] for orders, value in wick[own].items())
            scale[i] = table.size(powers) * _norm(wick[own])
        return values, scale

    @property
    def _reach(self) -> float:
        """How far the rule goes, in standard deviations: beyond is rounding, or below 1e-9 of the sum."""
        return 10.0 if self._dimension <= 2 else 8.5

    def _affordable(self, step: float) -> bool:
        return bool((2 * int(self._reach / step) + 1) ** self._dimension <= _MOST_NODES)

    def _factor(self, metric: Array) -> tuple[Array, Array]:
        """F with F Fᵀ = G, and F⁻¹; zeros for that where no derivative is asked for."""
        factor = _triangular(metric)
        if self._fixed:
            return factor, np.zeros_like(metric)
        values = np.linalg.eigvalsh(metric)
        if values[0] <= _SINGULAR * values[-1]:
            raise InvalidInput(
                f"the infinite-width kernel of inputs {list(self._labels)} is singular, and"
                f" {type(self._layer).__name__} has no derivative there; give inputs that are not linearly"
                " dependent (repeated ones are fine), or offset > 0"
            )
        return factor, np.asarray(np.linalg.inv(factor), np.float64)

    def _outputs(self, nodes: Array, factor: Array) -> list[Array]:
        """The unit at each input on the grid, in as few of its dimensions as it depends on."""
        layer = self._layer
        axes = [
            nodes.reshape([-1 if d == own else 1 for d in range(self._dimension)])
            for own in range(self._dimension)
        ]
        shared = axes[: layer.shared]
        return [
            layer.outputs(
                [
                    *(_combined(row, axes[layer.shared + k :: layer.latents]) for k in range(layer.latents)),
                    *shared,
                ]
            )
            for row in factor
        ]

    def _wick(self, derivatives: tuple[Pair, ...], inverse: Array) -> WickPolynomial:
        """:Q_q1 … Q_qm: as a polynomial in ζ, since Wick-ordered variables multiply as numbers do."""
        result: WickPolynomial = {(0,) * self._dimension: 1.0}
        for a, b in derivatives:
            result = _product(result, self._quadratic_form(a, b, inverse))
        return result

    def _quadratic_form(self, a: int, b: int, inverse: Array) -> WickPolynomial:
        """Σ_latents y_a y_b with y = F⁻ᵀ ζ, halved for a = b."""
        size, form = len(self._labels), WickPolynomial()
        for latent in range(self._layer.latents):
            for i in range(size):
                for j in range(size):
                    places = [self._axis(i, latent), self._axis(j, latent)]
                    exponents = tuple(places.count(d) for d in range(self._dimension))
                    value = inverse[i, a] * inverse[j, b] * (0.5 if a == b else 1.0)
                    form[exponents] = form.get(exponents, 0.0) + float(value)
        return {exponents: value for exponents, value in form.items() if value}

    def _axis(self, label: int, latent: int) -> int:
        """Which dimension of the grid a latent's ζ_label is: shared normals first, then input by input."""
        return self._layer.shared + label * self._layer.latents + latent


class HermiteTable:
    """⟨Π_α h_α^{a_α} Π_d He_n_d(ζ_d)⟩ on a grid whose last dimensions the last output alone depends on.

    They are summed over first, for each power of it once: what is left has fewer dimensions.

    Parameters
    ----------
    outputs : sequence of array
        h of each input; the i-th does not depend on dimensions that belong to later inputs.
    weights : array (orders, nodes)
        Of the rule, times He_0, He_1, ….
    latents, shared : int
        Dimensions of each input, behind those that all share.
    """

    def __init__(self, outputs: Sequence[Array], weights: Array, latents: int, shared: int) -> None:
        self._outputs, self._weights, self._latents, self._shared = outputs, weights, latents, shared
        self._known: dict[tuple[int, ...], Array] = {}

    def __call__(self, powers: tuple[int, ...]) -> Array:
        """The table for the powers a_α, (orders,)*dimension."""
        if powers not in self._known:
            array = self._summed_from(0, powers)
            for axis in range(self._shared):
                array = self._summed_over(array, axis)
            self._known[powers] = array
        return self._known[powers]

    def size(self, powers: tuple[int, ...]) -> float:
        """√⟨f²⟩ of what these orders tell of f, by Parseval: Σ_n c_n²/Π n_d!."""
        array = np.square(self(powers))
        inverse_factorials = [1 / factorial(n) for n in range(len(self._weights))]
        for _ in range(array.ndim):
            array = array @ inverse_factorials
        return float(np.sqrt(array))

    def _summed_from(self, first: int, powers: tuple[int, ...]) -> Array:
        """The product of the outputs from `first` on, summed over the dimensions of these inputs."""
        rest = powers[first:]
        if len(rest) < len(powers) and rest in self._known:
            return self._known[rest]
        array = _power(self._outputs[first], powers[first])
        if first + 1 < len(powers):
            array = array * self._summed_from(first + 1, powers)
        for latent in reversed(range(self._latents)):
            array = self._summed_over(array, self._shared + first * self._latents + latent)
        if len(rest) < len(powers):
            self._known[rest] = array
        return array

    def _summed_over(self, array: Array, axis: int) -> Array:
        if array.shape[axis] == 1:  # does not depend on it: only He_0 has a mean
            shape = [len(self._weights) if d == axis else 1 for d in range(array.ndim)]
            unit = np.zeros(len(self._weights))
            unit[0] = 1.0
            return np.asarray(array * unit.reshape(shape))
        return np.asarray(np.moveaxis(np.tensordot(array, self._weights, axes=(axis, 1)), -1, axis))


def _triangular(metric: Array) -> Array:
    """Lower triangular F with F Fᵀ = G, also for singular G: input i then needs no ζ_j with j > i."""
    factor = np.zeros_like(metric)
    for j in range(len(metric)):
        left = metric[j:, j] - factor[j:, :j] @ factor[j, :j]
        if left[0] > np.finfo(np.float64).eps * metric[j, j]:
            factor[j:, j] = left / np.sqrt(left[0])
    return factor


def _power(h: Array, exponent: int) -> Array:
    result = h
    for _ in range(exponent - 1):  # numpy's own power is many times slower
        result = result * h
    return result


def _combined(row: Array, axes: Sequence[Array]) -> Array:
    """Σ_i row_i ζ_i, in as few dimensions as it has terms."""
    total: Array = row[0] * axes[0]
    for value, axis in zip(row[1:], axes[1:], strict=True):
        total = total + value * axis if value else total
    return total


def _product(first: WickPolynomial, second: WickPolynomial) -> WickPolynomial:
    result: WickPolynomial = {}
    for m, a in first.items():
        for n, b in second.items():
            key = tuple(i + j for i, j in zip(m, n, strict=True))
            result[key] = result.get(key, 0.0) + a * b
    return result


def _norm(polynomial: WickPolynomial) -> float:
    """√⟨H²⟩, from the orthogonality of Hermite polynomials."""
    return float(
        np.sqrt(sum(value**2 * prod(map(factorial, orders)) for orders, value in polynomial.items()))
    )


def _largest(change: Array, scale: Array) -> float:
    relative = change / np.where(scale > 0.0, scale, 1.0)
    return float(max(relative.max(), np.finfo(np.float64).tiny))


def _rule(reach: float, step: float, orders: int) -> tuple[Array, Array]:
    """Nodes of the trapezoidal rule, and its weights times He_0, He_1, …, (orders, nodes)."""
    most = int(reach / step)
    nodes: Array = step * np.arange(-most, most + 1, dtype=np.float64)
    weights = np.exp(-0.5 * nodes**2)
    hermite = [np.ones_like(nodes), nodes]
    for n in range(1, orders):
        hermite.append(nodes * hermite[n] - n * hermite[n - 1])
    return nodes, np.array(hermite[:orders]) * (weights / weights.sum())
