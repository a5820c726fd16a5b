"""Files that are to be written."""

import os
from pathlib import Path

import pytest

from feyn_nn._core import InvalidInput
from feyn_nn._core.output import check_writable, write_text


def test_what_is_there_stays_and_nothing_is_left_behind(tmp_path: Path) -> None:
    kept, fresh = tmp_path / "kept", tmp_path / "fresh"
    kept.write_text("before")
    assert check_writable(kept, "report") == kept
    assert check_writable(str(fresh), "report") == fresh
    assert kept.read_text() == "before"
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.parametrize(
    ("place", "says"),
    [("no/where", "No such file or directory"), (".", "Is a directory"), ("a\0b", "null byte")],
)
def test_a_place_that_cannot_be_written(place: str, says: str, tmp_path: Path) -> None:
    for write in (lambda path: check_writable(path, "report"), lambda path: write_text(path, "x", "report")):
        with pytest.raises(InvalidInput, match=f"the report .* cannot be written .*{says}.*; give a file in"):
            write(f"{tmp_path}/{place}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InvalidInput, match="Permission denied"):
        check_writable(tmp_path / "x", "report")
