"""Which source files something depends on, and their digest: what a compiled kernel or a run must be made again for.

One follower of imports serves both. It reads import statements, it never imports: ``import a.b``, ``from a import b``,
relative ones, those inside functions, star imports; not those under ``if TYPE_CHECKING``, which never run. A package is
its ``__init__``, with what that imports; a package whose names are loaded lazily (``zpdgym.lazy``) is the files of the
names that are asked of it.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zpdgym.lazy import public_names

OURS = "zpdgym"
FACE = Path(__file__).resolve().parent
ROOT = FACE if (FACE / "students").is_dir() else FACE.parent
"""Where our folders lie: inside ``zpdgym/`` when it is installed from a wheel, beside it in a checkout."""


@dataclass(frozen=True)
class _Import:
    """One import statement: ``from <level dots><module> import <names>``; without names, ``import <module>``."""

    level: int
    module: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """What was read in a source file: its imports, and whether it is a package with a ``__getattr__`` of its own."""

    imports: tuple[_Import, ...]
    lazy: bool

    def note(self) -> str:
        """As JSON."""
        return json.dumps([[[one.level, one.module, one.names] for one in self.imports], self.lazy])

    @classmethod
    def of_note(cls, note: str | bytes) -> Reading:
        """What ``note`` wrote."""
        imports, lazy = json.loads(note)
        return cls(tuple(_Import(level, tuple(module), tuple(names)) for level, module, names in imports), lazy)


@functools.lru_cache(maxsize=1024)
def read_imports(source: bytes) -> Reading:
    """Read the text of a Python file."""
    tree = ast.parse(source)
    return Reading(tuple(_imports(tree)), "__getattr__" in _names(tree))


def reached(
    file: Path, *, home: Path | None = None, ours: bool = True, read: Callable[[bytes], Reading] = read_imports
) -> set[Path]:
    """A Python file with all files that its imports reach, in its own folder and, if wanted, among ours.

    Other people's packages are not followed.

    Args:
        file: where to begin.
        home: the folder in which absolute imports are looked up; None: the one above the file's outermost package.
        ours: whether imports of zpdgym are followed too.
        read: how the text of a file is read; who has read it before may know it.
    """
    file = file.resolve()
    found: set[Path] = set()
    _follow(file, _Places(home or _home_of(file), file, ours, read), found)
    return found


def digest_of(value: Any) -> str:
    """The sha256 of plain data in canonical JSON."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def digest_of_files(files: Iterable[Path]) -> str:
    """The sha256 of the contents of files, in the order of their paths."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def digest_of_modules(files: Iterable[Path]) -> str:
    """The sha256 of the names and contents of modules: the same wherever they, and our folders, lie."""
    return digest_of(sorted((_module(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in set(files)))


def _module(path: Path) -> str:
    home = next((folder for folder in (FACE, ROOT) if folder in path.parents), None) or _home_of(path)
    return path.relative_to(home).as_posix()


def digest_of_folders(*folders: str) -> str:
    """The sha256 of all our Python below these folders: "students", "envs", …; for what is chosen by a name."""
    return digest_of_files(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


class _Places:
    """Where the files of a dotted name are looked for."""

    def __init__(self, home: Path, file: Path, ours: bool, read: Callable[[bytes], Reading]) -> None:
        self.home, self.ours, self.read = home, ours, read
        # beside an installed package lie those of other people
        installed = any(part in ("site-packages", "dist-packages") for part in home.parts)
        self.only = file.relative_to(home).with_suffix("").parts[0] if installed else None

    def of(self, parts: tuple[str, ...], below: Path | None) -> Path | None:
        """A module's path without suffix, or the package's folder; None where it is not to be followed.

        Args:
            parts: its dotted name, taken apart.
            below: the folder that a relative name begins in; None: the name is absolute.
        """
        if below is not None:
            return below.joinpath(*parts)
        if parts[0] == OURS:
            if not self.ours:
                return None
            face = FACE.joinpath(*parts[1:])
            return face if _modules(face) else ROOT.joinpath(*parts[1:])
        if self.only is not None and parts[0] != self.only:
            return None
        return self.home.joinpath(*parts)

    def is_lazy(self, folder: Path) -> bool:
        """Whether a package answers for names that are not in its ``__init__``."""
        init = folder / "__init__.py"
        return init.is_file() and self.read(init.read_bytes()).lazy


def _follow(path: Path, places: _Places, found: set[Path]) -> None:
    if path in found:
        return
    found.add(path)
    for statement in places.read(path.read_bytes()).imports:
        below = path.parents[statement.level - 1] if statement.level else None
        for target in _targets(statement, places, below):
            _follow(target, places, found)


def _targets(statement: _Import, places: _Places, below: Path | None) -> Iterator[Path]:
    """The files that one statement loads: the module, the modules that it names, and the packages above."""
    base = places.of(statement.module, below)
    if base is None:
        return
    yield from _modules(base)
    if base.is_dir():  # what stands in a module that is no folder is no module
        lazy = places.is_lazy(base)
        for name in statement.names:
            inner = places.of((*statement.module, name), below)
            modules = _modules(inner) if inner else []
            yield from modules
            if not modules and lazy:
                yield from _lazily(base, name)
    for end in range(1, len(statement.module)):
        above = places.of(statement.module[:end], below)
        if above is not None and not places.is_lazy(above):  # a lazy one loads nothing by itself
            yield from _modules(above)


def _modules(base: Path) -> list[Path]:
    """The module and the package of this path, as far as they exist."""
    return [path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()]


def _lazily(folder: Path, name: str) -> Iterator[Path]:
    """The files in which a lazy package may find a name; who finds it by other rules than ours may open any file."""
    names = public_names(folder.name, str(folder))
    modules = names.values() if name not in names else [names[name]]
    if name == "*" or name in names:
        for module in set(modules):
            yield from _modules(folder.joinpath(*module.split(".")[1:]))
    elif name not in _bound(folder / "__init__.py"):
        yield from sorted(folder.rglob("*.py"))


def _bound(init: Path) -> set[str]:
    return _names(ast.parse(init.read_bytes()))


def _names(tree: ast.Module) -> set[str]:
    """What the statements of a module itself bind."""
    bound: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound.update(alias.asname or alias.name for alias in node.names)
        else:
            bound.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return bound


def _imports(node: ast.AST) -> Iterator[_Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from (found for other in child.orelse for found in _imports(other))
        elif isinstance(child, ast.Import):
            yield from (_Import(0, tuple(alias.name.split(".")), ()) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            module = tuple(child.module.split(".")) if child.module else ()
            yield _Import(child.level, module, tuple(alias.name for alias in child.names))
        else:
            yield from _imports(child)


def _home_of(file: Path) -> Path:
    """The first folder above a file that is no package."""
    return next(folder for folder in file.parents if not (folder / "__init__.py").is_file())
