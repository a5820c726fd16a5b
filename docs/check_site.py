"""Judge the site that was built: ``python docs/check_site.py docs/_build/html``.

Every link inside it must lead somewhere, every picture must say what it shows, and no page may fetch anything.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHES = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}


@dataclass
class Page(HTMLParser):
    """What a page links to, fetches, shows, and can be linked to at."""

    path: Path
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    silent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Sort a tag's attributes."""
        found = {name: value or "" for name, value in attributes}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in FETCHES and FETCHES[tag] in found:
            self.fetched.append(found[FETCHES[tag]])
        if tag == "img" and not found.get("alt", "").strip():
            self.silent.append(found.get("src", ""))


def problems(site: Path) -> list[str]:
    """Everything that is wrong with the site, a line for each."""
    paths = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    pages = {path.resolve(): Page(path) for path in paths}
    found = [problem for page in pages.values() for problem in _of_page(page, pages, site)]
    for sheet in sorted(site.rglob("*.css")):
        for address in re.findall(r"url\([\"']?(https?:[^)\"']+)", sheet.read_text(encoding="utf-8")):
            found.append(f"{sheet.relative_to(site)}: fetches {address}")
    return found


def _of_page(page: Page, pages: dict[Path, Page], site: Path) -> list[str]:
    name = page.path.relative_to(site)
    found = [f"{name}: a picture without alt text: {source}" for source in page.silent]
    for address in page.fetched:
        if urlsplit(address).scheme in ("http", "https") or address.startswith("//"):
            found.append(f"{name}: fetches {address}")
    for address in page.links + page.fetched:
        if not _leads_somewhere(address, page, pages):
            found.append(f"{name}: {address} leads nowhere")
    return found


def _leads_somewhere(address: str, page: Page, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return True  # another site, or a picture in the page itself
    target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path.resolve()
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or target not in pages or anchor in pages[target].anchors


if __name__ == "__main__":
    wrong = problems(Path(sys.argv[1]))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    sys.exit(bool(wrong))
