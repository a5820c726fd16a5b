"""Theory and measurement side by side, and the verdict."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from os import PathLike
from typing import Any

from feyn_nn._core.estimate import with_error
from feyn_nn._core.text import inverse_power

SIGNIFICANCE = 1e-4
"""The verdict fails below this p-value."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One observable at one width, with the series cut at one order.

    Parameters
    ----------
    observable : str
    width : int
        The first hidden width.
    order : int
        The highest power of 1/n in `theory`.
    theory : float
    theory_error : float
        The error of the *full* series at this width: numerical, and the first order beyond those asked for.
        It is the same for all orders of an observable and width, so that the pulls of two rows say what the
        order between them is worth.
    measured, stderr : float
    pull : float
        (theory - measured) / sqrt(stderr² + theory_error²).
    """

    observable: str
    width: int
    order: int
    theory: float
    theory_error: float
    measured: float
    stderr: float
    pull: float


@dataclass(frozen=True, kw_only=True, repr=False)
class Report:
    """The outcome of :func:`feyn_nn.validate`.

    Parameters
    ----------
    network : str
        Which ensemble.
    inputs : str
        Which inputs.
    rows : tuple of Row
        By observable, width and order; the last order of each is what is judged.
    chi2, dof, p_value : float, int, float
        All observables and widths together, with the covariance of the measurements.
    samples : dict of int to int
        Networks at each width.
    seed : int
    sampler : str
    """

    network: str
    inputs: str
    rows: tuple[Row, ...]
    chi2: float
    dof: int
    p_value: float
    samples: Mapping[int, int]
    seed: int
    sampler: str

    @property
    def verdict(self) -> str:
        """``"pass"``, or ``"fail"`` if p_value < 1e-4."""
        return "pass" if self.p_value >= SIGNIFICANCE else "fail"

    @property
    def passed(self) -> bool:
        """Whether the verdict is a pass."""
        return self.verdict == "pass"

    @property
    def resolution(self) -> dict[str, float]:
        """Δχ² that the highest order of each observable is worth in this run, theory's error included.

        Above 25 the order is seen at five standard deviations; below that agreement says little about it.
        """
        worth: dict[str, float] = {}
        before: dict[tuple[str, int], Row] = {}
        last = {row.observable: row.order for row in self.rows}
        for row in self.rows:
            lower = before.get((row.observable, row.width))
            before[row.observable, row.width] = row
            if row.order == last[row.observable]:
                term = row.theory - (lower.theory if lower else 0.0)
                variance = row.stderr**2 + row.theory_error**2
                gain = term**2 / variance if variance else math.inf if term else 0.0
                worth[row.observable] = worth.get(row.observable, 0.0) + gain
        return worth

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, for JSON; a number that is not finite becomes None."""
        plain = asdict(self) | {"rows": [asdict(row) for row in self.rows], "verdict": self.verdict}
        plain["samples"] = {str(width): count for width, count in self.samples.items()}
        cleaned: dict[str, Any] = _finite(plain)
        return cleaned

    def to_json(self) -> str:
        """The report as one JSON object."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)

    def plot(self, file: str | PathLike[str]) -> None:
        """Draw each observable against 1/n, data with error bars and one curve for each truncation.

        Parameters
        ----------
        file : path
            Where to write; the ending (.svg, .png, .pdf) says the format.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        InvalidInput
            If the file cannot be written.
        """
        from feyn_nn.validation.plot import save_plot

        save_plot(self, file)

    def __str__(self) -> str:
        head = ("observable", "width", "order", "theory", "± theory", "measured ± standard error", "pull")
        body = [_cells(row) for row in self.rows]
        widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
        lines = [
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
            for line in [head, *body]
        ]
        lines.insert(1, "─" * max(map(len, lines)))
        blocks = _separated(lines, self.rows)
        return "\n".join([f"{self.network} on {self.inputs}", *blocks, "", self.summary()])

    def summary(self) -> str:
        """The verdict, and what it rests on."""
        counts = ", ".join(f"{count:,} at width {width}" for width, count in self.samples.items())
        return (
            f"χ² = {self.chi2:.4g} for {self.dof} degrees of freedom, p = {self.p_value:.3g}: "
            f"{self.verdict.upper()}{self._reservation()}\n({counts}; sampler {self.sampler}, seed {self.seed})"
        )

    def _reservation(self) -> str:
        """What the verdict does not cover."""
        if self.dof == 0:
            return " (nothing was tested: every observable is exact here)"
        unseen = [name for name, worth in self.resolution.items() if worth < 25]
        return f"\nThe highest order is not resolved (Δχ² < 25) for: {', '.join(unseen)}" if unseen else ""

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th>{h}</th>" for h in ("observable", "width", "order", "theory", "±", "measured", "pull")
        )
        last = {(row.observable, row.width): row.order for row in self.rows}
        body = ""
        for row in self.rows:
            strong = " style='font-weight:bold'" if last[row.observable, row.width] == row.order else ""
            body += (
                f"<tr{strong}>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(row)) + "</tr>"
            )
        caption = html.escape(f"{self.network} on {self.inputs}")
        return (
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>{html.escape(self.summary())}</p>"
        )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.observable,
        str(row.width),
        inverse_power("n", row.order),
        f"{row.theory:.7g}",
        f"{row.theory_error:.1e}",
        with_error(row.measured, row.stderr),
        f"{row.pull:+.2f}",
    )


def _separated(lines: list[str], rows: tuple[Row, ...]) -> list[str]:
    """A blank line wherever the observable changes."""
    blocks = lines[:2]
    for line, row, before in zip(lines[2:], rows, (None, *rows), strict=False):
        if before is not None and row.observable != before.observable:
            blocks.append("")
        blocks.append(line)
    return blocks


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
