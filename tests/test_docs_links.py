"""Links between the pages in the repository lead somewhere, and every picture says what it shows."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "diagrams" / "README.md"]
    if not {"_build", "api"} & set(path.relative_to(ROOT).parts)
)
FENCE = re.compile(
    r"^( *)(`{3,}).*?^\1\2|\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL | re.MULTILINE
)  # code and formulas
LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]*?src=\"([^\"]+)\"")


def prose(path: Path) -> str:
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", h).lower()) for h in headings)
    return {words.strip().replace(" ", "-") for words in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for match in LINK.findall(prose(page)):
        address = match[0] or match[1]
        if re.match(r"[a-z]+:", address):
            continue
        file, _, anchor = address.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{page.name}: {address}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{page.name}: {address}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pictures_say_what_they_show(page: Path) -> None:
    text = prose(page)
    assert not re.findall(r"!\[\s*\]\(", text)
    for picture in re.findall(r"<img[^>]*>", text):
        assert re.search(r'alt="[^"]{8,}"', picture), picture
