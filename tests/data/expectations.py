"""Reference values of Gaussian expectations, by mpmath in 34 digits. Run ``make measure`` (minutes for all).

No derivative of σ is ever taken: by parts, with z₀ = s₀ x and z₁ = m x + s₁ y,

    ⟨∂^j F(z₀) ∂^k G(z₁)⟩ = s₀^{-j} Σ_i binom(j, i) (-m)^i s₁^{-k-i} ⟨F(z₀) He_{j-i}(x) G(z₁) He_{k+i}(y)⟩,

F = σ^a, G = σ^b, on Gauss–Legendre panels that end at every kink. That shares nothing with the rules under test: not
the derivatives of σ, not δ functions, not the trapezoidal rule.
"""

import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import mpmath as mp

from tests.data.campaign import Campaign, Crew, Stored

DIGITS, KEPT, POINTS, PANEL = 34, 20, 16, 1.5
Function = Callable[[Any], Any]

# σ by its definition, its kinks, and the largest variance asked for
FUNCTIONS: dict[str, tuple[Function, tuple[float, ...], float]] = {
    "linear": (lambda z: z, (), 4.0),
    "relu": (lambda z: max(z, mp.mpf(0)), (0.0,), 4.0),
    "leaky_relu(0.1)": (lambda z: z if z > 0 else z * mp.mpf(0.1), (0.0,), 4.0),
    "Abs(z)": (abs, (0.0,), 4.0),
    "tanh": (mp.tanh, (), 1.5),
    "erf": (mp.erf, (), 1.5),
    "sin": (mp.sin, (), 4.0),
    "cos": (mp.cos, (), 4.0),
    "exp": (mp.exp, (), 1.0),
    "gelu": (lambda z: z * mp.ncdf(z), (), 1.5),
    "swish": (lambda z: z / (1 + mp.exp(-z)), (), 4.0),
    "softplus": (lambda z: mp.log(1 + mp.exp(z)), (), 4.0),
    "polynomial(0.5, 1, -0.25, 0.125)": (lambda z: 0.5 + z - z * z / 4 + z**3 / 8, (), 4.0),
    "z*exp(-z**2/2)": (lambda z: z * mp.exp(-z * z / 2), (), 1.5),
    "sin(z)/z": (lambda z: mp.sin(z) / z, (), 4.0),
    "Max(-1, Min(1, z))": (lambda z: max(mp.mpf(-1), min(mp.mpf(1), z)), (-1.0, 1.0), 4.0),
    "Max(0, z) - Max(0, z - 1)": (lambda z: max(mp.mpf(0), min(mp.mpf(1), z)), (0.0, 1.0), 4.0),
    "Min(6, Max(0, z))": (lambda z: min(mp.mpf(6), max(mp.mpf(0), z)), (0.0, 6.0), 9.0),
    "Piecewise((z, z > 0), (exp(z) - 1, True))": (lambda z: z if z > 0 else mp.expm1(z), (0.0,), 4.0),
    "z/(1 + Abs(z))": (lambda z: z / (1 + abs(z)), (0.0,), 1.0),
    "Abs(z)*tanh(z)": (lambda z: abs(z) * mp.tanh(z), (0.0,), 1.5),
    "Heaviside(z - 0.5)*z + sign(z)": (lambda z: (z if z > 0.5 else 0) + mp.sign(z), (0.0, 0.5), 4.0),
}
CLOSENESS = (
    (None, 6),
    (None, 6),
    (1e-2, 6),
    (1e-5, 4),
    (1e-8, 2),
)  # 1 - |ρ|, None for any, and most derivatives
POWERS, ORDERS = (1, 2, 3), (0, 1, 2, 3, 4)


@cache
def legendre() -> tuple[tuple[Any, Any], ...]:
    """Gauss–Legendre nodes and weights on [-1, 1], by Newton's method."""
    found = []
    for k in range(POINTS):
        x = mp.cos(mp.pi * (k + mp.mpf(3) / 4) / (POINTS + mp.mpf(1) / 2))
        for _ in range(8):
            before, value = mp.mpf(1), x
            for n in range(2, POINTS + 1):
                before, value = value, ((2 * n - 1) * x * value - (n - 1) * before) / n
            slope = POINTS * (before - x * value) / (1 - x * x)
            x -= value / slope
        found.append((x, 2 / ((1 - x * x) * slope**2)))
    return tuple(found)


def panel(low: Any, high: Any) -> list[tuple[Any, Any]]:
    """Nodes of one panel, and weights with the normal density."""
    half, middle = (high - low) / 2, (low + high) / 2
    return [(middle + half * x, half * w * mp.npdf(middle + half * x)) for x, w in legendre()]


