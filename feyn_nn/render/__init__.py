"""Drawings of diagrams: layout, display list, SVG."""

from feyn_nn.render.draw import Drawing, draw
from feyn_nn.render.gallery import Gallery, gallery
from feyn_nn.render.placement import Layout, Spacing
from feyn_nn.render.scene import Scene, scene
from feyn_nn.render.theme import THEMES, Theme, find_theme

__all__ = [
    "THEMES",
    "Drawing",
    "Gallery",
    "Layout",
    "Scene",
    "Spacing",
    "Theme",
    "draw",
    "find_theme",
    "gallery",
    "scene",
]
