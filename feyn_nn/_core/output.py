"""Files that are written: whether they can be, and one sentence where they cannot."""

from __future__ import annotations

import os
from pathlib import Path

from feyn_nn._core.errors import InvalidInput


def check_writable(file: str | os.PathLike[str], what: str) -> Path:
    """The path of a file to be written later, once it is known that it can be; what is there is left as it is.

    Parameters
    ----------
    file : path
    what : str
        What it will hold, for the message.

    Raises
    ------
    InvalidInput
        If it names a folder, or the file system does not allow to write it.
    """
    path = Path(file)
    try:
        existed = path.exists()
        path.open("ab").close()
        if not existed:
            path.unlink()
    except (OSError, ValueError) as error:
        raise refused(path, what, error) from None
    return path


def write_text(file: str | os.PathLike[str], text: str, what: str) -> None:
    """Write a text in UTF-8.

    Raises
    ------
    InvalidInput
        If it cannot be written.
    """
    try:
        Path(file).write_text(text, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        raise refused(file, what, error) from None


def refused(file: str | os.PathLike[str], what: str, error: Exception) -> InvalidInput:
    """What to say of a file that cannot be written.

    Examples
    --------
    >>> str(refused("a/b.svg", "plot", FileNotFoundError(2, "No such file or directory")))
    "the plot 'a/b.svg' cannot be written (No such file or directory); give a file in a folder that you may write to"
    """
    reason = getattr(error, "strerror", None) or str(error)
    return InvalidInput(
        f"the {what} {str(file)!r} cannot be written ({reason}); give a file in a folder that you may write to"
    )
