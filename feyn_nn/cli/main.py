"""The console script."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

import feyn_nn
from feyn_nn._core import FeynNNError, MissingExtra
from feyn_nn.cli import atlas, derive, draw, flow, init, predict, simulate, validate

_BAD_INPUT, _MISSING_EXTRA, _INTERNAL, _INTERRUPTED = 2, 3, 70, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``feyn-nn`` and return its exit status.

    0 fine, 1 the physics check failed, 2 bad usage or input, 3 an optional part is missing; 70 an error of the
    program itself, 130 interrupted. Data go to stdout, messages to stderr.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without κ or χ gets a question mark
    options = _parser().parse_args(arguments)
    try:
        status = int(options.run(options))
        sys.stdout.flush()
    except MissingExtra as error:
        return _say(error, _MISSING_EXTRA)
    except FeynNNError as error:
        return _say(error, _BAD_INPUT)
    except KeyboardInterrupt:
        return _say("interrupted", _INTERRUPTED)
    except MemoryError:
        return _say("out of memory; ask for fewer inputs, loops or samples", _BAD_INPUT)
    except OSError as error:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - nothing more can be written there
        return _say(f"cannot write: {error.strerror}", _BAD_INPUT)
    except Exception as error:
        return _say(f"internal error, please report it: {type(error).__name__}: {error}", _INTERNAL)
    return status


def _say(message: object, status: int) -> int:
    print(f"feyn-nn: {message}", file=sys.stderr)
    return status


class _Help(argparse.HelpFormatter):
    """Help whose examples can be copied: their lines are not broken."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith("example") else super()._fill_text(text, width, indent)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="feyn-nn",
        formatter_class=_Help,
        description="Feynman diagrams of neural-network field theories: generated, evaluated, validated.",
        epilog="example: feyn-nn validate examples/digits_tanh.toml --diagrams diagrams-of-tanh",
    )
    parser.add_argument("--version", action="version", version=f"feyn-nn {feyn_nn.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    init.add_to(commands)
    predict.add_to(commands)
    validate.add_to(commands)
    simulate.add_to(commands)
    derive.add_to(commands)
    draw.add_to(commands)
    atlas.add_to(commands)
    flow.add_to(commands)
    for command in commands.choices.values():
        command.formatter_class = _Help
    return parser
