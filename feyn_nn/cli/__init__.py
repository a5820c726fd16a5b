"""The command line, ``feyn-nn``: argument parsing and printing."""

from feyn_nn.cli.main import main

__all__ = ["main"]
