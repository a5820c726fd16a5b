"""The atlas on disk is what the code draws."""

import importlib.util
from pathlib import Path

ATLAS = Path(__file__).parents[1] / "diagrams"


def test_atlas_is_current(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("atlas_make", ATLAS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.make(tmp_path)
    drawn = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    kept = {file.name: file.read_bytes() for file in ATLAS.iterdir() if file.suffix in {".svg", ".md"}}
    assert drawn.keys() == kept.keys()
    assert len(drawn) == 40  # 15 + 1, 15 + 1 and 7 diagrams, and the index
    assert [name for name in drawn if drawn[name] != kept[name]] == []
