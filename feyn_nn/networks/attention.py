"""Multi-head attention: an ensemble of layers whose softmax weights all value channels share."""

from __future__ import annotations

import html
import math
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, nearest
from feyn_nn._core.text import counted
from feyn_nn.networks.checks import integer, is_single, shown, variance
from feyn_nn.networks.layers import Plate
from feyn_nn.networks.tables import checked_table

if TYPE_CHECKING:
    from feyn_nn.networks.conventions import Conventions
    from feyn_nn.networks.tokens import Tokens

Mask = tuple[tuple[bool, ...], ...]

SIZES = ("heads", "value_dim", "key_dim")
"""The sizes whose inverses are the small parameters, outermost plate first."""


@dataclass(frozen=True, kw_only=True, repr=False)
class MultiHeadAttention:
    """One layer of N_h attention heads with Gaussian weights, derived in docs/theory/attention.md.

    O_tc = Σ_j A_tj v_jc with A = softmax(β s) over the tokens j of the row's own input, s_tj = q_t·k_j/√d_k, and
    q = x W_Q √(query_variance/features) and so on, all weights N(0, 1). The heads are read out with variance
    C_O/(N_h d_v), so that Ĝ_tt' = C_O/(N_h d_v) Σ_{h,c} O^h_tc O^h_t'c is the metric of the field
    z = W_O O √(C_O/(N_h d_v)). The field φ(x) = Σ_i z_i head_i(x) of Ageev & Ageeva (arXiv:2602.10209) is
    ``heads=1, value_dim=key_dim``, read at a token of one's choice.

    Parameters
    ----------
    heads : int
        N_h, independent heads.
    key_dim, value_dim : int
        d_k and d_v, channels of queries and keys, and of values, in each head.
    coupling : float
        β >= 0, the factor of the scores; ``math.inf`` is hard attention.
    query_variance, key_variance, value_variance : float
        Variances of the maps from tokens to queries, keys and values.
    output_variance : float
        C_O, the variance of the read-out.
    causal_mask : bool
        Whether token t reads only tokens j <= t of its input.
    mask : matrix of bool, optional
        Entry (t, j) says whether token t reads token j, the same for every input; with `causal_mask`, both must
        allow it.

    Raises
    ------
    InvalidInput
        If a size is < 1, a variance negative or not finite, the coupling negative or NaN, or a mask is not square
        or leaves a row empty.

    Examples
    --------
    >>> net = MultiHeadAttention(heads=8, key_dim=64, value_dim=64)
    >>> net.plates[0]
    Plate(name='heads', size=8)
    """

    heads: int = 1
    key_dim: int
    value_dim: int
    coupling: float = 1.0
    query_variance: float = 1.0
    key_variance: float = 1.0
    value_variance: float = 1.0
    output_variance: float = 1.0
    causal_mask: bool = False
    mask: Mask | None = None

    def __post_init__(self) -> None:
        for name in SIZES:
            object.__setattr__(self, name, integer(name, getattr(self, name), least=1))
        for name in ("query_variance", "key_variance", "value_variance", "output_variance"):
            object.__setattr__(self, name, variance(name, getattr(self, name)))
        object.__setattr__(self, "coupling", checked_coupling(self.coupling))
        if not isinstance(self.causal_mask, (bool, np.bool_)):
            raise InvalidInput(f"causal_mask={shown(self.causal_mask)} is neither True nor False; give one")
        object.__setattr__(self, "causal_mask", bool(self.causal_mask))
        if self.mask is not None:
            object.__setattr__(self, "mask", _checked_mask(self.mask))
            self.visible(len(self.mask or ()))

    @property
    def plates(self) -> tuple[Plate, ...]:
        """The plates of exchangeable units, outermost first: heads, their value channels, their key channels."""
        return tuple(Plate(name, getattr(self, name)) for name in SIZES)

    @property
    def sizes(self) -> dict[str, int]:
        """The size of each plate, by name."""
        return {plate.name: plate.size for plate in self.plates}

    def with_sizes(self, **sizes: int) -> MultiHeadAttention:
        """The same layer with other numbers of heads, value_dim or key_dim.

        Raises
        ------
        InvalidInput
            If a size is not known, or < 1.

        Examples
        --------
        >>> MultiHeadAttention(key_dim=4, value_dim=4).with_sizes(heads=2).heads
        2
        """
        for name, size in sizes.items():
            if name not in SIZES:
                raise InvalidInput(f"{name}={size!r} is no size of attention; {nearest(name, SIZES)}")
        changed: Any = sizes
        return replace(self, **changed)

    def visible(self, n_tokens: int) -> NDArray[np.bool_]:
        """Which token j token t reads, shape (T, T).

        Raises
        ------
        InvalidInput
            If the mask is of another size, or leaves a row empty.
        """
        seen = np.ones((n_tokens, n_tokens), dtype=np.bool_)
        if self.mask is not None:
            if len(self.mask) != n_tokens:
                raise InvalidInput(
                    f"the mask is for {counted(len(self.mask), 'token')} and the inputs have {n_tokens};"
                    f" give a mask of shape ({n_tokens}, {n_tokens})"
                )
            seen &= np.array(self.mask, dtype=np.bool_)
        if self.causal_mask:
            seen = np.tril(seen)
        empty = np.flatnonzero(~seen.any(axis=1))
        if empty.size:
            raise InvalidInput(
                f"the mask leaves row {empty[0]} empty; let every token read at least one, such as itself"
            )
        return seen

    def first_metric(self, tokens: Tokens) -> NDArray[np.float64]:
        """X Xᵀ/features of the tokens, the metric that the layer receives, shape (n_rows, n_rows)."""
        return tokens.metric

    def query_metric(self, tokens: Tokens) -> NDArray[np.float64]:
        """Σ_Q = query_variance · X Xᵀ/features, shape (n_rows, n_rows)."""
        return _scaled("query_variance", self.query_variance, tokens)

    def key_metric(self, tokens: Tokens) -> NDArray[np.float64]:
        """Σ_K = key_variance · X Xᵀ/features, shape (n_rows, n_rows)."""
        return _scaled("key_variance", self.key_variance, tokens)

    def value_metric(self, tokens: Tokens) -> NDArray[np.float64]:
        """Σ_V = value_variance · X Xᵀ/features, shape (n_rows, n_rows)."""
        return _scaled("value_variance", self.value_variance, tokens)

    def conventions(self) -> Conventions:
        """The formula, normalisation and expansion parameter of this layer, and what the papers call them."""
        from feyn_nn.networks.conventions import attention_conventions

        return attention_conventions(self)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> MultiHeadAttention:
        """The layer described by the table [network] of a specification.

        Raises
        ------
        InvalidInput
            If a key is missing, not known, or its value is not allowed.
        """
        names = [field.name for field in fields(cls)]
        required = ("key_dim", "value_dim")
        optional = ("kind", *(name for name in names if name not in required))
        given = checked_table("network", table, required=required, optional=optional)
        return cls(**{name: value for name, value in given.items() if name != "kind"})

    def to_dict(self) -> dict[str, Any]:
        """The table [network] of a specification."""
        return {"kind": "attention"} | {
            name: [list(row) for row in value] if isinstance(value, tuple) else value
            for name, value in self._typed().items()
        }

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self._typed().items())
        return f"MultiHeadAttention({settings})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{name}</th><td>{html.escape(str(value))}</td></tr>"
            for name, value in self._typed().items()
        )
        return f"<table><caption>MultiHeadAttention</caption>{rows}</table>"

    def _typed(self) -> dict[str, Any]:
        """The constructor's arguments, those that differ from the defaults after the sizes."""
        given = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: value for name, (value, default) in given.items() if name in SIZES or value != default}


