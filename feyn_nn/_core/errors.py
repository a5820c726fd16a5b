"""The errors users meet, and the help they carry."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from types import ModuleType


class FeynNNError(Exception):
    """Base of every error that this package raises on purpose.

    Parameters
    ----------
    *arguments : object
        The message: one sentence.
    page : str, optional
        The page under ``docs/`` that explains it, with an anchor if there is one; the message ends with it.

    Examples
    --------
    >>> str(FeynNNError("six inputs are too many; give at most four", page="limits.md"))
    'six inputs are too many; give at most four (see docs/limits.md)'
    """

    def __init__(self, *arguments: object, page: str | None = None) -> None:
        super().__init__(*arguments)
        self.page = page

    def __str__(self) -> str:
        return super().__str__() + (f" (see docs/{self.page})" if self.page else "")


class InvalidInput(FeynNNError, ValueError):
    """What was given cannot be used; the message says what can.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> try:
    ...     fnn.MLP(depth=0, activation="tanh")
    ... except ValueError as error:
    ...     print(error)
    depth=0 is too small; give an integer >= 1
    """


class MissingExtra(FeynNNError, ImportError):
    """An optional dependency is not installed; the message names the command that installs it.

    Examples
    --------
    >>> try:
    ...     require_extra("no_such_package", "plot", "a plot")
    ... except ImportError as error:
    ...     print(error)
    a plot needs no_such_package; install it with: pip install 'feyn_nn[plot]'
    """


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that names the known word nearest to `name`, and all of them.

    Examples
    --------
    >>> nearest("tahn", ["linear", "relu", "tanh"])
    "did you mean 'tanh'? Known: linear, relu, tanh"
    """
    words = sorted(known)
    close = difflib.get_close_matches(name, words, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}Known: {', '.join(words)}"


def require_extra(module: str, extra: str, purpose: str) -> ModuleType:
    """Import an optional module, or say which extra brings it.

    Raises
    ------
    MissingExtra
        If `module` is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingExtra(
            f"{purpose} needs {package}; install it with: pip install 'feyn_nn[{extra}]'"
        ) from error
