"""Who imports whom among our files, read from the source: nothing is loaded.

An import inside a function counts, one for type checkers does not. ``from zpdgym.students import BKT`` counts as an
import of the file that defines ``BKT``, though the package finds it lazily.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from zpdgym.lazy import public_names

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("students", "envs", "agents", "experiments", "scripts")
"""From the lowest to the highest: a layer may import itself and what stands before it."""
PRODUCT = ("zpdgym", "configs", *LAYERS)
EVERYTHING = (*PRODUCT, "tests", "benchmarks", "examples")


class Statement(NamedTuple):
    """An import statement: the absolute dotted name, the names taken from it, and how it is imported."""

    stem: str
    names: tuple[str, ...]
    at_once: bool
    relative: bool
    for_types: bool


def sources(*folders: str) -> list[Path]:
    """The Python files of some of our folders."""
    return sorted(p for folder in folders for p in (ROOT / folder).rglob("*.py") if "__pycache__" not in p.parts)


def name_of(path: Path) -> str:
    """How a file is called in messages: its path in the repository."""
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """The dotted name that a file is imported by; folders of the product lie in ``zpdgym``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] in PRODUCT and parts[0] != "zpdgym":
        parts = ("zpdgym", *parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """(absolute dotted name, imported at once?) of every import, with ``from a import b`` as ``a`` and ``a.b``."""
    for stem, names, top, _, for_types in statements(path):
        if not for_types:
            yield stem, top
            yield from ((f"{stem}.{name}", top) for name in names)


def graph(paths: Iterable[Path]) -> dict[str, set[str]]:
    """Every module with those that it imports, both among the files given."""
    files = {module_of(path): path for path in paths}
    return {name: _imported(name, files) for name in files}


def circles(imported: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that all reach each other: Tarjan's strongly connected components of more than one."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        open_.append(module)
        for other in sorted(imported[module]):
            if other not in order:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in open_:
                lowest[module] = min(lowest[module], order[other])
        if lowest[module] == order[module]:
            start = open_.index(module)
            group = sorted(open_[start:])
            del open_[start:]
            if len(group) > 1:
                found.append(group)

    for module in sorted(imported):
        if module not in order:
            visit(module)
    return found


def reached_from(imported: Mapping[str, set[str]], modules: Iterable[str]) -> set[str]:
    """These modules with all that import them, directly or through others."""
    importers: dict[str, set[str]] = {module: set() for module in imported}
    for module, others in imported.items():
        for other in others:
            importers[other].add(module)
    found: set[str] = set()
    todo = [module for module in modules if module in importers]
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            todo.extend(importers[module])
    return found


@functools.cache
def statements(path: Path) -> list[Statement]:
    """Every import statement of a file; files are read once, for that takes seconds."""
    package = [*module_of(path).split("."), ""] if path.name == "__init__.py" else module_of(path).split(".")
    found: list[Statement] = []

    def walk(node: ast.AST, top: bool, for_types: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for part, types in ((child.body, True), (child.orelse, for_types)):
                    walk(ast.Module(part, []), top, types)
            elif isinstance(child, ast.Import):
                found.extend(Statement(alias.name, (), top, False, for_types) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                above = package[: len(package) - child.level] if child.level else []
                stem = ".".join([*above, *(child.module.split(".") if child.module else [])])
                names = tuple(alias.name for alias in child.names)
                found.append(Statement(stem, names, top, child.level > 0, for_types))
            else:
                inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                walk(child, top and not inside, for_types)

    walk(ast.parse(path.read_text(encoding="utf-8")), True, False)
    return found


def _imported(module: str, files: Mapping[str, Path]) -> set[str]:
    found: set[str] = set()
    for stem, names, _, _, for_types in statements(files[module]):
        if for_types:
            continue
        if not names:
            found.add(stem)
        for name in names:
            offered = _offered(files[stem]) if stem in files else {}
            found.add(f"{stem}.{name}" if f"{stem}.{name}" in files else offered.get(name, stem))
    return (found & files.keys()) - {module}


def _offered(path: Path) -> Mapping[str, str]:
    """The names that a package finds lazily in its files, with the module of each."""
    if path.name != "__init__.py" or "= lazy(__name__, __path__)" not in path.read_text(encoding="utf-8"):
        return {}
    return public_names(module_of(path), str(path.parent))
