"""Files: what can be read from disk, and one sentence where it cannot."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.checks import shown


def as_path(path: Any) -> Path:
    """`path` as a Path.

    Raises
    ------
    InvalidInput
        If it is neither text nor a path.
    """
    if not isinstance(path, (str, os.PathLike)) or not str(path):
        raise InvalidInput(f"{shown(path)} is not the name of a file; give a path such as 'x.csv'")
    return Path(path)


def read_bytes(path: Path) -> bytes:
    """What a file holds.

    Raises
    ------
    InvalidInput
        If it is missing, a directory, or cannot be read.
    """
    name = str(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InvalidInput(f"{name!r} does not exist; give the path of a file that does") from None
    except IsADirectoryError:
        raise InvalidInput(f"{name!r} is a directory; give the path of a file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"{name!r} cannot be read ({reason}); give the path of a readable file") from None


def read_text(path: Path, *, kind: str) -> str:
    """The UTF-8 text of a file of this `kind`, such as ``"TOML"``, without a byte order mark.

    Raises
    ------
    InvalidInput
        If it cannot be read, or is not text.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{str(path)!r} is not text; give a {kind} file in UTF-8") from None


def read_array(path: Any) -> NDArray[Any]:
    """The array in a ``.csv`` file, one row a line, or in a ``.npy`` file.

    Raises
    ------
    InvalidInput
        If the suffix is another one, the file cannot be read, or does not hold an array.
    """
    file = as_path(path)
    if os.path.isdir(file):  # whatever cannot be looked at is no directory
        raise InvalidInput(f"{str(file)!r} is a directory; give the path of a file in it")
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        known = " or ".join(_READERS)
        raise InvalidInput(f"{str(file)!r} has the suffix {file.suffix!r}; give a {known} file")
    return reader(file)


def _read_csv(path: Path) -> NDArray[np.float64]:
    rows: dict[int, list[float]] = {}
    for number, line in enumerate(read_text(path, kind="CSV").splitlines(), start=1):
        if line.strip():
            rows[number] = [_csv_number(path, number, cell.strip()) for cell in line.split(",")]
    if not rows:
        raise InvalidInput(f"{str(path)!r} is empty; write one input a line, its numbers separated by commas")
    first, length = next((number, len(row)) for number, row in rows.items())
    for number, row in rows.items():
        if len(row) != length:
            raise InvalidInput(
                f"{str(path)!r} line {number} has length {len(row)} and line {first} has length {length};"
                " give inputs of equal length"
            )
    return np.array(list(rows.values()))


def _csv_number(path: Path, line: int, cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise InvalidInput(
            f"{str(path)!r} line {line}: {shown(cell)} is not a number;"
            " write one input a line, its numbers separated by commas, without a header"
        ) from None


def _read_npy(path: Path) -> NDArray[Any]:
    content = read_bytes(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy warns of old headers, which it then reads well
            return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except Exception:  # a damaged header can raise nearly anything, tokenizer errors included
        raise InvalidInput(
            f"{str(path)!r} does not hold a NumPy array of numbers; write it with numpy.save(path, array)"
        ) from None


_READERS: dict[str, Callable[[Path], NDArray[Any]]] = {".csv": _read_csv, ".npy": _read_npy}
