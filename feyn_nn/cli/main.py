"""The console script."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import feyn_nn
from feyn_nn._core import FeynNNError, MissingExtra
from feyn_nn.cli import validate

_FAILED, _BAD_INPUT, _MISSING_EXTRA, _INTERRUPTED = 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``feyn-nn`` and return its exit status.

    0 fine, 1 the physics check failed, 2 bad usage or input, 3 an optional part is missing. Data go to stdout,
    messages to stderr.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except MissingExtra as error:
        return _say(error, _MISSING_EXTRA)
    except FeynNNError as error:
        return _say(error, _BAD_INPUT)
    except KeyboardInterrupt:
        return _say("interrupted", _INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone: nothing more to say to anyone
        return _BAD_INPUT


def _say(message: object, status: int) -> int:
    print(f"feyn-nn: {message}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="feyn-nn",
        description="Feynman diagrams of neural-network field theories: generated, evaluated, validated.",
        epilog="example: feyn-nn validate examples/digits_tanh.toml --diagrams diagrams-of-tanh",
    )
    parser.add_argument("--version", action="version", version=f"feyn-nn {feyn_nn.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    validate.add_to(commands)
    return parser
