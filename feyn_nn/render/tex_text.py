"""Words for TeX: what a label says in Unicode, as text and formulas that pdflatex sets."""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    **{character: f"\\{character}" for character in "{}$%&#_"},
}
_SYMBOLS = {
    "ℓ": r"\ell",
    "·": r"\cdot",
    "×": r"\times",
    "−": "-",
    "±": r"\pm",
    "→": r"\to",
    "←": r"\leftarrow",
    "∂": r"\partial",
    "∑": r"\sum",
    "∏": r"\prod",
    "∫": r"\int",
    "√": r"\surd",
    "∞": r"\infty",
    "≤": r"\leq",
    "≥": r"\geq",
    "≠": r"\neq",
    "≈": r"\approx",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "∈": r"\in",
    "′": r"{}'",
    "½": r"{\textstyle\frac12}",
}
_ACCENTS = {"\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar", "\u0307": r"\dot", "\u0308": r"\ddot"}
_TEXT_ACCENTS = {
    "\u0300": r"\`",
    "\u0301": r"\'",
    "\u0327": r"\c ",
    "\u030c": r"\v ",
    "\u030a": r"\r ",
    "\u0308": '\\"',
}
_CAPITALS = frozenset(
    ["Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"]
)

# Single letters but these are variables.
_PLAIN_LETTERS = frozenset("aAI")


def tex(text: str) -> str:
    r"""Write `text` for TeX: Greek letters, indices and hats become formulas, special characters are escaped.

    Characters that none of this covers stay as they are, for engines that know them.

    Examples
    --------
    >>> tex("Ĝ₀₁")
    '$\\hat{G}_{01}$'
    >>> tex("1/2 · 1/n²")
    '1/2 $\\cdot$ 1/$n^{2}$'
    """
    pieces: list[tuple[bool, str]] = []
    for base, below, above in _clusters(text):
        formula, written = _base(base)
        formula = formula or bool(below or above)
        if below or above:
            written = _nucleus(base) + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
        if pieces and pieces[-1][0] == formula:
            joint = " " if formula and re.search(r"\\[a-zA-Z]+$", pieces[-1][1]) else ""
            pieces[-1] = (formula, pieces[-1][1] + joint + written)
        else:
            pieces.append((formula, written))
    return "".join(f"${written}$" if formula else written for formula, written in pieces)


def _clusters(text: str) -> list[tuple[str, str, str]]:
    """Cut text into words and signs, each with the indices below and above it."""
    found: list[list[str]] = []
    for word in _words(unicodedata.normalize("NFD", " ".join(text.split()))):
        mark, plain = _index(word)
        if mark:
            if not found or found[-1][0].isspace():
                found.append(["", "", ""])
            found[-1][mark] += plain
        else:
            found.append([word, "", ""])
    return [(base, below, above) for base, below, above in found]


def _words(text: str) -> list[str]:
    """Runs of plain Latin letters and digits, runs of blanks, and single signs with their accents."""
    words: list[str] = []
    for character in text:
        run = words[-1] if words else ""
        if unicodedata.combining(character) and run:
            if len(run) > 1 and not unicodedata.combining(run[-1]):
                words[-1:] = [run[:-1], run[-1]]
            words[-1] += character
        elif run and _joins(run[-1], character):
            words[-1] += character
        else:
            words.append(character)
    return words


def _joins(before: str, character: str) -> bool:
    return before.isascii() and character.isascii() and before.isalnum() and character.isalnum()


def _index(word: str) -> tuple[int, str]:
    """1 and the plain character for a subscript, 2 for a superscript, 0 for anything else."""
    kind, _, code = unicodedata.decomposition(word).partition(" ") if len(word) == 1 else ("", "", "")
    mark = {"<sub>": 1, "<super>": 2}.get(kind, 0)
    return mark, _nucleus(chr(int(code, 16))) if mark else ""


def _base(word: str) -> tuple[bool, str]:
    """Whether a word or sign needs a formula, and how it is written there or in text."""
    if word.isascii():
        variable = len(word) == 1 and word.isalpha() and word not in _PLAIN_LETTERS
        return (True, word) if variable else (False, "".join(_SPECIAL.get(c, c) for c in word))
    if len(word) > 1 and word[1] in _TEXT_ACCENTS and word[0].isascii():
        return False, f"{_TEXT_ACCENTS[word[1]]}{{{word[0]}}}"
    nucleus = _nucleus(word)
    return (True, nucleus) if nucleus != word else (False, unicodedata.normalize("NFC", word))


def _nucleus(word: str) -> str:
    """A word or sign within a formula."""
    if len(word) == 2 and word[1] in _ACCENTS:
        return f"{_ACCENTS[word[1]]}{{{_nucleus(word[0])}}}"
    if len(word) == 1:
        return _SYMBOLS.get(word) or _greek(word) or _SPECIAL.get(word, word)
    letters = "".join(_SPECIAL.get(c, c) for c in word)
    return letters if word.isdigit() or not word else rf"\mathrm{{{letters}}}"


def _greek(character: str) -> str | None:
    name = unicodedata.name(character, "").replace("LAMDA", "LAMBDA")
    found = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", name)
    if not found:
        return None
    letter = found[2].capitalize()
    if found[1] == "SMALL":
        return "o" if letter == "Omicron" else f"\\{letter.lower()}"
    return f"\\{letter}" if letter in _CAPITALS else None
