"""The activations that have names of their own; importing this module registers them."""

from __future__ import annotations

import math

import numpy as np

from feyn_nn.networks.activations import (
    Activation,
    Family,
    piecewise_linear,
    register,
    register_family,
)
from feyn_nn.networks.growth import Growth
from feyn_nn.networks.named.bell import erf, erf_derivatives, gelu, gelu_derivatives
from feyn_nn.networks.named.circular import cos_derivatives, exp_derivatives, sin_derivatives
from feyn_nn.networks.named.hyperbolic import tanh_derivatives
from feyn_nn.networks.named.lines import leaky_relu, rectified
from feyn_nn.networks.named.logistic import softplus, softplus_derivatives, swish, swish_derivatives
from feyn_nn.networks.named.polynomial import polynomial

_BOUNDED, _LINE = Growth(), Growth(degree=1.0)

register(piecewise_linear("linear", (1.0, 1.0), formula="z", function=np.positive))
register(piecewise_linear("relu", (0.0, 1.0), formula="Max(0, z)", function=rectified))
register_family(Family("leaky_relu", leaky_relu, "leaky_relu(0.1)", n_numbers=1))
register_family(Family("polynomial", polynomial, "polynomial(0, 1, 0, 0.1)"))

for new in (
    Activation(
        name="tanh",
        function=np.tanh,
        derivatives=tanh_derivatives,
        parity=-1,
        strip=math.pi / 2,
        growth=_BOUNDED,
        formula="tanh(z)",
    ),
    Activation(
        name="erf",
        function=erf,
        derivatives=erf_derivatives,
        parity=-1,
        strip=1.5,  # entire, but like exp(y²) off the axis
        growth=_BOUNDED,
        formula="erf(z)",
    ),
    Activation(
        name="sin",
        function=np.sin,
        derivatives=sin_derivatives,
        parity=-1,
        strip=math.inf,
        growth=_BOUNDED,
        formula="sin(z)",
    ),
    Activation(
        name="cos",
        function=np.cos,
        derivatives=cos_derivatives,
        parity=1,
        strip=math.inf,
        growth=_BOUNDED,
        formula="cos(z)",
    ),
    Activation(
        name="exp",
        function=np.exp,
        derivatives=exp_derivatives,
        strip=math.inf,
        growth=Growth(rate=1.0),
        formula="exp(z)",
    ),
    Activation(
        name="gelu",
        function=gelu,
        derivatives=gelu_derivatives,
        strip=1.5 * math.sqrt(2.0),
        growth=_LINE,
        formula="z*(1 + erf(z/sqrt(2)))/2",
    ),
    Activation(
        name="swish",
        function=swish,
        derivatives=swish_derivatives,
        strip=math.pi,
        growth=_LINE,
        formula="z/(1 + exp(-z))",
    ),
    Activation(
        name="softplus",
        function=softplus,
        derivatives=softplus_derivatives,
        strip=math.pi,
        growth=_LINE,
        formula="log(1 + exp(z))",
    ),
):
    register(new)
