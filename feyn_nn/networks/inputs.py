"""Inputs: the points on which networks are evaluated."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput, Label, require_extra
from feyn_nn.networks.checks import integer
from feyn_nn.networks.files import read_array
from feyn_nn.networks.metrics import checked_metric, correlated_metric, real_array

N_DIGITS = 1797
"""How many images of handwritten digits scikit-learn brings."""


class Inputs:
    """B inputs, numbered 0 … B-1: points x_α of n_0 features, or the first-layer metric they lead to.

    Immutable; equal when their numbers are.

    Parameters
    ----------
    values : array_like, shape (B, n_0)
        One input a row; copied as float64. Arrays of any real type, nested lists, a pandas DataFrame or an
        xarray DataArray, whose labels are left aside.
    source : str
        Where they come from, in a few words.

    Raises
    ------
    InvalidInput
        If `values` is not two-dimensional, empty, ragged, not real, or holds a NaN or an infinity.

    Examples
    --------
    >>> x = Inputs([[1.0, 0.0], [0.6, 0.8]])
    >>> x.n_inputs, x.values.shape
    (2, (2, 2))
    """

    __slots__ = ("_metric", "_recipe", "_source", "_values")

    _values: NDArray[np.float64] | None
    _metric: NDArray[np.float64] | None
    _source: str
    _recipe: tuple[str, Any] | None

    def __init__(self, values: ArrayLike, *, source: str = "array") -> None:
        self._fill(values=_frozen(_checked_values(values)), metric=None, source=source)

    def _fill(
        self,
        *,
        values: NDArray[np.float64] | None,
        metric: NDArray[np.float64] | None,
        source: str,
        recipe: tuple[str, Any] | None = None,
    ) -> None:
        self._values, self._metric, self._source, self._recipe = values, metric, source, recipe

    @classmethod
    def digits(cls, k: int = 2) -> Inputs:
        """The first `k` 8×8 images of the UCI handwritten digits, each scaled so that x·x/n_0 = 1, n_0 = 64.

        Raises
        ------
        InvalidInput
            If `k` is not between 1 and 1797.
        MissingExtra
            If scikit-learn is not installed.

        Examples
        --------
        >>> Inputs.digits(2).values.shape
        (2, 64)
        """
        count = integer("digits", k, least=1, largest=N_DIGITS)
        datasets = require_extra("sklearn.datasets", "data", "Inputs.digits")
        images = np.asarray(datasets.load_digits().data[:count], dtype=np.float64)
        lengths = np.linalg.norm(images, axis=1, keepdims=True)
        chosen = cls.__new__(cls)
        chosen._fill(
            values=_frozen(images * (np.sqrt(images.shape[1]) / lengths)),
            metric=None,
            source=f"the first {count} handwritten digits" if count > 1 else "the first handwritten digit",
            recipe=("digits", count),
        )
        return chosen

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Inputs:
        """The inputs in a ``.csv`` file (one input a line, commas, no header) or a ``.npy`` file.

        Raises
        ------
        InvalidInput
            If the file is missing, cannot be read, or does not hold inputs; the message names the line.
        """
        array = read_array(path)
        try:
            return cls(array, source=Path(path).name)
        except InvalidInput as error:
            raise InvalidInput(f"{str(path)!r}: {error}") from None

    @classmethod
    def from_metric(cls, G: ArrayLike) -> Inputs:
        """Inputs known only by Ĝ¹ = `G`, shape (B, B), C_b and C_W of the first weight layer included.

        `G` counts as symmetric if it differs from its transpose by at most 1e-12 of its largest entry, and as
        positive semi-definite if no eigenvalue is below -1e-12 times the largest.

        Raises
        ------
        InvalidInput
            If `G` is not a symmetric positive semi-definite matrix of finite numbers; the message says which
            entries or which eigenvalue show it.

        Examples
        --------
        >>> Inputs.from_metric([[1.0, 0.5], [0.5, 1.0]]).n_inputs
        2
        """
        chosen = cls.__new__(cls)
        chosen._fill(values=None, metric=_frozen(checked_metric(G)), source="metric")
        return chosen

    @classmethod
    def from_correlation(cls, K: ArrayLike, rho: ArrayLike) -> Inputs:
        """Inputs of first-layer variances K_α and correlations ρ_αβ: Ĝ¹_αβ = ρ_αβ √(K_α K_β).

        Parameters
        ----------
        K : float or array (B,)
            One variance for all, or one each.
        rho : float or array (B, B)
            One correlation for every two inputs, two inputs where `K` is one number too; or all of them, with
            ones on the diagonal.

        Raises
        ------
        InvalidInput
            If a variance is negative, or `rho` is no matrix of correlations.

        Examples
        --------
        >>> Inputs.from_correlation(2.0, 0.5).metric.tolist()
        [[2.0, 1.0], [1.0, 2.0]]
        """
        metric = correlated_metric(K, rho)
        chosen = cls.__new__(cls)
        chosen._fill(values=None, metric=_frozen(checked_metric(metric)), source="correlations")
        return chosen

    @property
    def values(self) -> NDArray[np.float64] | None:
        """The inputs, shape (B, n_0), read-only; None where only a metric is known."""
        return self._values

    @property
    def metric(self) -> NDArray[np.float64] | None:
        """The first-layer metric, shape (B, B), read-only, where that was given; else None."""
        return self._metric

    @property
    def source(self) -> str:
        """Where the inputs come from, in a few words."""
        return self._source

    @property
    def n_inputs(self) -> int:
        """B, the number of inputs."""
        return len(self._numbers)

    @property
    def n_rows(self) -> int:
        """B, the number of labels: one for each input."""
        return self.n_inputs

    def take(self, labels: Sequence[Label]) -> Inputs:
        """Some of these inputs, in the order of `labels`; what was input ``labels[i]`` is number i.

        Raises
        ------
        InvalidInput
            If there is none, or a label is no integer from 0 to B-1.

        Examples
        --------
        >>> Inputs([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]]).take([2, 0]).values.tolist()
        [[0.0, 1.0], [1.0, 0.0]]
        """
        if isinstance(labels, (str, bytes)) or not isinstance(labels, Iterable):
            raise InvalidInput(f"labels={labels!r} is not a list; give for example take([0, 1])")
        chosen = [self.check_label(integer("label", label, least=0)) for label in labels]
        if not chosen:
            raise InvalidInput("no labels to take; give at least one, such as take([0])")
        if chosen == list(range(self.n_inputs)):
            return self
        taken = type(self).__new__(type(self))
        taken._fill(
            values=None if self._values is None else _frozen(self._values[chosen]),
            metric=None if self._metric is None else _frozen(self._metric[np.ix_(chosen, chosen)]),
            source=f"{len(chosen)} of {self._source}",
        )
        return taken

    def labelled(self, nested: Any) -> Any:
        """Lists of pairs or legs as they are: the label of an input is its number."""
        return nested

    @property
    def n_features(self) -> int | None:
        """n_0, the length of an input; None where only a metric is known."""
        return None if self._values is None else self._values.shape[1]

    @property
    def overlap(self) -> NDArray[np.float64]:
        """x_α·x_β / n_0, shape (B, B), exactly symmetric.

        Raises
        ------
        InvalidInput
            If only a metric is known.
        """
        if self._values is None:
            raise InvalidInput(
                "these inputs are known by their metric alone; give their values, Inputs(array)"
            )
        with np.errstate(over="ignore", invalid="ignore"):
            product = self._values @ self._values.T / self._values.shape[1]
            return np.asarray((product + product.T) / 2)

    def first_metric(self, weight_variance: float, bias_variance: float) -> NDArray[np.float64]:
        """Ĝ¹ = C_b + C_W x_α·x_β / n_0, shape (B, B); their own metric where that was given.

        Raises
        ------
        InvalidInput
            If it overflows.
        """
        if self.metric is not None:
            return self.metric
        with np.errstate(over="ignore", invalid="ignore"):
            metric = bias_variance + weight_variance * self.overlap
        if not np.isfinite(metric).all():
            raise InvalidInput("the first-layer metric C_b + C_W x·x/n_0 overflows; scale the inputs down")
        return metric

    def check_label(self, label: Label) -> Label:
        """`label`, if it is one of 0 … B-1.

        Raises
        ------
        InvalidInput
            If it is out of range.
        """
        if not 0 <= label < self.n_inputs:
            span = f"labels 0 to {self.n_inputs - 1}" if self.n_inputs > 1 else "label 0 alone"
            count = f"there are {self.n_inputs} inputs" if self.n_inputs > 1 else "there is 1 input"
            raise InvalidInput(f"input label {label} is out of range; {count}, {span}")
        return label

    def to_dict(self) -> dict[str, Any]:
        """The table [inputs] of a specification; the contents of a file are written out."""
        if self._recipe is not None:
            return dict([self._recipe])
        return {"metric" if self._values is None else "values": self._numbers.tolist()}

    @property
    def _numbers(self) -> NDArray[np.float64]:
        numbers = self._metric if self._values is None else self._values
        assert numbers is not None
        return numbers

    def __len__(self) -> int:
        return self.n_inputs

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Inputs):
            return NotImplemented
        same_kind = (self._values is None) == (other._values is None)
        return same_kind and np.array_equal(self._numbers, other._numbers)

    def __hash__(self) -> int:
        return hash((self._values is None, self._numbers.shape, self._numbers.tobytes()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._values, self._metric, self._source, self._recipe)

    def __repr__(self) -> str:
        size = (
            f"{self.n_inputs} × {self.n_features}"
            if self.n_features
            else f"{self.n_inputs} × {self.n_inputs}"
        )
        return f"<Inputs: {size}, {self._source}>"


def _restored(
    values: NDArray[np.float64] | None,
    metric: NDArray[np.float64] | None,
    source: str,
    recipe: tuple[str, Any] | None,
) -> Inputs:
    """Inputs from a pickle or a deep copy; a pickled array comes back writeable."""
    inputs = Inputs.__new__(Inputs)
    arrays = {name: None if a is None else _frozen(a) for name, a in (("values", values), ("metric", metric))}
    inputs._fill(**arrays, source=source, recipe=recipe)
    return inputs


def _frozen(array: NDArray[np.float64]) -> NDArray[np.float64]:
    copy = np.array(array, dtype=np.float64, order="C") + 0.0  # -0.0 becomes 0.0: equal inputs hash alike
    copy.setflags(write=False)
    return copy


def _checked_values(values: Any) -> NDArray[np.float64]:
    array = real_array("inputs", values)
    if array.ndim == 1 and array.size:
        raise InvalidInput(
            "inputs have one dimension; give shape (B, n_0): x.reshape(1, -1) for one input of"
            f" {array.size} features, x.reshape(-1, 1) for {array.size} inputs of one"
        )
    if array.ndim != 2 and array.size:
        raise InvalidInput(f"inputs have shape {array.shape}; give one row for each input, x.reshape(B, -1)")
    if array.size == 0:
        raise InvalidInput("inputs are empty; give at least one input of one feature, such as [[1.0]]")
    if not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        raise InvalidInput(
            f"input {row} holds {array[row, column]} at feature {column}; give finite numbers alone"
        )
    return array
