"""The value of a diagram as one short formula, in LaTeX and in HTML: what stands under a picture of the atlas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from feyn_nn._core.text import subscript
from feyn_nn.diagrams import Diagram


@dataclass(frozen=True, kw_only=True)
class Factor:
    """A symbol with indices, to a power.

    Parameters
    ----------
    symbol : str
        One letter, or a word.
    lower, upper : sequence of str
        The parts of its indices; a number or a letter with a number, such as ``"ℓ1"``.
    power : int
    """

    symbol: str
    lower: Sequence[str] = ()
    upper: Sequence[str] = ()
    power: int = 1


@dataclass(frozen=True, kw_only=True)
class Formula:
    """weight · Σ_conditions Π numerator / Π denominator.

    Parameters
    ----------
    weight : Fraction
        The symmetry factor.
    sign : str
        What stands before the factors: ``"∑"`` over layers, ``"∫"`` over points, or nothing.
    conditions : sequence of str
        What is summed or integrated over.
    numerator, denominator : sequence of Factor
    """

    weight: Fraction
    sign: str
    conditions: Sequence[str]
    numerator: Sequence[Factor]
    denominator: Sequence[Factor] = ()

    def latex(self) -> str:
        """Write the formula for TeX."""
        above = "".join(map(_tex, self.numerator)) or "1"
        body = rf"\frac{{{above}}}{{{''.join(map(_tex, self.denominator))}}}" if self.denominator else above
        sums = (
            f"{_SIGNS[self.sign]}_{{{', '.join(map(_tex_index, self.conditions))}}} "
            if self.conditions
            else ""
        )
        weight = (
            "" if self.weight == 1 else rf"\frac{{{self.weight.numerator}}}{{{self.weight.denominator}}} "
        )
        return f"{weight}{sums}{body}"

    def html(self) -> str:
        """Write the formula for a page without any script."""
        above = " ".join(map(_html, self.numerator)) or "1"
        below = " ".join(map(_html, self.denominator))
        sums = (
            f"{self.sign}<sub>{', '.join(map(_html_index, self.conditions))}</sub> "
            if self.conditions
            else ""
        )
        weight = "" if self.weight == 1 else f"{self.weight} "
        return f"{weight}{sums}{above}{' / ' if below else ''}{below}"


_SIGNS = {"∑": r"\sum", "∫": r"\int", "": ""}


def formula_of(diagram: Diagram) -> Formula:
    r"""Return the formula of a diagram.

    For a network it is the value for one input: V^{(k,m)} = C_W^k ∂^m κ_k of a neuron of layer ℓ, and J_{b,a} what a
    vertex of layer a sends out, carried to layer b; ℓ₁, ℓ₂, … are the layers in the order of the picture. For other
    theories it is an integral over the vertices' points x₁, x₂, … with propagators G and legs at y₁, y₂, ….

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (tadpole,) = fnn.generate(fnn.actions.phi4(), legs=2, loops=1)
    >>> formula_of(tadpole).latex()
    '\\frac{1}{2} \\int_{x_{1}} g_{4}G_{x_{1},x_{1}}G_{x_{1},y_{1}}G_{x_{1},y_{2}}'
    """
    return _causal(diagram) if diagram.directed else _covariant(diagram)


def _causal(diagram: Diagram) -> Formula:
    v, order = len(diagram.vertices), list(diagram.causal_order)
    layer = {node: f"ℓ{i}" for i, node in enumerate(order, start=1)}
    values = [
        Factor(symbol="V", lower=[layer[node]], upper=[_kind(diagram.vertices[node])]) for node in order
    ]
    lines = Counter((a, b) for a, b in diagram.lines if b < v)
    inner = [
        Factor(symbol="J", lower=[layer[b], layer[a]], power=number)
        for (a, b), number in sorted(lines.items(), key=lambda line: (layer[line[0][0]], layer[line[0][1]]))
    ]
    ends = Counter(a for a, b in diagram.lines if b >= v)
    outer = [Factor(symbol="J", lower=["L", layer[a]], power=ends[a]) for a in order if ends[a]]
    widths = [
        Factor(symbol="n", lower=[layer[node]], power=diagram.vertices[node][0] - 1)
        for node in order
        if diagram.vertices[node][0] > 1
    ]
    return Formula(
        weight=diagram.symmetry_factor,
        sign="∑",
        conditions=_earlier(diagram, layer),
        numerator=[*values, *inner, *outer],
        denominator=widths,
    )


def _kind(kind: Sequence[int]) -> str:
    return f"({kind[0]},{kind[1]})"


def _earlier(diagram: Diagram, layer: dict[int, str]) -> list[str]:
    """The conditions ℓ_a < ℓ_b that do not follow from others; a single layer alone."""
    v = len(diagram.vertices)
    before = {(a, b) for a, b in diagram.lines if b < v}
    implied: set[tuple[int, int]] = set(before)
    for _ in range(v):
        implied |= {(a, d) for a, b in implied for c, d in before if b == c}
    direct = [(a, b) for a, b in before if not any((a, c) in implied and (c, b) in implied for c in range(v))]
    chains: list[list[str]] = []
    for a, b in sorted((layer[a], layer[b]) for a, b in direct):
        open_end = next((chain for chain in chains if chain[-1] == a), None)
        if open_end:
            open_end.append(b)
        else:
            chains.append([a, b])
    return ["<".join(chain) for chain in chains] or sorted(layer.values())


def _covariant(diagram: Diagram) -> Formula:
    v = len(diagram.vertices)

    def point(node: int) -> str:
        return f"x{node + 1}" if node < v else f"y{node - v + 1}"

    couplings = Counter(f"g{kind[0]}" for kind in diagram.vertices)
    lines = Counter((min(a, b), max(a, b)) for a, b in diagram.lines)
    return Formula(
        weight=diagram.symmetry_factor,
        sign="∫" if v else "",
        conditions=[point(node) for node in range(v)],
        numerator=[
            *(Factor(symbol="g", lower=[name[1:]], power=n) for name, n in sorted(couplings.items())),
            *(Factor(symbol="G", lower=[point(a), point(b)], power=n) for (a, b), n in sorted(lines.items())),
        ],
    )


def _tex(factor: Factor) -> str:
    lower = f"_{{{','.join(map(_tex_index, factor.lower))}}}" if factor.lower else ""
    upper = f"^{{{','.join(factor.upper)}}}" if factor.upper else ""
    text = f"{factor.symbol}{upper}{lower}"
    if factor.power == 1:
        return text
    return f"\\big({text}\\big)^{{{factor.power}}}" if upper else f"{text}^{{{factor.power}}}"


def _tex_index(index: str) -> str:
    letter, number = index[:1], index[1:]
    if "<" in index:
        return " < ".join(map(_tex_index, index.split("<")))
    letter = r"\ell" if letter == "ℓ" else letter
    return f"{letter}_{{{number}}}" if number.isdigit() and not index[0].isdigit() else index


def _html(factor: Factor) -> str:
    upper = f"<sup>{','.join(factor.upper)}</sup>" if factor.upper else ""
    lower = f"<sub>{','.join(map(_html_index, factor.lower))}</sub>" if factor.lower else ""
    power = f"<sup>{factor.power}</sup>" if factor.power != 1 else ""
    return f"<i>{factor.symbol}</i>{upper}{lower}{power}"


def _html_index(index: str) -> str:
    if "<" in index:
        return " &lt; ".join(map(_html_index, index.split("<")))
    return index[0] + subscript(index[1:]) if index[1:].isdigit() else index
