"""The grammar of expressions: what it reads, and what is thrown at it."""

from __future__ import annotations

import math
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn._core import InvalidInput
from feyn_nn.networks import MLP, activation
from feyn_nn.networks.expression_text import MAX_LENGTH, Node, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2*3", 7),
        ("2 - 3 - 4", -5),
        ("2**3**2", 512),
        ("-2**2", -4),
        ("(-2)**2", 4),
        ("2**-1", 0.5),
        ("8/4/2", 1),
        ("- - 3", 3),
        ("+3", 3),
        ("1.5e-3", 0.0015),
        (".5", 0.5),
        ("2.", 2),
        ("pi + E", math.pi + math.e),
        ("exp(1)", math.e),
        ("Max(1, 2, 3) - Min(1, 2)", 2),
        ("Abs(-4)", 4),
        ("sqrt(2)**2", 2),
    ],
)
def test_arithmetic_is_read_as_in_python(text: str, value: float) -> None:
    assert parse(text).value == pytest.approx(value, rel=1e-15)


def test_a_tree_holds_what_was_typed() -> None:
    assert parse("2*z") == Node("*", (Node("number", text="2", value=2.0), Node("z")))


HOSTILE = [
    "__import__('os').system('true')",
    "__import__",
    "__import__(z)",
    "().__class__.__bases__[0].__subclasses__()",
    "z.__class__",
    "z.diff()",
    "lambda z: z",
    "(lambda: z)()",
    "[z for z in (1, 2)]",
    "{z}",
    "z if z else z",
    "z; z",
    "z\nimport os",
    "exec('1')",
    "eval(z)",
    "open('/etc/passwd')",
    "getattr(z, 1)",
    "Symbol('x')",
    "Function(z)",
    "Lambda(z, z)",
    "sympify(z)",
    "f'{z}'",
    "'z'",
    "z := 3",
    "z == z",
    "z < 0",
    "z and z",
    "z % 2",
    "z // 2",
    "z @ z",
    "~z",
    "z!",
    "z^2",
    "#",
    "\\",
    "\x00",
    "z\x00",
    "",
    "   ",
    "()",
    "(",
    ")",
    "z)",
    "exp()",
    "exp z",
    "exp(z, z)",
    "Max(z)",
    "2z",
    "z z",
    "z**",
    "**z",
    "*",
    "1..2*z",
    "1e*z",
    "0x10*z",
    "1_000*z",
    "1j*z",
    "I*z",
    "oo*z",
    "nan",
    "inf*z",
    "x + z",
    "z + zz",
    "ｚ",
    "z²",
    "z · z",
    "exp\u2061(z)",
    "\u202ez",
    "zé",
    "𝐳",
    "٣*z",
    "9**9**9**9*z",
    "z**9999",
    "z**-9999",
    "z**(10**6)",
    "(z**24)**24",
    "((z**24 + 1)**24 + 1)**24",
    "(((z + 1)**24 + 1)**24 + 1)**24 + Abs(z)",
    "((9**24)**24)**24*z",
    "10**31*z",
    "exp(exp(exp(exp(9))))*z",
    "Max(exp(exp(exp(9))), z)",
    "exp(exp(exp(z)))",
    "exp(-exp(exp(exp(z))))",
    "sin(exp(exp(exp(z))))",
    "1e999*z",
    "1e-999*z",
    "0**-1*z",
    "log(-1)*z",
    "log(0)*z",
    "z/0",
    "Max(z, 1/(z - z))",
    "z**z",
    "(-2)**z",
    "(z-z)**z",
    "0/z",
    "z**(1/0)",
    "sqrt(" * 60 + "z" + ")" * 60,
    "(" * 150 + "z" + ")" * 150,
    "-" * 300 + "z",
    "2**" * 100 + "z",
    "z" + "+z" * 5000,
    "exp(z" * 70,
    "Piecewise",
    "Piecewise()",
    "Piecewise(z)",
    "Piecewise((z))",
    "Piecewise((z, z))",
    "Piecewise((z, z < 0))",
    "Piecewise((z, z < 0 < 1), (0, True))",
    "Piecewise((z, z == 0), (0, True))",
    "Piecewise((z, (z < 0)), (0, True))",
    "Piecewise((z, False), (0, True))",
    "Piecewise((z, True)",
    "Piecewise((z, exp(exp(exp(z))) < 0), (1/z, True))",
    "True",
    "z*(z < 0)",
    "Abs((((z + 1)**24 + 1)**24 + 1)**24)",
    "z/Max(z, 0)",
    "Abs(sin(z)/z)",
    "+".join(f"Abs(z - {k})" for k in range(30)),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_else_is_typed_is_refused_at_once_in_one_sentence(text: str) -> None:
    start = time.process_time()
    with pytest.raises(InvalidInput) as caught:
        activation(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    assert time.process_time() - start < 5.0  # a few hundredths, most of them


@pytest.mark.parametrize("name", ["floor(z)", "ceiling(z)", "z*round(z)"])
def test_jumps_without_end_are_refused_as_such(name: str) -> None:
    with pytest.raises(InvalidInput, match="jumps without end"):
        activation(name)


def test_cases_are_read_in_order() -> None:
    sigma = activation("Piecewise((-1, z < -1), (z, z <= 2*(1 - 0.5)), (1, True))")
    assert sigma(np.array([-3.0, -0.25, 0.5, 3.0])).tolist() == [-1.0, -0.25, 0.5, 1.0]


def test_hints_name_what_to_type() -> None:
    for text, hint in {
        "z^2": r"write \*\* for a power",
        "tanhh(z)": "did you mean 'tanh'",
        "exp + z": r"write exp\(…\)",
        "x + z": "the symbol 'x' besides z",
        "z**99": "exponents between -24 and 24",
        "z" * (MAX_LENGTH + 1) + "+": f"at most {MAX_LENGTH}",
    }.items():
        with pytest.raises(InvalidInput, match=hint):
            activation(text)


ALPHABET = [
    "z",
    "1",
    "2",
    "0.5",
    "+",
    "-",
    "*",
    "/",
    "**",
    "(",
    ")",
    ",",
    "exp",
    "tanh(",
    "Max(",
    "sqrt(",
    "Piecewise((",
    "<",
    ", True))",
    "sign(",
    " ",
    "e",
    "_",
    ".",
]


@given(st.lists(st.sampled_from(ALPHABET), max_size=14).map("".join) | st.text(max_size=12))
@settings(max_examples=300, deadline=None)
def test_fuzzed_text_is_read_or_refused(text: str) -> None:
    try:
        sigma = activation(text)
    except InvalidInput as error:
        refusal = str(error)
    else:
        refusal = ""
        assert activation(sigma.formula).parity == sigma.parity
        assert MLP(depth=2, width=2, activation=text).activation == sigma
    assert "\n" not in refusal


def test_sympy_stays_unloaded_until_an_expression_is_typed() -> None:
    import subprocess

    code = (
        "import sys, feyn_nn as f; f.MLP(depth=2, width=2, activation='leaky_relu(0.1)');"
        "f.MLP(depth=2, width=2, activation='gelu'); sys.exit('sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
