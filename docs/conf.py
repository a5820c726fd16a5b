"""Settings of the documentation; ``make docs`` builds it, with nothing fetched from anywhere."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

import feyn_nn  # noqa: E402 - the copy that stands beside this folder

project = "feyn_nn"
author = copyright = "the feyn_nn authors"
version = release = feyn_nn.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_copybutton",
    "myst_nb",
    "sphinxcontrib.bibtex",
    "docstrings",
    "example_imports",
    "markdown_pages",
]
exclude_patterns = ["_build", "_static", "_templates", "**/images", "images", "**/.ipynb_checkpoints"]
nitpicky = True

# Pages are Markdown that also reads well in the repository; notebooks are executed here and nowhere else.
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
myst_enable_extensions = ["amsmath", "attrs_block", "deflist", "dollarmath", "html_image"]
myst_heading_anchors = 4
nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE / "_build" / "executed")
nb_execution_raise_on_error = True
nb_execution_timeout = 240
nb_merge_streams = True
nb_ipywidgets_js = {}

# Formulas: one file of MathJax that fetches no other.
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {
    "options": {"enableMenu": False},
    "svg": {"fontCache": "global"},
    "tex": {"inlineMath": [["\\(", "\\)"], ["$", "$"]]},
}
myst_mathjax_classes = "math|text_html"  # formulas of pages, and of objects that show themselves as HTML

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

bibtex_bibfiles = ["../feyn_nn/references.bib"]
bibtex_default_style = "unsrt"
bibtex_reference_style = "author_year"

autodoc_typehints = "none"  # the docstrings name the types
autodoc_member_order = "bysource"
autosummary_generate = True
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

templates_path = ["_templates"]
html_theme = "pydata_sphinx_theme"
html_sidebars = {"start": []}  # it has no pages below it
html_title = "feyn_nn"
html_static_path = ["_static"]
html_css_files = ["feyn_nn.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "show_toc_level": 2,
    "logo": {"text": "feyn_nn"},
    "navigation_with_keys": False,
    "show_prev_next": True,
    "header_links_before_dropdown": 6,
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
