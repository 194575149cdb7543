"""How Sphinx builds the site: strictly, with search, and without anything from another host."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from zpdgym import __version__

FACES = ("zpdgym", "zpdgym.students", "zpdgym.envs", "zpdgym.agents", "zpdgym.experiments")
"""Whoever is named by an address below one of these is looked for under its public address there."""

project = "zpdgym"
author = "The zpdgym authors"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
html_theme = "furo"
html_title = f"zpdgym {__version__}"
html_css_files = ["site.css"]
html_copy_source = False
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_show_sphinx = False
nitpicky = True
maximum_signature_line_length = 88
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"

myst_heading_anchors = 6
myst_links_external_new_tab = False
suppress_warnings = [
    "myst.header",  # a page of the repository may skip a level of headings
    "ref.python",  # several classes have an attribute of one name; an address that leads nowhere is another warning
]
exclude_patterns = ["_copies"]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True


def public(target: str) -> str:
    """The public address of what lies at an inner one; '' where it is not ours.

    Example:
        >>> public("zpdgym.students.curriculum.curriculum.Curriculum"), public("numpy.ndarray")
        ('zpdgym.students.Curriculum', '')
    """
    name = target.rpartition(".")[2]
    for face in FACES[:0:-1]:
        if (target.startswith(f"{face}.") or "." not in target) and name in dir(importlib.import_module(face)):
            return f"{face}.{name}"
    return ""


def exists(address: str) -> bool:
    """Whether a dotted address leads to something, public or not."""
    parts = address.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        try:
            for name in parts[end:]:
                found = getattr(found, name)
        except AttributeError:
            return False
        return True
    return False


def by_its_public_name(app: Any, env: Any, node: Any, shown: Any) -> Any:
    """Resolve a name by its public address. Inner names and those of other packages stay text; a wrong one is told."""
    if node.get("refdomain") != "py":
        return None
    target = str(node["reftarget"])
    if address := public(target):
        found = env.get_domain("py").resolve_xref(env, node["refdoc"], app.builder, "obj", address, node, shown)
        if found is not None:
            return found
    return shown if not target.startswith("zpdgym") or exists(target) else None


def setup(app: Any) -> None:
    """Connect what Sphinx asks us."""
    app.connect("missing-reference", by_its_public_name)
