"""Where finite-width fluctuations overtake: V/(nK²) over (depth, width)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.checks import shown

if TYPE_CHECKING:
    from feyn_nn.flow.trace import Trace

Array: TypeAlias = NDArray[np.float64]

OVERTAKEN = 1.0
"""Beyond this V/(nK²) the fluctuations of a network's metric are larger than the metric itself."""

_MOST_ROWS = 8


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Fluctuations:
    """A flow at many widths at once; made by :meth:`~feyn_nn.flow.Trace.fluctuations`.

    Parameters
    ----------
    trace : Trace
        Of any width; where hidden layers differ, the others keep their ratios to the first.
    widths : array (w,)
        n, the first hidden width.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> flow = fnn.flow.trace(fnn.MLP(depth=200, width=8, activation="linear"), fnn.Inputs.from_metric([[1.0]]))
    >>> flow.fluctuations([50]).overtaking_depth.tolist()
    [26.0]
    """

    trace: Trace
    widths: Array

    @cached_property
    def coupling(self) -> Array:
        """V/(nK²) ≈ Var(Ĝ)/K², the largest of the inputs, shape (L, w)."""
        return np.asarray(self.trace.four_point_coupling.max(axis=1)[:, None] / self.widths)

    @cached_property
    def overtaking_depth(self) -> Array:
        """The first layer where V/(nK²) reaches 1, for each width; ``inf`` if none does. Shape (w,).

        Leading order: of sampled networks Var Ĝ reaches E[Ĝ]² after seven tenths (ReLU) to four fifths (tanh) of it.
        """
        over = self.coupling >= OVERTAKEN * (1.0 - 1e-12)
        return np.where(over.any(axis=0), self.trace.layers[over.argmax(axis=0)], np.inf)

    @cached_property
    def breakdown_depth(self) -> Array:
        """The first layer where the series in 1/n fails, for each width; ``inf`` if it holds. Shape (w,)."""
        found = (self.trace.breakdown(width=width) for width in self.widths.tolist())
        return np.array([np.inf if layer is None else layer for layer in found])

    def to_dict(self) -> dict[str, Any]:
        """Plain data; None where a layer is beyond the last."""
        names = ("breakdown_depth", "overtaking_depth")
        layers = {name: [None if np.isinf(d) else int(d) for d in getattr(self, name)] for name in names}
        return {"widths": self.widths.tolist(), **layers}

    def plot(self) -> Any:
        """A matplotlib figure over (depth, width): V/(nK²), where it reaches 1, and where the series fails.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        """
        from feyn_nn.flow.pictures import fluctuation_figure

        return fluctuation_figure(self)

    def __repr__(self) -> str:
        rows = np.unique(np.linspace(0, len(self.widths) - 1, _MOST_ROWS).round().astype(int))
        lines = [f"{'width':>10}{'series fails at layer':>24}{'fluctuations overtake at layer':>34}"]
        for row in rows.tolist():
            layers = (_layer(depths[row]) for depths in (self.breakdown_depth, self.overtaking_depth))
            lines.append("{:>10.6g}{:>24}{:>34}".format(self.widths[row], *layers))
        return "\n".join(lines)


def fluctuations_of(trace: Trace, widths: ArrayLike | None) -> Fluctuations:
    """V/(nK²) of a flow at some widths; by default from 2 to ten times where the last layer is overtaken."""
    if widths is None:
        most = max(64.0, 10.0 * float(trace.four_point_coupling[-1].max()))
        return Fluctuations(trace=trace, widths=np.geomspace(2.0, most, 121))
    return Fluctuations(trace=trace, widths=_checked(widths))


def _checked(widths: ArrayLike | Sequence[float]) -> Array:
    try:
        array = np.atleast_1d(np.asarray(widths, dtype=np.float64))
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 1 or not array.size or not (np.isfinite(array) & (array > 0.0)).all():
        raise InvalidInput(f"widths={shown(widths)} is no list of widths; give numbers > 0, such as [32, 64]")
    return np.sort(array)


def _layer(depth: float) -> str:
    return "none" if np.isinf(depth) else f"{depth:.0f}"