def nodes(edges: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Nodes and weights of the panels between edges."""
    cuts = sorted({mp.mpf(edge) for edge in edges})
    return [node for low, high in pairwise(cuts) for node in panel(low, high)]


def uniform(radius: float) -> list[Any]:
    """Edges of panels within a radius."""
    count = math.ceil(2 * radius / PANEL)
    return [mp.mpf(radius) * (2 * k - count) / count for k in range(count + 1)]


class Line:
    """The inner coordinate: panels whose nodes and Hermite polynomials are known, but where a kink cuts them."""

    def __init__(self, radius: float, highest: int) -> None:
        self.edges, self.highest = uniform(radius), highest
        self.known = [self.rows(low, high) for low, high in pairwise(self.edges)]

    def rows(self, low: Any, high: Any) -> list[tuple[Any, list[Any]]]:
        """Nodes of one panel, with weight times He_q for every q."""
        return [(y, [v * he for he in hermite(y, self.highest)]) for y, v in panel(low, high)]

    def cut(self, places: Sequence[Any]) -> list[tuple[Any, list[Any]]]:
        """Nodes with panels cut at some places."""
        found = []
        for rows, (low, high) in zip(self.known, pairwise(self.edges), strict=True):
            here = sorted(place for place in places if low < place < high)
            ends = [low, *here, high]
            found += [row for pair in pairwise(ends) for row in self.rows(*pair)] if here else rows
        return found


def hermite(x: Any, highest: int) -> list[Any]:
    """He_0 … He_highest at x."""
    row = [mp.mpf(1), x]
    for n in range(1, highest):
        row.append(x * row[n] - n * row[n - 1])
    return row[: highest + 1]


def inside(places: Sequence[Any], radius: float) -> list[Any]:
    """The places within a radius."""
    return [place for place in places if abs(place) < radius]


def one_input(name: str, variance: float) -> dict[tuple[int, int], Any]:
    """⟨∂^j[σ^a]⟩ for all a and j."""
    function, kinks, _ = FUNCTIONS[name]
    s = mp.sqrt(mp.mpf(variance))
    radius = 11.0 + 3.0 * (name == "exp") * float(s)
    grid = nodes([*uniform(radius), *inside([c / s for c in kinks], radius)])
    rows = [(function(s * x), w, hermite(x, max(ORDERS))) for x, w in grid]
    return {(a, j): mp.fdot((f**a, w * he[j]) for f, w, he in rows) / s**j for a in POWERS for j in ORDERS}


def two_inputs(name: str, metric: Sequence[float], wanted: Sequence[tuple[int, int, int, int]]) -> list[Any]:
    """⟨∂^j[σ^a](z₀) ∂^k[σ^b](z₁)⟩ for each (a, j, b, k)."""
    function, kinks, _ = FUNCTIONS[name]
    A, B, C = map(mp.mpf, metric)
    s0, m = mp.sqrt(A), C / mp.sqrt(A)
    s1 = mp.sqrt(B - m * m)
    radius = 13.0 + 3.0 * (name == "exp") * float(mp.sqrt(A) + mp.sqrt(B))
    steps = [mp.mpf(t) * PANEL for t in range(-7, 8)] if s1 < abs(m) / 2 else []
    crossings = [(c + t * s1) / m for c in kinks for t in steps]
    outer = nodes([*uniform(radius), *inside([c / s0 for c in kinks], radius), *inside(crossings, radius)])
    line = Line(radius, 2 * max(ORDERS))
    needed = sorted({(b, k + i) for _, j, b, k in wanted for i in range(j + 1)})
    totals = [mp.mpf(0)] * len(wanted)
    for x, w in outer:
        f, own = function(s0 * x), hermite(x, max(ORDERS))
        inner = line.cut([(c - m * x) / s1 for c in kinks])
        powers = {1: [function(m * x + s1 * y) for y, _ in inner]}
        for b in range(2, max(POWERS) + 1):
            powers[b] = [g * h for g, h in zip(powers[1], powers[b - 1], strict=True)]
        columns = list(zip(*(row for _, row in inner), strict=True))
        moments = {(b, q): mp.fdot(powers[b], columns[q]) for b, q in needed}
        for n, (a, j, b, k) in enumerate(wanted):
            term = sum(
                math.comb(j, i) * (-m) ** i * own[j - i] * moments[b, k + i] / s1 ** (k + i)
                for i in range(j + 1)
            )
            totals[n] += w * f**a * term
    return [total / s0**j for total, (_, j, _, _) in zip(totals, wanted, strict=True)]


def plan() -> dict[str, dict[str, Any]]:
    """What is asked for: drawn at random, always the same."""
    rng = random.Random(5)
    found: dict[str, dict[str, Any]] = {}
    for name, (_, _, largest) in FUNCTIONS.items():
        for _ in range(5):
            variance = largest * 10 ** -rng.uniform(0, 2)
            found[f"{name} at {variance!r}"] = {"activation": name, "metric": [variance]}
        for close, most in CLOSENESS:
            first, second = (largest * 10 ** -rng.uniform(0, 1.5) for _ in range(2))
            rho = rng.uniform(-0.9, 0.9) if close is None else rng.choice([-1, 1]) * (1 - close)
            metric = [first, second, rho * math.sqrt(first * second)]
            shares = [(rng.choice(POWERS), rng.choice(ORDERS)) for _ in range(24)]
            pairs = zip(shares[::2], shares[1::2], strict=True)
            cases = [(*one, *other) for one, other in pairs if one[1] + other[1] <= most]
            found[f"{name} at {metric!r}"] = {
                "activation": name,
                "metric": metric,
                "cases": sorted(set(cases)),
            }
    return found


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """The expectations of one activation at one metric."""

    asked: dict[str, Any]

    def is_done(self, stored: Stored) -> bool:
        """Whether there are values at this metric."""
        return "values" in stored and stored["metric"] == self.asked["metric"]

    def measure(self, crew: Crew | None = None) -> Stored:
        """The values, as text; nothing is sampled."""
        name, metric = self.asked["activation"], self.asked["metric"]
        with mp.workdps(DIGITS):
            if len(metric) == 1:
                known = one_input(name, metric[0])
                cases, values = list(known), list(known.values())
            else:
                cases = self.asked["cases"]
                values = two_inputs(name, metric, cases)
            shown = [mp.nstr(mp.chop(value, 1e-30), KEPT) for value in values]
        return {**self.asked, "cases": cases, "values": shown}


def written(results: Stored) -> str:
    """One line for each metric."""
    return json.dumps(results, ensure_ascii=False, separators=(",", ":")).replace("},", "},\n")


PLAN = plan()
CAMPAIGN = Campaign(
    name="expectations", cases=list(PLAN), task=lambda case: Expectations(asked=PLAN[case]), written=written
)
