"""One equation of the layer-to-layer recursion, and the diagrams of its terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from feyn_nn._core import pair_name
from feyn_nn._core.text import counted, subscript

if TYPE_CHECKING:
    import sympy

    from feyn_nn.render import Gallery
    from feyn_nn.rules.layer_step import LayerStep


@dataclass(frozen=True, kw_only=True)
class RecursionEquation:
    """κ_rank(Ĝ^{ℓ+1}) at exactly `loops` loops, in terms of layer ℓ; for rank 1 and no loops, K^{ℓ+1}.

    External labels 0 … rank-1 stand for the pairs 12, 34, ….

    Parameters
    ----------
    rank, loops : int
    """

    rank: int
    loops: int

    @property
    def steps(self) -> tuple[LayerStep, ...]:
        """The layer-step diagrams, one for each set that differs by the external labels alone; none for K."""
        from feyn_nn.rules.layer_step import layer_steps

        return () if self.is_kernel else layer_steps(self.rank, self.loops)

    @property
    def is_kernel(self) -> bool:
        """Whether this is the equation of the infinite-width kernel."""
        return (self.rank, self.loops) == (1, 0)

    @property
    def needs(self) -> frozenset[tuple[int, int]]:
        """(rank, loops) of the cumulants on the right-hand side."""
        return frozenset((sum(blob.legs), blob.loops) for step in self.steps for blob in step.blobs)

    @cached_property
    def expression(self) -> sympy.Eq:
        """The whole equation for the pairs 12, 34, …, with sums over all P pairs of inputs."""
        import sympy

        left, right = self.sides(self._pairs, sympy.Symbol("P", integer=True, positive=True))
        return sympy.Eq(left, right, evaluate=False)

    def sides(
        self, pairs: Sequence[Any], n_pairs: Any, *, layer: Any = None
    ) -> tuple[sympy.Expr, sympy.Expr]:
        """Left- and right-hand side for given numbers of pairs.

        Parameters
        ----------
        pairs : sequence of int or symbol
        n_pairs : int or symbol
            How many pairs of inputs sums run over.
        layer : int or symbol, optional
            ℓ; the symbol ℓ by default.
        """
        from feyn_nn.rules.algebra import BiasVariance, Kernel, Vertex
        from feyn_nn.rules.cumulant_node import Cumulant
        from feyn_nn.rules.step_expression import order_expression

        ell = _ell() if layer is None else layer
        if self.is_kernel:
            return Kernel(ell + 1, pairs[0]), BiasVariance(ell + 1) + Vertex(ell, pairs)
        right = order_expression(self.rank, self.loops, layer=ell, pairs=pairs, n_pairs=n_pairs)
        return Cumulant(ell + 1, pairs, self.loops), right

    def latex(self) -> str:
        """The equation in LaTeX, for an aligned block; diagrams that differ by labels alone are counted."""
        from feyn_nn.rules.step_text import step_latex

        lines = self._kernel_terms(latex=True) or [step_latex(s, self._pairs, _ell()) for s in self.steps]
        return f"{_latex(self.sides(self._pairs, 1)[0])} ={{}}& " + " \\\\\n&+ ".join(lines)

    def gallery(self, *, theme: str = "classroom") -> Gallery:
        """The layer-step diagrams as pictures, each with 1/|Aut| and the number of its copies by other labels.

        Blobs are the cumulants of the layer before; one with loops of its own is named in the caption.

        Parameters
        ----------
        theme : {"classroom", "paper"}

        Examples
        --------
        >>> RecursionEquation(rank=1, loops=1).gallery()
        Gallery(2 Feynman diagrams)
        """
        from feyn_nn.render import LayerStep as Picture
        from feyn_nn.render import gallery
        from feyn_nn.rules.pair_numbers import numbered_pair

        pictures = [
            Picture(
                neurons=step.vertices,
                blobs=[[v for v, count in enumerate(blob.legs) for _ in range(count)] for blob in step.blobs],
            )
            for step in self.steps
        ]
        labels = [pair_name(numbered_pair(pair)) for pair in self._pairs] if self.steps else None
        return gallery(pictures, theme=theme, labels=labels, captions=[_caption(step) for step in self.steps])

    def to_dict(self) -> dict[str, Any]:
        """The equation as plain data: LaTeX, text, and the diagram of each term."""
        terms = [
            {
                "vertices": [list(block) for block in step.vertices],
                "blobs": [{"legs": list(blob.legs), "loops": blob.loops} for blob in step.blobs],
                "symmetry_factor": f"1/{step.automorphisms}",
                "copies": len(step.copies),
            }
            for step in self.steps
        ]
        return {
            "rank": self.rank,
            "loops": self.loops,
            "latex": self.latex(),
            "text": str(self),
            "terms": terms,
        }

    def __str__(self) -> str:
        from feyn_nn.rules.step_text import step_text

        lines = self._kernel_terms(latex=False) or [step_text(s, self._pairs, _ell()) for s in self.steps]
        return f"{_text(self.sides(self._pairs, 1)[0])}\n  = " + "\n  + ".join(lines)

    def _kernel_terms(self, *, latex: bool) -> list[str]:
        if not self.is_kernel:
            return []
        import sympy

        write = _latex if latex else _text
        parts = sympy.Add.make_args(self.sides(self._pairs, 1)[1])
        return [" + ".join(write(part) for part in sorted(parts, key=lambda part: part.func.__name__))]

    @property
    def _pairs(self) -> list[int]:
        from feyn_nn.rules.algebra import pair_number

        return [pair_number((2 * i + 1, 2 * i + 2)) for i in range(self.rank)]


def _caption(step: LayerStep) -> list[str]:
    """1/|Aut|, the number of copies, and which blobs are of a higher order."""
    factor = "1" if step.automorphisms == 1 else f"1/{step.automorphisms}"
    lines = [factor if len(step.copies) == 1 else f"{factor} · {len(step.copies)} labellings"]
    orders = [f"κ{subscript(sum(b.legs))} at {counted(b.loops, 'loop')}" for b in step.blobs if b.loops]
    return [*lines, ", ".join(orders)] if orders else lines


def _ell() -> sympy.Symbol:
    import sympy

    return sympy.Symbol("ell", integer=True, positive=True)


def _latex(expression: sympy.Expr) -> str:
    import sympy

    return str(sympy.latex(expression))


def _text(expression: sympy.Expr) -> str:
    from feyn_nn.rules.step_text import plain

    return plain(expression)
