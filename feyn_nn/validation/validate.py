"""``validate``: every order of theory against sampled networks."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

from feyn_nn._core import RandomSource
from feyn_nn.montecarlo.executors import ExecutorLike
from feyn_nn.networks import Inputs, Tokens
from feyn_nn.networks.arguments import Network
from feyn_nn.validation.checkpoints import Checkpoints
from feyn_nn.validation.report import Report
from feyn_nn.validation.request import plan


def validate(
    network: Network,
    inputs: Inputs | Tokens,
    *,
    pairs: Any = None,
    legs: Any = None,
    loops: int | Sequence[int] = 1,
    widths: Sequence[int] | None = None,
    samples: int | None = None,
    rng: RandomSource = 0,
    sampler: str = "metric",
    workers: int | None = None,
    executor: ExecutorLike | None = None,
    checkpoint: str | PathLike[str] | None = None,
    progress: bool = False,
    sizes: Any = None,
) -> Report:
    """Compare theory, order by order in its small parameters, with sampled networks of several sizes.

    Parameters
    ----------
    network : MLP or MultiHeadAttention
        Its widths keep their ratios while the first takes the values of `widths`.
    inputs : Inputs or Tokens
    pairs : list of pairs, or list of such lists, optional
        One or several metric cumulants κ(Ĝ_p1, …); a single pair stands for the mean E[Ĝ].
    legs : list of legs, or list of such lists, optional
        One or several connected correlators of the field.
    loops : int or sequence of int
        All orders through this many loops; a sequence gives each observable its own, `pairs` first.
    widths : sequence of int, optional
        First hidden widths; by default chosen, before any sampling, so that every order of each series is resolved
        and the next one is not.
    samples : int, optional
        Networks at each width, at least 10,000; by default chosen in the same way.
    rng : int, SeedSequence, Generator or None
        The seed. None takes that of the checkpoint, or draws one.
    sampler : {"metric", "weights"}
    workers : int, optional
        Threads, or processes.
    executor : Executor, str or dask.distributed.Client, optional
        Who samples instead of threads; see :func:`feyn_nn.simulate`.
    checkpoint : path, optional
        A folder, made if need be, to keep the state of each run in. The same call again goes on from there and ends
        with the same numbers.
    progress : bool
        Whether to draw a progress bar on stderr.
    sizes : list of (heads, value_dim, key_dim), optional
        For attention: at which sizes to sample, in place of `widths`; by default chosen from the network's own on,
        so that they tell all coefficients apart.

    Returns
    -------
    Report
        Every coefficient as predicted and as measured, χ², p-values, the power of the test, and the verdict. The
        error of theory, which the verdict includes, holds the estimated orders left out, so that more samples never
        turn a right theory into a failure.

    Raises
    ------
    InvalidInput
        If nothing is asked for, an argument is out of range, the mean of what is measured is infinite (exp at
        depth 3 or more), or no affordable run resolves any order.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=3, width=16, activation="tanh")
    >>> x = fnn.Inputs.from_metric([[1.0]])
    >>> fnn.validate(net, x, pairs=[(0, 0), (0, 0)], loops=1, widths=[16, 24], samples=20_000).verdict
    'pass'
    """
    kept = None if checkpoint is None else Checkpoints.at(checkpoint)
    campaign = plan(
        network,
        inputs,
        pairs=pairs,
        legs=legs,
        loops=loops,
        widths=widths,
        samples=samples,
        rng=rng if kept is None else kept.seed(rng),
        sampler=sampler,
        sizes=sizes,
    )
    return campaign.run(workers=workers, executor=executor, checkpoint=checkpoint, progress=progress)
