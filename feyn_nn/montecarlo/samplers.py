"""The samplers that ``sampler=`` can name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, nearest
from feyn_nn._core.observables import FieldObservable, Observable
from feyn_nn.montecarlo.architectures import own_sampler
from feyn_nn.montecarlo.metric_sampler import MetricSampler
from feyn_nn.montecarlo.weight_law import GAUSSIAN, WeightLaw, weight_law
from feyn_nn.montecarlo.weight_sampler import WeightSampler
from feyn_nn.networks import MLP, Inputs


class Sampler(Protocol):
    """What draws networks: a pure function of a number of samples and a seed."""

    @property
    def gaussian_readout(self) -> bool:
        """Whether the field is Gaussian given Ĝ^L, so that its cumulants may be measured conditioned on it."""

    def terms(self, observable: Observable) -> Counter[tuple[Observable, ...]]:
        """The joint cumulants of sampled variables that sum to an observable, with multiplicities."""

    def values(
        self, samples: int, seed: np.random.SeedSequence, variables: Sequence[Observable]
    ) -> NDArray[np.float64]:
        """Sampled values, (variables, samples), of the variables: observables of order one."""


SamplerFactory: TypeAlias = Callable[[Any, Any, Sequence[Observable]], Sampler]  # a network and its inputs


def _labels(observables: Sequence[Observable]) -> tuple[int, ...]:
    return tuple(sorted({label for observable in observables for label in observable.labels}))


def _metric_sampler(network: MLP, inputs: Inputs, observables: Sequence[Observable]) -> Sampler:
    if (own := own_sampler(network, "metric")) is not None:
        return own(network, inputs, observables)  # type: ignore[no-any-return]
    return MetricSampler(network=network, inputs=inputs, labels=_labels(observables))


def _weight_sampler(
    network: MLP, inputs: Inputs, observables: Sequence[Observable], law: WeightLaw = GAUSSIAN
) -> Sampler:
    if (own := own_sampler(network, "weights")) is not None:
        if law is not GAUSSIAN:
            raise InvalidInput(
                f'{type(network).__name__} has Gaussian weights alone; give sampler="weights" or "metric"'
            )
        return own(network, inputs, observables)  # type: ignore[no-any-return]
    fields = [observable for observable in observables if isinstance(observable, FieldObservable)]
    neurons = tuple(sorted({neuron for field in fields for neuron in field.neurons}))
    return WeightSampler(
        network=network, inputs=inputs, labels=_labels(observables), neurons=neurons, weight_law=law
    )


SAMPLERS: dict[str, SamplerFactory] = {"metric": _metric_sampler, "weights": _weight_sampler}
_WITH_LAW = re.compile(r"weights\((.*)\)")


def sampler_factory(name: str) -> SamplerFactory:
    """Look up a sampler by name.

    Parameters
    ----------
    name : str
        ``"metric"``, ``"weights"``, or ``"weights(laplace)"`` for explicit weights of a law known to
        :func:`feyn_nn.montecarlo.weight_law.weight_law`.

    Raises
    ------
    InvalidInput
        If there is none of that name.
    """
    if name in SAMPLERS:
        return SAMPLERS[name]
    if with_law := _WITH_LAW.fullmatch(str(name).strip()):
        return partial(_weight_sampler, law=weight_law(with_law[1]))
    raise InvalidInput(f"unknown sampler {name!r}; {nearest(str(name), (*SAMPLERS, 'weights(laplace)'))}")
