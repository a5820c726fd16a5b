"""Where a validation keeps its unfinished runs: one checkpoint for each set of sizes, in a folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from feyn_nn._core import InvalidInput, RandomSource, reproducible
from feyn_nn._core.output import refused, write_text
from feyn_nn.validation.sizes import Sizes

_SEED = "seed"


@dataclass(frozen=True, kw_only=True)
class Checkpoints:
    """A folder of checkpoints; the files are those of :func:`feyn_nn.simulate`.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

    @classmethod
    def at(cls, folder: str | os.PathLike[str]) -> Checkpoints:
        """Those of a folder, which is made if need be.

        Raises
        ------
        InvalidInput
            If there is a file of that name, or the folder cannot be made.
        """
        path = Path(folder)
        if path.is_file():
            raise InvalidInput(
                f"the checkpoint {str(path)!r} is a file; name a folder, in which each width has a file"
            )
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise refused(path, "folder of checkpoints", error) from None
        return cls(folder=path)

    def file(self, sizes: Sizes) -> Path:
        """The checkpoint of one run, such as ``n-16.run``."""
        return self.folder / f"{'-'.join(f'{name}-{size:g}' for name, size in sizes.items())}.run"

    def seed(self, rng: RandomSource) -> RandomSource:
        """The source of random numbers; for None the seed of the runs that are there, or one that is then kept.

        Raises
        ------
        InvalidInput
            If the seed cannot be read or written.
        """
        file = self.folder / _SEED
        if rng is not None:
            return rng
        if not file.exists():
            write_text(file, f"{reproducible(None).entropy}\n", "seed")
        try:
            return int(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise InvalidInput(f"{str(file)!r} holds no seed; remove it, or give another folder") from None
