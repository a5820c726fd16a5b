"""What a run is going to sample, and what it can be expected to see: made before any data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from feyn_nn._core import Powers
from feyn_nn._core.text import powers_name
from feyn_nn.validation.judgement import SEEN
from feyn_nn.validation.sizes import Sizes, sizes_name
from feyn_nn.validation.table import aligned, duration, percent, ruled

KNOWN = 10.0
"""A coefficient asks to be resolved if it is so many times larger than its numerical error."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """How many networks are sampled at one set of sizes.

    Parameters
    ----------
    sizes : dict of str to int
    samples : int
    """

    sizes: Sizes
    samples: int


@dataclass(frozen=True, kw_only=True)
class PlannedOrder:
    """What a design expects of one order.

    Parameters
    ----------
    observable : str
    powers : Powers
    predicted : float
        Its coefficient.
    delta_chi2 : float
        How much χ² it should be worth, with the error of theory.
    bias : float
        The orders left out in units of the standard error, at the sizes where that is largest.
    caught : float
        The smallest relative error of the coefficient that the run would catch; see :class:`Order`.
    needs : float or None
        Where no affordable run can resolve it: how many neurons the cheapest would take; infinite if the orders left
        out would drown it at any width.
    error : float
        The numerical error of the coefficient. One that is not well known asks for no samples.
    """

    observable: str
    powers: Powers
    predicted: float
    delta_chi2: float
    bias: float
    caught: float
    needs: float | None = None
    error: float = 0.0

    @property
    def resolved(self) -> bool:
        """Whether it should be seen, at Δχ² >= 25."""
        return self.delta_chi2 >= SEEN

    @property
    def remark(self) -> str:
        """What is to be expected, in words."""
        if self.predicted == 0.0:
            return "zero: tested as zero"
        if self.resolved:
            return "resolved" if self.bias <= 0.5 else f"resolved; orders left out bias by {self.bias:.3g} σ"
        if abs(self.predicted) <= KNOWN * self.error:
            return f"not asked for: its numerical error is {percent(self.error / abs(self.predicted))}"
        if self.needs is None:
            return "not resolved by so many samples"
        if self.needs == float("inf"):
            return "no run resolves it: the orders left out are as large"
        return f"no affordable run resolves it: {self.needs:.1g} neurons"


@dataclass(frozen=True, kw_only=True)
class Design:
    """At which sizes to sample, how many networks at each, what that costs and what it should resolve.

    Parameters
    ----------
    runs : tuple of Run
    orders : tuple of PlannedOrder
    neurons : float
        How many will be drawn; for explicit weights, how many entries of weight matrices.
    seconds : float or None
        About how long that takes on this machine, from a short trial; None where none was made.
    """

    runs: tuple[Run, ...]
    orders: tuple[PlannedOrder, ...] = ()
    neurons: float = 0.0
    seconds: float | None = field(default=None, compare=False)

    @property
    def widths(self) -> tuple[int, ...]:
        """The first hidden widths."""
        return tuple(int(run.sizes["n"]) for run in self.runs)

    @property
    def samples(self) -> int:
        """The most networks at one set of sizes."""
        return max(run.samples for run in self.runs)

    @property
    def unresolved(self) -> tuple[PlannedOrder, ...]:
        """The orders that this run will not see, but for those that are zero."""
        return tuple(order for order in self.orders if order.predicted and not order.resolved)

    @property
    def out_of_reach(self) -> tuple[PlannedOrder, ...]:
        """The orders that no affordable run resolves."""
        return tuple(order for order in self.orders if order.needs is not None)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        orders = [asdict(o) | {"powers": dict(o.powers), "remark": o.remark} for o in self.orders]
        return {
            "runs": [asdict(run) for run in self.runs],
            "orders": orders,
            "neurons": self.neurons,
            "seconds": self.seconds,
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield "Design, from the predicted coefficients alone:"
        for run in self.runs:
            yield f"  {sizes_name(run.sizes)}: {run.samples:,} networks"
        time = "" if self.seconds is None else f", {duration(self.seconds, about=True)}"
        yield f"  cost: {self.neurons:.2g} neurons{time}"
        yield ""
        head = ("order", "coefficient", "Δχ²", "caught if off by", "expected")
        yield from ruled(aligned([head, *map(_cells, self.orders)]))


def _cells(order: PlannedOrder) -> tuple[str, ...]:
    return (
        f"{order.observable} {powers_name(order.powers)}",
        f"{order.predicted:.4g}",
        f"{order.delta_chi2:.3g}",
        percent(order.caught),
        order.remark,
    )
