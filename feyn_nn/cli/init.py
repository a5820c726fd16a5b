"""``feyn-nn init [PATH]``: a specification to start from."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

from feyn_nn._core import InvalidInput

EXAMPLE = """\
# What feyn-nn computes. It runs as it is:
#   feyn-nn predict {path}      the coefficients of 1/n, with their numerical errors
#   feyn-nn validate {path}     the same, against sampled networks

[network]
kind = "mlp"
depth = 3                       # weight layers; there are depth - 1 hidden ones
width = 24                      # neurons of every hidden layer, or a list: [24, 48]
activation = "tanh"             # relu, gelu, "leaky_relu(0.1)", "Max(-1, Min(1, z))", "z*exp(-z**2/2)", ...
weight_variance = 1.6           # C_W, or a list with one for each weight layer
bias_variance = 0.1             # C_b, likewise

[inputs]                        # exactly one of values, file, metric, digits
values = [[1.0, 0.5], [1.0, -0.2]]
# file = "inputs.csv"           # or .npy: one input a row, no header
# metric = [[1.7, 0.9], [0.9, 1.2]]   # the metric of the first layer itself
# digits = 2                    # handwritten digits; needs scikit-learn

[observables]                   # pairs, legs, or both; inputs are numbered from 0
pairs = [
    [[0, 1]],                   # the mean E[G_01]
    [[0, 0], [1, 1]],           # the covariance of G_00 and G_11, the four-point vertex
]
# legs = [[[0, 0], [0, 0], [0, 1], [0, 1]]]   # a correlator of the field: legs [neuron, input]
loops = 1                       # all orders of 1/n through so many loops

[sampling]                      # for validate; what is left out is chosen from theory
widths = [24, 36]
samples = 40_000
seed = 0
"""


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "init",
        help="write a commented example of a specification",
        description="Write a commented specification that runs as it is. A file that exists is left alone.",
        epilog="example: feyn-nn init network.toml && feyn-nn predict network.toml",
    )
    parser.add_argument(
        "path", metavar="PATH", nargs="?", default="network.toml", help="where to (default: network.toml)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the subcommand."""
    path = Path(options.path)
    typed = shlex.quote(options.path) if options.path.isprintable() else "SPEC.toml"  # a comment is one line
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(EXAMPLE.format(path=typed))
    except FileExistsError:
        raise InvalidInput(f"{path} exists already; give another name, or remove it first") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(
            f"cannot write {str(path)!r} ({reason}); give the name of a new file in a folder that exists"
        ) from None
    print(f"{path} written; next: feyn-nn predict {path}", file=sys.stderr)
    return 0
