"""The reference: a page for every folder of a public face, from the docstrings of what it offers."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import textwrap
from collections import defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any

from zpdgym.lazy import public_names

from benchmarks.site.staging import Staging

FACES = {
    "zpdgym": "make, evaluate, train, compare",
    "zpdgym.students": "students and curricula",
    "zpdgym.envs": "environments, scenarios and beliefs",
    "zpdgym.agents": "policies and teachers",
    "zpdgym.experiments": "evaluations, comparisons, questions",
}
LAYER_OF_TOP = ""


def families(face: str) -> dict[str, list[str]]:
    """The public names of a face by the folder that they lie in; '' for those that lie at its top."""
    module = importlib.import_module(face)
    if face == "zpdgym":
        return {LAYER_OF_TOP: [name for name in dir(module) if not name.startswith("_")]}
    found: dict[str, list[str]] = defaultdict(list)
    for name, where in public_names(face, module.__path__[0]).items():
        inner = where.removeprefix(f"{face}.").split(".")
        found[inner[0] if len(inner) > 1 else LAYER_OF_TOP].append(name)
    return dict(sorted(found.items()))


def entry(face: str, name: str) -> str:
    """The directive that documents one public name."""
    address = f"{face}.{name}"
    it = getattr(importlib.import_module(face), name)
    if inspect.isclass(it) and it.__module__.startswith("zpdgym"):
        return f".. autoclass:: {address}\n   :members:\n   :show-inheritance:\n"
    if inspect.isfunction(it):
        return f".. autofunction:: {address}\n"
    return f".. py:data:: {address}\n\n{indented(constant(face, name))}\n"


def constant(face: str, name: str) -> str:
    """What is written below a constant in its file, and the statement that makes it."""
    module: ModuleType | Any = importlib.import_module(face)
    file = importlib.import_module(public_names(face, module.__path__[0])[name]).__file__
    assert file is not None
    source = Path(file).read_text(encoding="utf-8")
    body = ast.parse(source).body
    for statement, below in itertools.pairwise(body):
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            said = ast.literal_eval(below.value) if isinstance(below, ast.Expr) else ""
            return f"{said}\n\n.. code-block:: python\n\n{indented(ast.get_source_segment(source, statement) or '')}"
    raise LookupError(f"{file} does not make {name} at its top")


def indented(text: str) -> str:
    """The text three columns to the right, as what belongs to a directive."""
    return textwrap.indent(text, "   ")


def write(staging: Staging) -> None:
    """Write the pages."""
    for face, about in FACES.items():
        for family, names in families(face).items():
            title = f"{face}: {family.replace('_', ' ') or about}"
            page = f"reference/{'-'.join([face.removeprefix('zpdgym.'), *([family] if family else [])])}"
            body = "\n".join(entry(face, name) for name in names)
            staging.write(
                f"{page}.rst", f"{title}\n{'=' * len(title)}\n\n.. py:module:: {face}\n   :no-index:\n\n{body}"
            )
