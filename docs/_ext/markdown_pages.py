"""Pages that read well in the repository and on the site: small rewritings before Sphinx parses them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
_CENTRED = re.compile(r'<p align="center"><img src="(.+?)"(?: width="(\d+)")? alt="(.+?)"></p>')
# docs/notebooks is a symbolic link, which MyST follows out of docs/; a role asks for the page by name.
_NOTEBOOK = re.compile(r"\[([^\]\[\"\n]+)\]\((?:(?:\.\./)*notebooks/)?(\w+)\.ipynb\)")
_ATLAS = re.compile(r"\]\(\.\./diagrams/(README\.md|[\w-]+/)\)")


def rewrite(text: str) -> str:
    """Turn centred pictures into directives, and links to notebooks and into the atlas into links of the site."""
    text = _CENTRED.sub(_figure, text)
    text = text.replace(
        "\n\n```\n", "\n```\n"
    )  # doctest wants a blank line after an example; a reader does not
    text = name_notebooks(text)
    return _ATLAS.sub(lambda link: f"](https://atlas/{link[1].replace('README.md', '')}index.html)", text)


def name_notebooks(text: str) -> str:
    """Turn links to notebooks into references to their pages."""
    return _NOTEBOOK.sub(r"{doc}`\1 </notebooks/\2>`", text)


def _figure(picture: re.Match[str]) -> str:
    source, width, alt = picture.groups()
    size = f":width: {width}px\n" if width else ""
    return f"\n```{{image}} {source}\n:alt: {alt}\n{size}:align: center\n```\n"


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    change = {".md": rewrite, ".ipynb": name_notebooks}.get(app.env.doc2path(name).suffix, str)
    source[0] = change(source[0])


def _copy_atlas(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        keep = shutil.ignore_patterns("*.py", "*.md", "__pycache__")
        shutil.copytree(ROOT / "diagrams", Path(app.outdir) / "atlas", dirs_exist_ok=True, ignore=keep)


def _relative_atlas(app: Sphinx, page: str, template: str, context: dict[str, object], tree: object) -> None:
    """Links into the atlas stand for a folder of the site, seen from this page."""
    if body := context.get("body"):
        context["body"] = str(body).replace("https://atlas/", "../" * page.count("/") + "atlas/")


def setup(app: Sphinx) -> dict[str, bool]:
    """Join Sphinx."""
    app.connect("source-read", _read)
    app.connect("html-page-context", _relative_atlas)
    app.connect("build-finished", _copy_atlas)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
