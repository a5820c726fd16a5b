"""Elements of a page, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_UNBROKEN = "\u00a0±\u00a0"  # a number stays with its error


def element(name: str, *content: str, **attributes: str | None) -> str:
    """An element around content that is HTML already; an attribute of None is left out.

    Examples
    --------
    >>> element("p", "a &lt; b", class_="note")
    '<p class="note">a &lt; b</p>'
    """
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{shown}>{''.join(content)}</{name}>"


def section(identifier: str, title: str, *content: str, level: int = 2) -> str:
    """A part of the page with a heading, which names it."""
    heading = element(f"h{level}", escape(title), id=identifier)
    return element("section", heading, "\n", *content, aria_labelledby=identifier) + "\n"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, wide: bool = False) -> str:
    """A table of plain texts; the first cell of each row is its heading.

    On a narrow screen each row becomes a card that repeats the headings of the columns, or, if `wide`, the table
    scrolls.

    Parameters
    ----------
    caption : str
    head : sequence of str
    rows : iterable of sequences of str
    wide : bool
    """
    top = element(
        "tr", *(element("th", escape(name), scope="col", role="columnheader") for name in head), role="row"
    )
    body = (
        element(
            "tr",
            element("th", escape(first), scope="row", role="rowheader"),
            *(
                element("td", escape(cell.replace(" ± ", _UNBROKEN)), data_label=name, role="cell")
                for name, cell in zip(head[1:], rest, strict=True)
            ),
            role="row",
        )
        for first, *rest in rows
    )
    whole = element(
        "table",
        element("caption", escape(caption)),
        element("thead", top, role="rowgroup"),
        element("tbody", "\n".join(body), role="rowgroup"),
        role="table",
        class_=None if wide else "cards",
    )
    return (
        element("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)
        if wide
        else whole
    )


def facts(entries: Iterable[tuple[str, str]]) -> str:
    """Names, each with what belongs to it, as plain texts."""
    pairs = (
        element("div", element("dt", escape(name)), element("dd", escape(value))) for name, value in entries
    )
    return element("dl", *pairs)


def listed(entries: Iterable[str]) -> str:
    """A list of plain texts."""
    return element("ul", *(element("li", escape(entry)) for entry in entries))


def page(title: str, style: str, *body: str) -> str:
    """A whole page that fetches nothing."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style></head>\n<body>\n{''.join(body)}</body></html>\n"
    )
