"""Tokens: the inputs of attention, each a set of token vectors, labelled (input, token)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput, Label, TokenLabel
from feyn_nn._core.text import counted
from feyn_nn.networks.checks import integer, shown
from feyn_nn.networks.metrics import checked_metric, real_array

Array = NDArray[np.float64]


class Tokens:
    """B inputs of T tokens each: vectors x_it of some features, or the metric of all B·T rows.

    Rows are numbered input by input; a label is (input, token), both from 0. Immutable; equal when their numbers
    are.

    Parameters
    ----------
    values : array_like, shape (n_inputs, n_tokens, features)
    source : str
        Where they come from, in a few words.

    Raises
    ------
    InvalidInput
        If `values` are not three-dimensional, empty, of unequal shapes, not real, or hold a NaN or an infinity.

    Examples
    --------
    >>> x = Tokens([[[1.0, 0.0], [0.6, 0.8]]])
    >>> x.n_inputs, x.n_tokens, x.metric.tolist()
    (1, 2, [[0.5, 0.3], [0.3, 0.5]])
    """

    __slots__ = ("_metric", "_n_tokens", "_recipe", "_source", "_values")

    _values: Array | None
    _metric: Array
    _n_tokens: int
    _source: str
    _recipe: dict[str, Any] | None

    def __init__(self, values: ArrayLike, *, source: str = "array") -> None:
        array = _frozen(_checked_values(values))
        flat = array.reshape(-1, array.shape[2])
        with np.errstate(over="ignore", invalid="ignore"):
            product = flat @ flat.T / array.shape[2]
        if not np.isfinite(product).all():
            raise InvalidInput("the tokens are so large that their metric overflows; scale them down")
        self._fill(array, _frozen((product + product.T) / 2), array.shape[1], source, None)

    def _fill(
        self, values: Array | None, metric: Array, n_tokens: int, source: str, recipe: dict[str, Any] | None
    ) -> None:
        self._values, self._metric, self._n_tokens = values, metric, n_tokens
        self._source, self._recipe = source, recipe

    @classmethod
    def from_metric(cls, metric: ArrayLike, n_tokens: int) -> Tokens:
        """Tokens known by their metric X Xᵀ/features alone, shape (B·T, B·T), rows input by input.

        Raises
        ------
        InvalidInput
            If it is not symmetric positive semi-definite, or its size is no multiple of `n_tokens`.

        Examples
        --------
        >>> Tokens.from_metric([[1.0, 0.2], [0.2, 1.0]], n_tokens=2)
        <Tokens: 1 input × 2 tokens, metric>
        """
        checked = checked_metric(metric)
        count = integer("n_tokens", n_tokens, least=1)
        if len(checked) % count:
            raise InvalidInput(
                f"a metric of {len(checked)} rows does not hold inputs of n_tokens={count} tokens;"
                f" give a multiple of {count} rows"
            )
        tokens = cls.__new__(cls)
        tokens._fill(None, _frozen(checked), count, "metric", None)
        return tokens

    @classmethod
    def digits(cls, k: int = 2, *, patch: tuple[int, int] = (2, 4)) -> Tokens:
        """The first `k` images of handwritten digits in patches; see :func:`feyn_nn.networks.patches.digit_patches`.

        Raises
        ------
        InvalidInput
            If `k` is not between 1 and 1797, or the patches do not tile the image.
        MissingExtra
            If scikit-learn is not installed.
        """
        from feyn_nn.networks.patches import digit_patches

        return digit_patches(k, patch=patch)

    def described(self, source: str, recipe: dict[str, Any] | None = None) -> Tokens:
        """The same tokens, with words for where they come from and the table of a specification that makes them."""
        tokens = Tokens.__new__(Tokens)
        tokens._fill(self._values, self._metric, self._n_tokens, source, recipe)
        return tokens

    @property
    def values(self) -> Array | None:
        """The token vectors, shape (n_inputs, n_tokens, features), read-only; None where only a metric is known."""
        return self._values

    @property
    def metric(self) -> Array:
        """X Xᵀ/features over all rows (input, token), shape (n_rows, n_rows), read-only."""
        return self._metric

    @property
    def source(self) -> str:
        """Where the tokens come from, in a few words."""
        return self._source

    @property
    def n_tokens(self) -> int:
        """T, the number of tokens of each input."""
        return self._n_tokens

    @property
    def n_rows(self) -> int:
        """B·T, the number of labels."""
        return len(self._metric)

    @property
    def n_inputs(self) -> int:
        """B, the number of inputs."""
        return self.n_rows // self._n_tokens

    @property
    def labels(self) -> tuple[TokenLabel, ...]:
        """Every label (input, token), in the order of the rows."""
        return tuple(TokenLabel(row, *divmod(row, self._n_tokens)) for row in range(self.n_rows))

    def label(self, input: int, token: int) -> TokenLabel:
        """The label (input, token), which as an integer is the number of its row.

        Raises
        ------
        InvalidInput
            If there is no such input or token.

        Examples
        --------
        >>> int(Tokens.from_metric([[1.0, 0.0], [0.0, 1.0]], n_tokens=1).label(1, 0))
        1
        """
        for name, value, count in (("input", input, self.n_inputs), ("token", token, self._n_tokens)):
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < count:
                span = f"0 to {count - 1}" if count > 1 else "0 alone"
                raise InvalidInput(
                    f"label {shown((input, token))} is out of range; give (input, token) with {name} {span}"
                )
        return TokenLabel(int(input) * self._n_tokens + int(token), int(input), int(token))

    def labelled(self, nested: Any) -> Any:
        """Lists of pairs or legs, however deep, with each (input, token) in them as a ``TokenLabel``.

        Raises
        ------
        InvalidInput
            If something else than labels is in a pair, or a label is out of range.

        Examples
        --------
        >>> Tokens.from_metric([[1.0, 0.0], [0.0, 1.0]], n_tokens=2).labelled([((0, 0), (0, 1))])
        [[(0, 0), (0, 1)]]
        """
        if isinstance(nested, (str, bytes)) or not isinstance(nested, Iterable):
            return nested  # nothing at all, a label that is known already, or what others will refuse
        parts = list(nested)
        if len(parts) == 2 and _is_plain(parts[0]) and not _is_plain(parts[1]):  # a leg of the field
            return [parts[0], self.labelled(parts[1])]
        if any(_is_plain(part) for part in parts):
            if len(parts) == 2 and all(_is_plain(part) for part in parts):
                return self.label(*parts)
            raise InvalidInput(
                f"{shown(nested)} is not the label of a token; give (input, token), and pairs of labels such as"
                " ((0, 0), (0, 1))"
            )
        return [self.labelled(part) for part in parts]

    def check_label(self, label: Label) -> Label:
        """`label`, if it is that of a row.

        Raises
        ------
        InvalidInput
            If it is no (input, token) of these tokens.
        """
        if not isinstance(label, TokenLabel) or label != self.label(label.input, label.token):
            raise InvalidInput(
                f"{shown(label)} is not the label of a token; give (input, token), such as (0, 0)"
            )
        return label

    def to_dict(self) -> dict[str, Any]:
        """The table [inputs] of a specification."""
        if self._recipe is not None:
            return dict(self._recipe)
        if self._values is None:
            return {"metric": self._metric.tolist(), "n_tokens": self._n_tokens}
        return {"values": self._values.tolist()}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tokens):
            return NotImplemented
        same_kind = (self._values is None) == (other._values is None) and self._n_tokens == other._n_tokens
        return same_kind and np.array_equal(self._numbers, other._numbers)

    def __hash__(self) -> int:
        return hash((self._n_tokens, self._values is None, self._numbers.tobytes()))

    def __len__(self) -> int:
        return self.n_inputs

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._values, self._metric, self._n_tokens, self._source, self._recipe)

    def __repr__(self) -> str:
        return f"<Tokens: {counted(self.n_inputs, 'input')} × {counted(self._n_tokens, 'token')}, {self._source}>"

    @property
    def _numbers(self) -> Array:
        return self._metric if self._values is None else self._values


def _restored(
    values: Array | None, metric: Array, n_tokens: int, source: str, recipe: dict[str, Any] | None
) -> Tokens:
    """Tokens from a pickle or a deep copy; a pickled array comes back writeable."""
    tokens = Tokens.__new__(Tokens)
    frozen = None if values is None else _frozen(values)
    tokens._fill(frozen, _frozen(metric), n_tokens, source, recipe)
    return tokens


def _is_plain(value: Any) -> bool:
    """Whether it is an integer and no label."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, TokenLabel))