def _scaled(name: str, factor: float, tokens: Tokens) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        metric: NDArray[np.float64] = factor * tokens.metric
    if not np.isfinite(metric).all():
        raise InvalidInput(f"{name}={factor!r} times the tokens' metric overflows; give smaller ones")
    return metric


def checked_coupling(value: Any) -> float:
    """β >= 0, infinity included.

    Raises
    ------
    InvalidInput
        If it is no number, NaN or negative.
    """
    if not isinstance(value, numbers.Real) or isinstance(value, bool) or math.isnan(value) or value < 0:
        raise InvalidInput(
            f"coupling={shown(value)} is no coupling; give a number >= 0 (its sign would change nothing)"
        )
    return float(value) + 0.0


def _checked_mask(mask: Any) -> Mask:
    example = "give a square matrix such as [[True, False], [True, True]]"
    if is_single(mask) or isinstance(mask, (str, bytes, Mapping)):
        raise InvalidInput(f"mask={shown(mask)} is no matrix; {example}")
    rows = [
        list(row) if isinstance(row, Iterable) and not isinstance(row, (str, bytes)) else [] for row in mask
    ]
    if not rows or any(len(row) != len(rows) for row in rows):
        raise InvalidInput(f"mask={shown(mask)} is not square; {example}")
    allowed = (bool, np.bool_)
    if not all(
        isinstance(entry, allowed) or (is_single(entry) and entry in (0, 1)) for row in rows for entry in row
    ):
        raise InvalidInput(f"mask={shown(mask)} holds something else than True and False; {example}")
    return tuple(tuple(bool(entry) for entry in row) for row in rows)
