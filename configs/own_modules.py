"""Modules that lie in the current folder: where they are and what they define, told without importing anything."""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pathlib import Path

_LOADERS = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)
"""In which order Python looks at the files of a folder."""
_WANTED: dict[str, Path] = {}
"""Modules of the current folder that a file names -> their files."""
_INSTALLED = ("site-packages", "dist-packages")
"""What folders are called that packages are installed in."""
SAYS_NOTHING = ("Any", "object", "")
"""What a function that might give anything says that it returns."""


def stranger(module: str) -> str | None:
    """Why a module is not one's own; None: it lies in the current folder, and what is imported with it lies there too.

    Or it lies nowhere, which whoever imports it is told.
    """
    top, folder = module.partition(".")[0], Path.cwd().resolve()
    if top == "__main__" or top in sys.stdlib_module_names:
        return f"{top} is the program itself" if top == "__main__" else f"{top} is part of Python's standard library"
    if _lies_elsewhere(top):
        return f"{top} is not a module of the current folder"
    specs = _specs(module)
    if specs and (folder.name in _INSTALLED or folder == Path(os.__file__).parent.resolve()):
        return f"{top} is an installed package"
    if len(specs) not in (0, module.count(".") + 1):
        return f"there is no module '{module}'"
    for spec in specs:
        if spec.origin is not None and not isinstance(spec.loader, SourceFileLoader):
            return f"{spec.name} is not written in Python"
        places = [spec.origin] if spec.origin is not None else list(spec.submodule_search_locations or ())
        if not all(Path(place).resolve().is_relative_to(folder) for place in places):
            return f"{spec.name} leads out of the current folder"
    return None


def source(module: str) -> Path | None:
    """The file of a module of the current folder; None: there is none."""
    specs = _specs(module)
    whole = len(specs) == module.count(".") + 1
    return Path(str(specs[-1].origin)) if whole and specs[-1].origin is not None else None


def make_importable(module: str) -> None:
    """Let Python find a module in the current folder, which is searched last; say on stderr that a file wants it."""
    folder = os.getcwd()
    found = _found(module.partition(".")[0])
    if folder not in sys.path and (found is None or found.origin is None):
        sys.path.append(folder)
    if module in _WANTED and module not in sys.modules:
        sys.stderr.write(f"importing {_WANTED.pop(module)} from the current folder\n")


def wanted(module: str) -> None:
    """Note that a file names a module of the current folder, which was judged: it is to be told when it is imported."""
    file = source(module)
    if file is not None and module not in sys.modules and definitions(module) is not None:
        _WANTED[module] = file.relative_to(Path.cwd().resolve())


def definitions(module: str) -> dict[str, ast.AST] | None:
    """What is bound at the top of a module's file, in branches too, by name; None: no file, or it is not valid Python.

    A name that is imported has the import statement, ``*`` the last import of everything.
    """
    file = source(module)
    if file is None:
        return None
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return {name: statement for statement in _statements(tree.body) for name in _bound(statement)}


def imported_from(module: str, statement: ast.ImportFrom) -> str:
    """The module that ``from … import …`` in a module of the current folder imports from."""
    if not statement.level:
        return statement.module or ""
    file = source(module)
    assert file is not None
    parts = module.split(".")
    package = parts if file.name == "__init__.py" else parts[:-1]
    package = package[: len(package) - statement.level + 1]
    return ".".join([*package, *([statement.module] if statement.module else [])])


def returns(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """What a function says that it returns: the last part of a name, "" where it says nothing."""
    said = function.returns
    text = "" if said is None else str(said.value) if isinstance(said, ast.Constant) else ast.unparse(said)
    return text.rpartition(".")[2]


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for part in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(statement, part, ()))
            for handler in getattr(statement, "handlers", ()):
                yield from _statements(handler.body)


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)
    elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _found(top: str) -> ModuleSpec | None:
    """What Python would import under this name, the current folder included where it is searched."""
    try:
        return importlib.util.find_spec(top) if top else None
    except (ImportError, ValueError):
        return None


def _specs(module: str) -> list[ModuleSpec]:
    """What Python finds in the current folder for every part of a dotted name, as far as it finds something."""
    at, specs = Path.cwd().resolve(), list[ModuleSpec]()
    for part in module.split("."):
        spec = FileFinder(str(at), *_LOADERS).find_spec(part)  # a new one, which remembers no former folder
        if spec is None:
            break
        specs.append(spec)
        at = at / part
    return specs


def _lies_elsewhere(top: str) -> bool:
    """Whether Python finds, or has found, something under this name outside the current folder."""
    here = Path.cwd().resolve()
    if top in sys.modules:
        return not _lies_in(getattr(sys.modules[top], "__spec__", None), here)
    others = [entry for entry in sys.path if Path(entry or ".").resolve() != here]
    for finder in sys.meta_path:
        if finder is PathFinder:
            spec = PathFinder.find_spec(top, others)
            spec = spec if spec is not None and spec.has_location else None  # a bare folder is no package
        else:
            find = getattr(finder, "find_spec", None)
            spec = None if find is None else find(top, None)
        if spec is not None and not _lies_in(spec, here):
            return True
    return False


def _lies_in(spec: ModuleSpec | None, folder: Path) -> bool:
    """Whether a top-level module is a file or a package directly in this folder."""
    if spec is None:
        return False
    if not spec.has_location:
        return any(Path(place).resolve() == folder / spec.name for place in spec.submodule_search_locations or ())
    path = Path(os.path.abspath(str(spec.origin)))
    return (path.parent.parent if path.name == "__init__.py" else path.parent).resolve() == folder
