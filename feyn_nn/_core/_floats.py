"""Two things that plain numba has no words for: the bits of a float, and a polynomial as straight-line code.

Loops that use only these, arithmetic and square roots are vectorised by LLVM, which a call of ``math.log`` prevents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_FLOAT, _WORD = ir.DoubleType(), ir.IntType(64)
_CONTRACT = (
    "contract",
)  # a multiplication and an addition may be one instruction, as they are in every kernel


def _as_float(_context: Any, _word: Any) -> Any:
    def code(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], _FLOAT)

    return types.float64(types.uint64), code


def _as_word(_context: Any, _number: Any) -> Any:
    def code(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], _WORD)

    return types.uint64(types.float64), code


as_float = cast(Callable[[Any], float], intrinsic(_as_float))
"""In compiled code, the double with the same 64 bits as an unsigned integer."""

as_word = cast(Callable[[float], Any], intrinsic(_as_word))
"""In compiled code, the unsigned integer with the same 64 bits as a double."""


def polynomial(coefficients: Sequence[float]) -> Callable[[float], float]:
    """A function of compiled code: Σ_k c_k x^k by Horner's rule, unrolled.

    Parameters
    ----------
    coefficients : sequence of float
        c_0, c_1, …
    """
    *lower, highest = (float(c) for c in coefficients)

    def evaluate(_context: Any, _x: Any) -> Any:
        def code(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            value = ir.Constant(_FLOAT, highest)
            for c in reversed(lower):
                product = builder.fmul(value, arguments[0], flags=_CONTRACT)
                value = builder.fadd(product, ir.Constant(_FLOAT, c), flags=_CONTRACT)
            return value

        return types.float64(types.float64), code

    return cast(Callable[[float], float], intrinsic(evaluate))