def _frozen(array: Array) -> Array:
    copy = np.array(array, dtype=np.float64, order="C") + 0.0  # -0.0 becomes 0.0: equal tokens hash alike
    copy.setflags(write=False)
    return copy


def _checked_values(values: Any) -> Array:
    _check_equal_shapes(values)
    array = real_array("tokens", values)
    if array.ndim != 3:
        raise InvalidInput(
            f"tokens have shape {array.shape}; give (n_inputs, n_tokens, features), x[None] for a single input"
        )
    if array.size == 0:
        raise InvalidInput("tokens are empty; give at least one token of one feature, such as [[[1.0]]]")
    if not np.isfinite(array).all():
        i, t, f = np.argwhere(~np.isfinite(array))[0]
        raise InvalidInput(
            f"token {t} of input {i} holds {array[i, t, f]} at feature {f}; give finite numbers alone"
        )
    return array


def _check_equal_shapes(values: Any) -> None:
    """Say which input or token is of another shape than the first, which numpy would not."""
    if not isinstance(values, (list, tuple)):
        return
    try:
        tokens = [len(entry) for entry in values]
        features = [[len(token) for token in entry] for entry in values]
    except TypeError:
        return
    for i, count in enumerate(tokens):
        if count != tokens[0]:
            raise InvalidInput(
                f"input {i} has {counted(count, 'token')} and input 0 has {tokens[0]}; give every input as many"
            )
    for i, lengths in enumerate(features):
        for t, length in enumerate(lengths):
            if length != features[0][0]:
                raise InvalidInput(
                    f"token {t} of input {i} has {counted(length, 'feature')} and token 0 of input 0 has"
                    f" {features[0][0]}; give every token as many"
                )
