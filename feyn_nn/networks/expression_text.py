"""Text of an expression in z to a tree: a small grammar, and nothing of Python.

    sum     = product {("+" | "-") product}
    product = signed {("*" | "/") signed}
    signed  = ("+" | "-") signed | power
    power   = atom ["**" signed]
    atom    = number | "z" | "pi" | "E" | function "(" sum {"," sum} ")" | "(" sum ")"
            | "Piecewise" "(" case {"," case} ")"
    case    = "(" sum "," ("True" | sum ("<" | "<=" | ">" | ">=") sum) ")"

No name is ever looked up outside the tables below. Length, depth, exponents and constants are bounded, so that
whatever is typed is read, or refused, at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from feyn_nn._core import InvalidInput, nearest
from feyn_nn.networks.checks import shown

MAX_LENGTH = 400
MAX_DEPTH = 40
MAX_EXPONENT = 24
MAX_CONSTANT = 1e30

FUNCTIONS: dict[str, tuple[Callable[..., float], int]] = {
    "exp": (math.exp, 1),
    "log": (math.log, 1),
    "sqrt": (math.sqrt, 1),
    "sin": (math.sin, 1),
    "cos": (math.cos, 1),
    "sinh": (math.sinh, 1),
    "cosh": (math.cosh, 1),
    "tanh": (math.tanh, 1),
    "asinh": (math.asinh, 1),
    "atan": (math.atan, 1),
    "erf": (math.erf, 1),
    "Abs": (abs, 1),
    "Max": (max, 2),
    "Min": (min, 2),
    "sign": (lambda x: float((x > 0) - (x < 0)), 1),
    "Heaviside": (lambda x: ((x > 0) - (x < 0) + 1) / 2, 1),
}
"""The functions of the grammar: their values at numbers, and the fewest arguments; `Max` and `Min` take more."""

JUMPING = ("floor", "ceiling", "round", "frac")
"""Functions that jump without end, which no rule here can take."""

COMPARISONS = ("<", "<=", ">", ">=")

_OPERATIONS: dict[str, Callable[..., float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": math.pow,
    "negative": lambda a: -a,
}
_CONSTANTS = {"pi": math.pi, "E": math.e}
_TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[<>]=?|[-+*/(),]))",
    re.ASCII,
)


class Node(NamedTuple):
    """A part of an expression.

    Parameters
    ----------
    head : str
        An operator, a function, ``"negative"``, ``"number"``, or the name of z or of a constant.
    args : tuple of Node
    text : str
        The digits of a number.
    value : float or None
        Its value where z does not occur.
    """

    head: str
    args: tuple[Node, ...] = ()
    text: str = ""
    value: float | None = None


def parse(text: str) -> Node:
    """The tree of an expression in z.

    Raises
    ------
    InvalidInput
        If `text` is not of the grammar, or exceeds one of its bounds.

    Examples
    --------
    >>> parse("z + 1").head
    '+'
    >>> parse("2*(1 + 1)").value
    4.0
    """
    return _Parser(text).whole()


def split_call(text: str, names: Iterable[str]) -> tuple[str, tuple[Node, ...]] | None:
    """The name and the arguments of ``name(a, b, …)``, if the name is one of `names`; else None."""
    found = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*", text, re.ASCII | re.DOTALL)
    if found is None or found[1] not in names:
        return None
    return found[1], _Parser(found[2], whole=text).arguments()


class _Parser:
    def __init__(self, text: str, whole: str | None = None) -> None:
        self._text = text if whole is None else whole
        if len(self._text) > MAX_LENGTH:
            raise InvalidInput(
                f"activation {shown(self._text)} has {len(self._text)} characters; give at most {MAX_LENGTH}"
            )
        self._tokens = self._tokenized(text)
        self._place = 0
        self._depth = 0

    def whole(self) -> Node:
        tree = self._sum()
        if self._kind:
            raise self._unexpected()
        return tree

    def arguments(self) -> tuple[Node, ...]:
        found = [self._sum()] if self._kind else []
        while self._taken(","):
            found.append(self._sum())
        if self._kind:
            raise self._unexpected()
        return tuple(found)

    def _tokenized(self, text: str) -> list[tuple[str, str]]:
        tokens, place = [], 0
        text = text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                sign = text[place:].lstrip()[0]
                hint = (
                    "write ** for a power"
                    if sign == "^"
                    else "give an expression in z such as 'z*exp(-z**2/2)'"
                )
                raise self._refusal(f"holds {sign!a}", hint)
            kind = ("number", "name", "operator")[(found.lastindex or 0) - 1]
            tokens.append((kind, found[found.lastindex or 0]))
            place = found.end()
        return tokens

    @property
    def _kind(self) -> str:
        return self._tokens[self._place][0] if self._place < len(self._tokens) else ""

    def _taken(self, *operators: str) -> str:
        """The next token, if it is one of these operators, or nothing."""
        if self._kind == "operator" and (sign := self._tokens[self._place][1]) in operators:
            self._place += 1
            return sign
        return ""

    def _sum(self) -> Node:
        tree = self._product()
        while sign := self._taken("+", "-"):
            tree = self._made(sign, tree, self._product())
        return tree

    def _product(self) -> Node:
        tree = self._signed()
        while sign := self._taken("*", "/"):
            tree = self._made(sign, tree, self._signed())
        return tree

    def _signed(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._refusal("is nested too deeply", f"give at most {MAX_DEPTH} levels")
        if sign := self._taken("+", "-"):
            tree = self._signed()
            tree = tree if sign == "+" else self._made("negative", tree)
        else:
            tree = self._power()
        self._depth -= 1
        return tree

    def _power(self) -> Node:
        base = self._atom()
        if not self._taken("**"):
            return base
        exponent = self._signed()
        if exponent.value is not None and abs(exponent.value) > MAX_EXPONENT:
            raise self._refusal(
                "holds a huge power", f"give exponents between -{MAX_EXPONENT} and {MAX_EXPONENT}"
            )
        if exponent.value is None and (base.value is None or base.value <= 0):
            raise self._refusal(
                "has z in an exponent over a base that may be negative", "write exp(…) for it"
            )
        return self._made("**", base, exponent)

    def _atom(self) -> Node:
        kind = self._kind
        if kind not in ("number", "name"):
            if not self._taken("("):
                raise self._unexpected()
            return self._closed(self._sum())
        text = self._tokens[self._place][1]
        self._place += 1
        if kind == "number":
            vanishes = not re.split("[eE]", text)[0].strip("0.")
            return self._checked(
                Node("number", text=text, value=float(text) if float(text) or vanishes else math.nan)
            )
        if text == "z":
            return Node("z")
        if text in _CONSTANTS:
            return Node(text, value=_CONSTANTS[text])
        return self._call(text)

    def _call(self, name: str) -> Node:
        if name in JUMPING:
            raise self._refusal(
                f"holds {name}, which jumps without end",
                "give finitely many jumps by sign, Heaviside or Piecewise",
            )
        if name == "Piecewise" and self._taken("("):
            return self._cases()
        if name not in FUNCTIONS:
            if not self._taken("("):
                raise self._refusal(
                    f"has the symbol {name!r} besides z", "write z for the variable, pi and E for numbers"
                )
            raise self._refusal(
                f"calls {name!r}, which is not known", nearest(name, (*FUNCTIONS, "Piecewise"))
            )
        if not self._taken("("):
            raise self._refusal(f"names {name} without its argument", f"write {name}(…)")
        args = [self._sum()]
        while self._taken(","):
            args.append(self._sum())
        least = FUNCTIONS[name][1]
        if len(args) < least or len(args) > least == 1:
            raise self._refusal(
                f"gives {name} {len(args)} argument(s)", f"give {'two or more' if least > 1 else 'one'}"
            )
        return self._closed(self._made(name, *args))

    def _cases(self) -> Node:
        cases = [self._case()]
        while self._taken(","):
            cases.append(self._case())
        if cases[-1].args[1].head != "True":
            raise self._refusal("has a Piecewise without an end", "give its last case as (…, True)")
        return self._closed(Node("Piecewise", tuple(cases)))

    def _case(self) -> Node:
        if not self._taken("("):
            raise self._unexpected()
        value = self._sum()
        if not self._taken(","):
            raise self._unexpected()
        if self._kind == "name" and self._tokens[self._place][1] == "True":
            self._place += 1
            return self._closed(Node("case", (value, Node("True"))))
        left = self._sum()
        comparison = self._taken(*COMPARISONS)
        if not comparison:
            raise self._unexpected()
        return self._closed(Node("case", (value, Node(comparison, (left, self._sum())))))

    def _closed(self, tree: Node) -> Node:
        if not self._taken(")"):
            raise self._unexpected()
        return tree

    def _made(self, head: str, *args: Node) -> Node:
        values = [arg.value for arg in args if arg.value is not None]
        if len(values) < len(args):
            return Node(head, args)
        compute = _OPERATIONS[head] if head in _OPERATIONS else FUNCTIONS[head][0]
        try:
            value = float(compute(*values))
        except (ArithmeticError, ValueError):
            value = math.nan
        return self._checked(Node(head, args, value=value))

    def _checked(self, node: Node) -> Node:
        size = abs(node.value or 0.0)
        if size == 0.0 or 1 / MAX_CONSTANT <= size <= MAX_CONSTANT:
            return node
        span = f"stay between {1 / MAX_CONSTANT:g} and {MAX_CONSTANT:g}"
        raise self._refusal("holds a constant that is not real, too large or too small", span)

    def _unexpected(self) -> InvalidInput:
        found = f"has {self._tokens[self._place][1]!r} at a wrong place" if self._kind else "breaks off"
        return self._refusal(found, "give an expression in z such as 'z*exp(-z**2/2)'")

    def _refusal(self, found: str, hint: str) -> InvalidInput:
        return InvalidInput(f"activation {shown(self._text)} {found}; {hint}")
