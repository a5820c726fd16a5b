"""Drawings of diagrams: layout, display list, and from there SVG, TikZ, PNG and PDF."""

from feyn_nn.render.draw import draw
from feyn_nn.render.drawing import Drawing, register_format
from feyn_nn.render.gallery import Gallery, gallery
from feyn_nn.render.layer_step import LayerStep
from feyn_nn.render.placement import Layout, Spacing
from feyn_nn.render.scene import Scene, scene
from feyn_nn.render.theme import THEMES, Theme, find_theme, register_theme

__all__ = [
    "THEMES",
    "Drawing",
    "Gallery",
    "LayerStep",
    "Layout",
    "Scene",
    "Spacing",
    "Theme",
    "draw",
    "find_theme",
    "gallery",
    "register_format",
    "register_theme",
    "scene",
]
