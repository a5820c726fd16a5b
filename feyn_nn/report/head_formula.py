"""The value of a diagram of attention as one short formula, in LaTeX and in HTML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from feyn_nn.diagrams.head_diagram import HeadDiagram, Segment

# How each size is written: its letter and its index, in the order of the formula.
_SIZES = {"heads": ("N", "h"), "value_dim": ("d", "v"), "key_dim": ("d", "k")}


@dataclass(frozen=True, kw_only=True)
class HeadFormula:
    r"""C_O^k over the sizes, times the score blobs: \langle M M\rangle is a joint cumulant of M over the scores.

    Score rings stand as a superscript of the whole product: how the blobs share them is summed over. It is what
    :func:`feyn_nn.rules.head_algebra.head_expression` says of one diagram.

    Parameters
    ----------
    diagram : HeadDiagram

    Examples
    --------
    >>> from feyn_nn.diagrams.head_diagram import head_diagrams
    >>> (mean,) = head_diagrams(legs=1)
    >>> HeadFormula(diagram=mean).latex()
    "C_{O}\\langle M_{1,1'}\\rangle"
    """

    diagram: HeadDiagram

    def latex(self) -> str:
        """Write the formula for TeX."""
        above = _raised("C_{O}", self.diagram.n_legs, "^{{{}}}")
        below = "".join(_raised(f"{a}_{{{i}}}", n, "^{{{}}}") for a, i, n in self._sizes())
        blobs = self._blobs(_tex, r"\langle {}\rangle", " ")
        product = rf"\big[{blobs}\big]^{{({self._rings()})}}" if self.diagram.score_rings else blobs
        return rf"\frac{{{above}}}{{{below}}}{product}" if below else f"{above}{product}"

    def html(self) -> str:
        """Write the formula for a page without any script."""
        above = _raised("<i>C</i><sub>O</sub>", self.diagram.n_legs, "<sup>{}</sup>")
        below = " ".join(
            _raised(f"<i>{a}</i><sub>{i}</sub>", n, "<sup>{}</sup>") for a, i, n in self._sizes()
        )
        blobs = self._blobs(_html, "⟨{}⟩", " ")
        product = f"[{blobs}]<sup>({self._rings()})</sup>" if self.diagram.score_rings else blobs
        return f"{above} {product}{' / ' if below else ''}{below}"

    def _sizes(self) -> list[tuple[str, str, int]]:
        powers = self.diagram.powers
        return [(*_SIZES[name], powers[name]) for name in _SIZES if powers[name]]

    def _rings(self) -> str:
        return ",".join(map(str, self.diagram.score_rings))

    def _blobs(self, metric: Callable[[Segment], str], brackets: str, joint: str) -> str:
        return "".join(brackets.format(joint.join(map(metric, blob))) for blob in self.diagram.blobs)


def _raised(base: str, power: int, mark: str) -> str:
    return base + mark.format(power) if power > 1 else base


def _ends(segment: Segment, prime: str) -> str:
    return ",".join(f"{leg + 1}{prime if side else ''}" for leg, side in segment)


def _tex(segment: Segment) -> str:
    return f"M_{{{_ends(segment, chr(39))}}}"


def _html(segment: Segment) -> str:
    return f"<i>M</i><sub>{_ends(segment, '′')}</sub>"
