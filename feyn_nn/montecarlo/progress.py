"""A progress bar with rate and time left, where someone is watching."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE = 2.0  # seconds before a bar appears


@contextmanager
def progress_bar(samples: int, *, done: int = 0, shown: bool = True) -> Iterator[Callable[[int], object]]:
    """Yield a function to call with the number of networks just sampled.

    The bar goes to stderr if that is a terminal, and appears after two seconds.

    Parameters
    ----------
    samples : int
        Networks in the whole run.
    done : int
        Networks that were there before.
    shown : bool
        Whether to draw anything at all.
    """
    if not (shown and sys.stderr is not None and sys.stderr.isatty()):
        yield lambda samples: None
        return
    from tqdm import tqdm

    with tqdm(
        total=samples,
        initial=done,
        unit=" networks",
        unit_scale=True,
        file=sys.stderr,
        desc="sampling",
        delay=_PATIENCE,
    ) as bar:
        yield bar.update
