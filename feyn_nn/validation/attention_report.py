"""The outcome of a validation of attention, term by term."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from os import PathLike
from typing import Any

from feyn_nn._core import Powers
from feyn_nn._core.estimate import with_error
from feyn_nn._core.text import powers_name
from feyn_nn.validation.report import SIGNIFICANCE


@dataclass(frozen=True, kw_only=True)
class TermRow:
    """One term of one observable at given sizes.

    Parameters
    ----------
    observable : str
    sizes : (heads, value_dim, key_dim)
    powers : Powers
        Which term.
    term : float
        Its value at these sizes.
    theory, theory_error : float
        The sum of all terms, and its error with what the series leaves out.
    measured, stderr : float
    pull : float
        (theory - measured) / σ, with all terms.
    pull_without : float
        The same without this term.
    """

    observable: str
    sizes: tuple[int, int, int]
    powers: Powers
    term: float
    theory: float
    theory_error: float
    measured: float
    stderr: float
    pull: float
    pull_without: float

    @property
    def name(self) -> str:
        """The powers, and what is known by a name of its own."""
        own = powers_name(self.powers)
        breaking = self.powers["heads"] > 0 and not (self.powers["value_dim"] or self.powers["key_dim"])
        return f"{own} (independence breaking)" if breaking else own

    @property
    def left(self) -> float:
        """What the measurement leaves to this term once all others are taken away."""
        return self.measured - (self.theory - self.term)


@dataclass(frozen=True, kw_only=True)
class HeadsLaw:
    """The power of heads with which an observable was measured to fall.

    Parameters
    ----------
    observable : str
    sizes : (value_dim, key_dim)
    heads : tuple of int
        The numbers of heads that were sampled.
    expected : int
        1 - k for a cumulant of k metrics.
    power, stderr : float
    """

    observable: str
    sizes: tuple[int, int]
    heads: tuple[int, ...]
    expected: int
    power: float
    stderr: float

    @property
    def pull(self) -> float:
        """(expected - power) / stderr."""
        return (self.expected - self.power) / self.stderr


@dataclass(frozen=True, kw_only=True, repr=False)
class AttentionReport:
    """The outcome of :func:`feyn_nn.validate` for attention.

    Parameters
    ----------
    network, inputs : str
    rows : tuple of TermRow
        By observable and sizes.
    laws : tuple of HeadsLaw
    chi2, dof, p_value : float, int, float
        All observables and sizes together, with the covariance of the measurements.
    samples : int
        Layers at each of the sizes.
    seed : int
    sampler : str
    """

    network: str
    inputs: str
    rows: tuple[TermRow, ...]
    laws: tuple[HeadsLaw, ...]
    chi2: float
    dof: int
    p_value: float
    samples: int
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

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, for JSON; a number that is not finite becomes None."""
        plain = asdict(self) | {"verdict": self.verdict}
        plain["rows"] = [
            asdict(row) | {"powers": dict(row.powers), "name": row.name, "left": row.left}
            for row in self.rows
        ]
        plain["laws"] = [asdict(law) | {"pull": law.pull} for law in self.laws]
        cleaned: dict[str, Any] = _finite(plain)
        return cleaned

    def to_json(self) -> str:
        """The report as one JSON object."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)

    def plot(self, file: str | PathLike[str]) -> None:
        """Draw each observable against the number of heads, data with error bars and theory as lines.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        InvalidInput
            If the file cannot be written.
        """
        from feyn_nn.validation.attention_plot import save_attention_plot

        save_attention_plot(self, file)

    def summary(self) -> str:
        """The verdict, and what it rests on."""
        return (
            f"χ² = {self.chi2:.4g} for {self.dof} degrees of freedom, p = {self.p_value:.3g}: {self.verdict.upper()}\n"
            f"({self.samples:,} layers at each size; sampler {self.sampler}, seed {self.seed})"
        )

    def __str__(self) -> str:
        return "\n".join(
            [f"{self.network} on {self.inputs}", "", *_aligned(self._table()), "", self.summary()]
        )

    __repr__ = __str__

    def _table(self) -> list[tuple[str, ...]]:
        head = ("term", "theory", "measured, others taken away", "pull", "without it")
        table: list[tuple[str, ...]] = [head]
        before = None
        for row in self.rows:
            if (row.observable, row.sizes) != before:
                before = (row.observable, row.sizes)
                h, v, k = row.sizes
                table += [(), (f"{row.observable} at heads {h}, value_dim {v}, key_dim {k}",)]
                table += [_cells("  sum", row.theory, row.measured, row.stderr, row.pull, None)]
            table += [_cells(f"  {row.name}", row.term, row.left, row.stderr, row.pull, row.pull_without)]
        if self.laws:
            table += [(), ("power of heads",)]
        for law in self.laws:
            name = f"  {law.observable}, value_dim {law.sizes[0]}, key_dim {law.sizes[1]}"
            table += [_cells(name, law.expected, law.power, law.stderr, law.pull, None)]
        return table

    def _repr_html_(self) -> str:
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>"
            for line in self._table()
        )
        caption = html.escape(f"{self.network} on {self.inputs}")
        return f"<table><caption>{caption}</caption>{body}</table><p>{html.escape(self.summary())}</p>"


def _cells(
    name: str, theory: float, measured: float, stderr: float, pull: float, without: float | None
) -> tuple[str, ...]:
    last = "" if without is None else f"{without:+.1f}"
    return name, f"{theory:.6g}", with_error(measured, stderr), f"{pull:+.2f}", last


def _aligned(table: list[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as their widest cell; a line of one cell is a heading."""
    full = [line for line in table if len(line) > 1]
    widths = [max(len(line[i]) for line in full) for i in range(len(full[0]))]
    for line in table:
        yield "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=False)).rstrip()


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
