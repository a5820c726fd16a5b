"""The pictures of the README and of docs/drawing.md are what the code draws; the page's code runs."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "drawing.md").read_text(encoding="utf-8")


def test_pictures_are_current(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("docs_images", ROOT / "docs" / "images" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.make(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert set(re.findall(r"images/(\w+\.svg)", PAGE)) <= names
    assert len(names) == 6
    for name in names:
        assert (tmp_path / name).read_bytes() == (ROOT / "docs" / "images" / name).read_bytes(), name


def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^( *)```python\n(.*?)^ *```", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) == 4
    (tmp_path / "diagrams").symlink_to(ROOT / "diagrams")
    names: dict[str, object] = {}
    for indent, code in blocks:
        exec(re.sub(f"^{indent}", "", code, flags=re.MULTILINE), names)
        names["diagram"] = names["c"].diagrams[1]  # type: ignore[attr-defined]
    assert (tmp_path / "one_loop.svg").exists()
