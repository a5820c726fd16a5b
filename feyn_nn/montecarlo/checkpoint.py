"""Checkpoints: the state of a run in one file, written whole or not at all.

A file has three parts, and nothing in it is code:

1. a line of text, ``feyn_nn checkpoint <schema> <SHA-256 of all that follows>``;
2. a line of JSON: what run this is, how far it has come, and the names of the arrays;
3. the arrays, one after the other in NumPy's ``.npy`` format.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.montecarlo.accumulator import Accumulator
from feyn_nn.montecarlo.monomials import PowerSums
from feyn_nn.networks.files import as_path, read_bytes

SCHEMA = 1
_MAGIC = "feyn_nn checkpoint"
_COUNTERS = ("blocks", "samples", "field_blocks", "field_samples")


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """A run and how far it has come.

    Parameters
    ----------
    run : mapping
        What decides the bits of the result, as plain JSON: network, inputs, observables, sampler, seed, ….
    target : int
        How many networks the run is to have.
    finished : bool
        Whether it had them all.
    state : Accumulator
        The whole blocks that are done; a last block cut short is drawn again when a run goes on.
    """

    run: Mapping[str, Any]
    target: int
    finished: bool
    state: Accumulator

    def write(self, path: Path) -> None:
        """Write the file: beside its place, to the disk, then into its place; the one before stays until then.

        Raises
        ------
        InvalidInput
            If the folder or the disk does not allow it; what was there before is then still there.
        """
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        try:
            with temporary.open("xb") as file:
                file.write(self._content())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            raise InvalidInput(
                f"the checkpoint {str(path)!r} cannot be written ({error.strerror or error}); give a path in a "
                "folder that you may write to and that has space; a checkpoint that was there before is unharmed"
            ) from None
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)

    @classmethod
    def read(cls, path: Path) -> Checkpoint:
        """Read a file.

        Raises
        ------
        InvalidInput
            If it is no checkpoint, of another schema, truncated or corrupt.
        """
        line, _, body = read_bytes(path).partition(b"\n")
        words = line.decode("ascii", errors="replace").split(" ")
        if " ".join(words[:2]) != _MAGIC or len(words) != 4:
            raise InvalidInput(f"{str(path)!r} is not a checkpoint of feyn_nn; give another path")
        if words[2] != str(SCHEMA):
            raise InvalidInput(
                f"the checkpoint {str(path)!r} has schema {words[2]}, this version of feyn_nn reads {SCHEMA}; "
                "give another path, or go on with the version that wrote it"
            )
        if hashlib.sha256(body).hexdigest() != words[3]:
            raise InvalidInput(
                f"the checkpoint {str(path)!r} is truncated or corrupt; restore it, or give another path to start anew",
                page="simulation.md#checkpoints",
            )
        return cls._of(body)

    def _content(self) -> bytes:
        arrays = _arrays(self.state)
        header = {
            "run": self.run,
            "run_hash": run_hash(self.run),
            "target": self.target,
            "finished": self.finished,
            **{name: getattr(self.state, name) for name in _COUNTERS},
            "arrays": list(arrays),
        }
        body = io.BytesIO()
        body.write(json.dumps(header, ensure_ascii=False, allow_nan=False).encode() + b"\n")
        for array in arrays.values():
            np.lib.format.write_array(body, array, allow_pickle=False)
        checksum = hashlib.sha256(body.getvalue()).hexdigest()
        return f"{_MAGIC} {SCHEMA} {checksum}\n".encode() + body.getvalue()

    @classmethod
    def _of(cls, body: bytes) -> Checkpoint:
        file = io.BytesIO(body)
        header = json.loads(file.readline())
        arrays = {name: np.lib.format.read_array(file, allow_pickle=False) for name in header["arrays"]}
        state = Accumulator(
            total=PowerSums(centres=arrays["total.centres"], sums=arrays["total.sums"]),
            batches=PowerSums(centres=arrays["batches.centres"], sums=arrays["batches.sums"]),
            scatter=arrays["scatter"],
            field_scatter=arrays["field_scatter"],
            **{name: header[name] for name in _COUNTERS},
        )
        return cls(run=header["run"], target=header["target"], finished=header["finished"], state=state)


def run_hash(run: Mapping[str, Any]) -> str:
    """SHA-256 of what decides the bits of a run."""
    return hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()


def checkpoint_path(path: Any) -> Path:
    """The path of a checkpoint, its folder known to exist.

    Raises
    ------
    InvalidInput
        If it is no path, a folder, or in a folder that does not exist.
    """
    given = as_path(path)
    if "\0" in str(given):
        raise InvalidInput(
            f"the checkpoint {str(given)!r} is not the name of a file; give a path such as 'run'"
        )
    file = Path(os.path.realpath(given))  # a link is to stay one, and its target to be replaced
    if file.is_dir():
        raise InvalidInput(f"the checkpoint {str(file)!r} is a folder; give the path of a file in it")
    if not file.parent.is_dir():
        raise InvalidInput(
            f"the folder {str(file.parent)!r} of the checkpoint does not exist; make it, or give another path"
        )
    return file


def check_same_run(path: Path, found: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Refuse to go on with another run.

    Raises
    ------
    InvalidInput
        If a checkpoint's run is not the one asked for; the message names the first thing that differs.
    """
    if run_hash(found) == run_hash(asked):
        return
    key = next(key for key in sorted({*found, *asked}) if found.get(key) != asked.get(key))
    raise InvalidInput(
        f"the checkpoint {str(path)!r} belongs to another run: its {key} is {_short(found.get(key))}, not "
        f"{_short(asked.get(key))}; give another path",
        page="simulation.md#checkpoints",
    )


def _arrays(state: Accumulator) -> dict[str, NDArray[np.float64]]:
    found: dict[str, NDArray[np.float64]] = {}
    for entry in fields(state):
        value = getattr(state, entry.name)
        if isinstance(value, PowerSums):
            found[f"{entry.name}.centres"], found[f"{entry.name}.sums"] = value.centres, value.sums
        elif isinstance(value, np.ndarray):
            found[entry.name] = value
    return found


def _sync_folder(folder: Path) -> None:
    """Have the new name of a file on the disk as well, where folders can be synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _short(value: object, most: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 1]}…"
