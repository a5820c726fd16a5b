"""A measurement: joint cumulants with their standard errors, and how they were obtained."""

from __future__ import annotations

import html
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Estimate, InvalidInput, require_extra
from feyn_nn._core.estimate import with_error
from feyn_nn._core.observables import Observable
from feyn_nn.networks.arguments import Network

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Simulation(Mapping[Observable, Estimate]):
    """Measured joint cumulants: a mapping from each observable, in the order asked for, to its `Estimate`.

    Parameters
    ----------
    network : MLP, MultiHeadAttention or Sequential
        What was sampled.
    sampler : str
        How: ``"metric"`` or ``"weights"``.
    n_samples : int
        The number of sampled networks.
    seed : int
        The seed; the same seed, network, observables and sampler give the same bits.
    observables : tuple of MetricObservable or FieldObservable
        What was measured.
    mean : array (observables,)
        The estimates.
    covariance : array (observables, observables)
        The covariance of the estimates, from the spread between batches; all observables share the same
        networks, so their errors are correlated. Its rank is less than the number of batches.
    n_blocks : int
        The number of batches that the covariance rests on.
    stderr : array (observables,), optional
        The standard errors by formula, from the variance of the influence functions over all networks; by
        default those from the spread between batches.
    gain : array (observables,), optional
        For each field correlator that was conditioned on the last layer, by what factor that lowered the
        variance; NaN for all else.
    conditioned : bool
        Whether fields were measured through the metric.
    complete : bool
        False if the run was interrupted.

    Raises
    ------
    InvalidInput
        If the estimates or their errors overflow.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=2, width=8, activation="linear")
    >>> found = fnn.simulate(net, fnn.Inputs([[1.0]]), pairs=[(0, 0)], samples=20_000, rng=0, progress=False)
    >>> (estimate,) = found.values()
    >>> bool(abs(estimate.value - 1) < 5 * estimate.stderr)
    True
    """

    network: Network
    sampler: str
    n_samples: int
    seed: int
    observables: tuple[Observable, ...]
    mean: Array
    covariance: Array
    n_blocks: int
    stderr: Array | None = None
    gain: Array | None = None
    conditioned: bool = True
    complete: bool = True

    def __post_init__(self) -> None:
        for observable, value in zip(self.observables, self.mean, strict=True):
            if not np.isfinite(value):
                raise InvalidInput(
                    f"{observable.name} overflows: its k-statistic is larger than any float; "
                    "use a smaller weight_variance, fewer layers or smaller inputs"
                )
        if not (np.isfinite(self.covariance).all() and np.isfinite(self.standard_errors).all()):
            raise InvalidInput(
                "the standard errors overflow: squares of the estimates are larger than any float; "
                "use a smaller weight_variance, fewer layers or smaller inputs"
            )

    def __getitem__(self, observable: Observable) -> Estimate:
        i = self._position[observable]
        return Estimate(
            value=float(self.mean[i]),
            stderr=float(self.standard_errors[i]),
            n_samples=self.n_samples,
            seed=self.seed,
        )

    @cached_property
    def _position(self) -> dict[Observable, int]:
        return {observable: i for i, observable in enumerate(self.observables)}

    def __iter__(self) -> Iterator[Observable]:
        return iter(self.observables)

    def __len__(self) -> int:
        return len(self.observables)

    @property
    def standard_errors(self) -> Array:
        """The standard errors of the estimates, (observables,): by formula where there is one."""
        return self.batch_errors if self.stderr is None else self.stderr

    @property
    def batch_errors(self) -> Array:
        """The standard errors from the spread between batches, (observables,)."""
        errors: Array = np.sqrt(np.diag(self.covariance))
        return errors

    def __repr__(self) -> str:
        head, *body = self._cells()
        widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
        lines = (
            "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (head, *body)
        )
        return "\n".join([self._headline(), *lines])

    def _repr_html_(self) -> str:
        head, *body = ([html.escape(cell) for cell in row] for row in self._cells())
        rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body)
        names = "".join(f"<th>{cell}</th>" for cell in head)
        caption = f"<caption>{html.escape(self._headline())}</caption>"
        return f"<table>{caption}<thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>"

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers, texts and lists; NaN becomes None."""
        gains = [None] * len(self) if self.gain is None else [_number(g) for g in self.gain]
        return {
            "network": self.network.to_dict(),
            "sampler": self.sampler,
            "conditioned": self.conditioned,
            "complete": self.complete,
            "n_samples": self.n_samples,
            "seed": self.seed,
            "n_batches": self.n_blocks,
            "estimates": [
                {
                    "observable": observable.name,
                    "key": observable.key,
                    "value": estimate.value,
                    "stderr": estimate.stderr,
                    "stderr_batches": float(error),
                    "gain": gain,
                }
                for (observable, estimate), error, gain in zip(
                    self.items(), self.batch_errors, gains, strict=True
                )
            ],
            "covariance": self.covariance.tolist(),
            "versions": versions(),
        }

    def to_json(self) -> str:
        """The simulation as one JSON object."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)

    def to_xarray(self) -> xarray.Dataset:
        """The estimates as a dataset over the dimension ``observable``, named by their plain-text keys.

        Raises
        ------
        MissingExtra
            If xarray is not installed.

        Examples
        --------
        >>> import feyn_nn as fnn
        >>> net = fnn.MLP(depth=2, width=8, activation="relu")
        >>> run = fnn.simulate(net, fnn.Inputs([[1.0]]), pairs=[(0, 0)], samples=64)
        >>> run.to_xarray()["value"].dims
        ('observable',)
        """
        xr = require_extra("xarray", "results", "to_xarray()")
        keys = [observable.key for observable in self]
        variables = {
            "value": ("observable", self.mean),
            "stderr": ("observable", self.standard_errors),
            "stderr_batches": ("observable", self.batch_errors),
            "covariance": (("observable", "other"), self.covariance),
        }
        if self.gain is not None:
            variables["gain"] = ("observable", self.gain)
        plain = ("sampler", "n_samples", "seed", "n_blocks")
        attributes = {name: getattr(self, name) for name in plain} | {"network": repr(self.network)}
        attributes |= {
            name: int(getattr(self, name)) for name in ("conditioned", "complete")
        }  # as netCDF wants
        dataset: xarray.Dataset = xr.Dataset(
            variables, coords={"observable": keys, "other": keys}, attrs=attributes
        )
        return dataset

    def _cells(self) -> Iterator[tuple[str, ...]]:
        """The head and the rows of the table, as text."""
        gains = np.full(len(self), np.nan) if self.gain is None else self.gain
        some = bool(np.isfinite(gains).any())
        yield "observable", "measured ± standard error", "by batches", *(["gain"] if some else [])
        for (name, estimate), error, gain in zip(self.items(), self.batch_errors, gains, strict=True):
            shown = [f"×{gain:.3g}" if np.isfinite(gain) else ""] if some else []
            yield name.name, with_error(estimate.value, estimate.stderr), f"± {error:.2g}", *shown

    def _headline(self) -> str:
        ended = "" if self.complete else "INTERRUPTED after "
        return (
            f"{ended}{self.n_samples:,} networks in {self.n_blocks} batches, sampler {self.sampler!r}, "
            f"seed {self.seed}: {self.network!r}"
        )


def versions() -> dict[str, str]:
    """The versions that decide the bits of a result."""
    found = {name: version(name) for name in ("feyn_nn", "numpy", "scipy", "numba")}
    return {"python": platform.python_version(), **found}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
