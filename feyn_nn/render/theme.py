"""How a drawing looks: colours, sizes, fonts."""

from __future__ import annotations

from dataclasses import dataclass

from feyn_nn._core import InvalidInput, nearest
from feyn_nn.render.placement import Spacing


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The colours and sizes of a drawing.

    Colours never carry a meaning alone: cumulants are filled and Gaussian expectations are not, legs end in a
    small dot and have a label.

    Parameters
    ----------
    name : str
        What the user types.
    spacing : Spacing
        Sizes that the layout works with.
    margin : float
        Empty space along the border.
    stroke, leg_radius, arrow : float
        Thickness of a line, radius of the dot of a leg, length of an arrowhead (0: none).
    font : str
        The CSS font family.
    label_size, caption_size, axis_size, vertex_size : float
        Font sizes of leg labels, captions, the depth axis, and inside vertices (0: nothing is written there).
    background, line, external, cumulant, cumulant_text, expectation, outline, expectation_text, blob, axis, band, text
        Colours: of the ground, internal and external lines, filled vertices and what is written in them, white
        vertices, the border of vertices, what is written in white ones, the core of blobs, the depth axis, its
        bands, all other text.

    Examples
    --------
    >>> from dataclasses import replace
    >>> slide = replace(find_theme("classroom"), name="slide", background="#fffdf5")
    >>> slide.background
    '#fffdf5'
    """

    name: str
    spacing: Spacing
    point_radius: float
    margin: float
    stroke: float
    outline_stroke: float
    leg_radius: float
    arrow: float
    font: str
    label_size: float
    caption_size: float
    axis_size: float
    vertex_size: float
    background: str
    line: str
    external: str
    cumulant: str
    cumulant_text: str
    expectation: str
    expectation_text: str
    outline: str
    blob: str
    axis: str
    band: str
    text: str


# The colours of `classroom` are from the palette of Okabe and Ito, which colour-blind readers tell apart.
_CLASSROOM = Theme(
    name="classroom",
    spacing=Spacing(column=124.0, row=74.0, radius=17.0),
    point_radius=8.0,
    margin=18.0,
    stroke=2.6,
    outline_stroke=2.4,
    leg_radius=5.5,
    arrow=10.0,
    font="Helvetica Neue, Arial, Liberation Sans, DejaVu Sans, sans-serif",
    label_size=20.0,
    caption_size=18.0,
    axis_size=15.0,
    vertex_size=14.0,
    background="#ffffff",
    line="#2b2b2b",
    external="#d55e00",
    cumulant="#0072b2",
    cumulant_text="#ffffff",
    expectation="#ffffff",
    expectation_text="#00507d",
    outline="#00507d",
    blob="#00735a",
    axis="#5f6b76",
    band="#eef3f7",
    text="#1a1a1a",
)

_PAPER = Theme(
    name="paper",
    spacing=Spacing(column=62.0, row=38.0, radius=5.5),
    point_radius=3.2,
    margin=8.0,
    stroke=1.0,
    outline_stroke=1.0,
    leg_radius=2.2,
    arrow=5.5,
    font="STIX Two Text, Latin Modern Roman, Times New Roman, Liberation Serif, DejaVu Serif, serif",
    label_size=11.0,
    caption_size=11.0,
    axis_size=9.0,
    vertex_size=0.0,
    background="#ffffff",
    line="#000000",
    external="#000000",
    cumulant="#000000",
    cumulant_text="#ffffff",
    expectation="#ffffff",
    expectation_text="#000000",
    outline="#000000",
    blob="#000000",
    axis="#555555",
    band="#f3f3f3",
    text="#000000",
)

THEMES: dict[str, Theme] = {theme.name: theme for theme in (_CLASSROOM, _PAPER)}


def register_theme(theme: Theme) -> Theme:
    """Make a theme known by its name to every drawing, and return it.

    Raises
    ------
    InvalidInput
        If it is no Theme, or one of that name is known and differs.

    Examples
    --------
    >>> from dataclasses import replace
    >>> night = register_theme(replace(find_theme("paper"), name="night", background="#101418", line="#e8e8e8"))
    >>> find_theme("night").line
    '#e8e8e8'
    >>> del THEMES["night"]
    """
    if not isinstance(theme, Theme):
        raise InvalidInput(
            f"theme={theme!r} is no Theme; give for example replace(find_theme('paper'), name='own')"
        )
    if THEMES.setdefault(theme.name, theme) != theme:
        raise InvalidInput(f"a theme named {theme.name!r} is known and differs; give another name")
    return theme


def find_theme(theme: str | Theme) -> Theme:
    """Return the theme of that name; a Theme is returned as it is.

    Raises
    ------
    InvalidInput
        If there is no theme of that name; the known ones are named.

    Examples
    --------
    >>> find_theme("paper").line
    '#000000'
    """
    if isinstance(theme, Theme):
        return theme
    if not isinstance(theme, str) or theme not in THEMES:
        raise InvalidInput(
            f"theme={theme!r} is not known; {nearest(str(theme), THEMES)}", page="drawing.md#themes"
        )
    return THEMES[theme]
