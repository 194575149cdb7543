"""Who may be named in a file, judged before anything is imported.

A file may name what zpdgym offers publicly, classes and functions that modules of the current folder define, and
modules that the user trusted: ``trust=my_module`` on the command line, ``zpdgym.trust("my_module")`` in Python.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

from zpdgym.errors import InputError, unknown
from zpdgym.lazy import public_names
from zpdgym.moved import current_name

from . import own_modules

TARGET = "_target_"
TRUSTED = "ZPDGYM_TRUST"
"""The environment variable with the modules that files may name beside; worker processes inherit it."""
PICKLES = "stable_baselines3"
"""Whoever trusts this package lets files say ``trust: true`` of a zip, which can run any code."""
_OURS = "zpdgym"
_PACKAGES = ("students", "envs", "agents", "experiments")


class _Named(NamedTuple):
    """A place that names something to be run: its key, and what it holds."""

    key: str
    value: object


def trusted() -> tuple[str, ...]:
    """The modules that were trusted."""
    return tuple(name for name in os.environ.get(TRUSTED, "").split(",") if name)


def trust(*modules: str) -> None:
    """Let files name classes and functions of these modules, in this process and in those that it starts.

    What you write in Python yourself needs no trust; the files that it names do. Trust a module only where you trust
    whoever wrote the files, because they may then call anything in it.

    Args:
        *modules: dotted names: "my_package", with all that is in it.

    Raises:
        InputError: one is no name of a module.
    """
    for name in modules:
        if not is_dotted(name):
            raise InputError(f"trust={name} must name modules: trust=my_module, or trust=[my_module,another]")
    os.environ[TRUSTED] = ",".join(dict.fromkeys([*trusted(), *modules]))


@contextmanager
def trusting(modules: Iterable[str]) -> Iterator[None]:
    """Trust these modules for a while, as ``trust`` does.

    Raises:
        InputError: one is no name of a module.
    """
    before = os.environ.get(TRUSTED)
    try:
        trust(*modules)
        yield
    finally:
        if before is None:
            os.environ.pop(TRUSTED, None)
        else:
            os.environ[TRUSTED] = before


def is_dotted(name: object) -> bool:
    """Whether a text is a dotted name: "my_module.MyClass"."""
    return isinstance(name, str) and all(part.isidentifier() for part in name.split("."))


def in_standard_library(module: str) -> bool:
    """Whether a module comes with Python."""
    return module.partition(".")[0] in sys.stdlib_module_names


def check_names(content: object, path: Path, *, given: object = None) -> None:
    """Refuse a file that names what files may not name.

    Args:
        content: what the file holds.
        path: the file, for messages.
        given: what the caller was given by the user; the file may name what is named there.

    Raises:
        InputError: such a name, with the line.
    """
    known = {place.value for place in _named(given) if isinstance(place.value, str)}
    for place in _named(content):
        if isinstance(place.value, str) and place.value in known:
            continue
        try:
            why = _objection(place)
        except InputError as error:
            raise InputError(f"{_line(place, path)}: {place.key}: {error}") from error
        if why is not None:
            module = PICKLES if place.key == "trust" else str(place.value).rpartition(".")[0]
            hint = "" if module.partition(".")[0] == _OURS else f"; trust={module} allows it, if you trust the file"
            raise InputError(f"{_line(place, path)}: {place.key}: {_short(place.value)} is refused: {why}{hint}")
        if place.key != "trust" and not str(place.value).startswith(f"{_OURS}."):
            own_modules.wanted(str(place.value).rpartition(".")[0])


def needed(spec: object) -> list[str]:
    """The modules that a file would need trust in if it held this specification."""
    modules = list[str]()
    for place in _named(spec):
        try:
            fine = _objection(place) is None
        except InputError:
            fine = False
        if not fine and (place.key == "trust" or is_dotted(place.value)):
            modules.append(PICKLES if place.key == "trust" else str(place.value).rpartition(".")[0])
    return [module for module in dict.fromkeys(modules) if module and module.partition(".")[0] != _OURS]


def printed(spec: object = None) -> str:
    """What a command needs behind it so that files may name the same: `` trust=my_module``, or nothing.

    Args:
        spec: what the command will read from a file.
    """
    modules = [*dict.fromkeys([*trusted(), *needed(spec)])]
    if not modules:
        return ""
    listed = modules[0] if len(modules) == 1 else f"[{','.join(modules)}]"
    return f" {shlex.quote(f'trust={listed}')}"


def check_typed(settings: object) -> None:
    """Refuse a typed name of the standard library: nothing there is a student or a policy.

    Raises:
        InputError: such a name.
    """
    for place in _named(settings):
        top = str(place.value).partition(".")[0]
        if in_standard_library(top) and is_dotted(place.value) and not _is_trusted(str(place.value)):
            why = f"{top} is part of Python's standard library; trust={top} allows it"
            raise InputError(f"{place.key}={place.value} is refused: {why}")


def _named(content: object, key: str = "") -> Iterator[_Named]:
    """Every place in plain data that names what is to be imported and called, at any depth."""
    if isinstance(content, list | tuple):
        for value in cast("Iterable[object]", content):
            yield from _named(value, key)
    elif isinstance(content, Mapping):
        for name, value in cast("Mapping[object, object]", content).items():
            last = str(name).rpartition(".")[2]
            if last == TARGET:
                yield from (_Named(TARGET, one) for one in _listed(value))
            elif last == "trust":
                yield from (_Named("trust", one) for one in _listed(value) if one is not False)
            elif last == "policies":
                yield from (_Named("policies", one) for one in _listed(value) if _is_class(one))
            yield from _named(value, last)


def _listed(value: object) -> list[object]:
    return list(cast("Iterable[object]", value)) if isinstance(value, list | tuple) else [value]


def _is_class(policy: object) -> bool:
    """Whether a policy in a list is a class by its dotted name, and no name of ours or path of a file."""
    return isinstance(policy, str) and "." in policy and not policy.endswith((".yaml", ".yml"))


def _objection(place: _Named) -> str | None:
    """Why a file may not name this; None: it may.

    Raises:
        InputError: there is no such name, with the nearest one.
    """
    if place.key == "trust":
        why = "whether a zip may run code is for you to say, with policy.trust=true"
        return None if PICKLES in trusted() else why
    if not is_dotted(place.value) or "." not in str(place.value):
        raise InputError(f"'{_short(place.value)}' must be a dotted name such as my_module.MyClass")
    return _judged(str(place.value), frozenset())


def _is_trusted(dotted: str) -> bool:
    return any(dotted.startswith(f"{module}.") for module in trusted())


def _judged(dotted: str, before: frozenset[str]) -> str | None:
    """Why a file may not name this class or function, found in the files that define it."""
    if dotted.partition(".")[0] == _OURS:
        return _not_public(current_name(dotted))
    if _is_trusted(dotted):
        return None
    module, _, name = dotted.rpartition(".")
    if (why := own_modules.stranger(module)) is not None:
        return why
    defined = own_modules.definitions(module)
    if defined is None:
        return None  # nothing in it can run, and trying to import it tells why
    if dotted in before:
        return f"{dotted} is imported in a circle"
    return _definition(module, name, defined, before | {dotted})


def _definition(module: str, name: str, defined: dict[str, ast.AST], before: frozenset[str]) -> str | None:
    """Why what a module of the current folder binds to a name is not its own class or function."""
    statement = defined.get(name, defined.get("*"))
    if isinstance(statement, ast.ClassDef):
        return None
    if isinstance(statement, ast.FunctionDef):
        if own_modules.returns(statement) in own_modules.SAYS_NOTHING:
            return f"the function {name} does not say what it returns (def {name}(…) -> …)"
        return None
    if isinstance(statement, ast.ImportFrom):
        original = next((alias.name for alias in statement.names if (alias.asname or alias.name) == name), name)
        return _judged(f"{own_modules.imported_from(module, statement)}.{original}", before)
    if statement is None:
        raise unknown(f"name in {module}", name, [known for known in defined if not known.startswith("_")])
    return f"{name} is neither a class nor a function that {module} defines"


def _not_public(dotted: str) -> str | None:
    """Why a name of ours may not be named; its address is its package or the file that defines it.

    Raises:
        InputError: the package has no such public name, with the nearest one.
    """
    module, _, name = dotted.rpartition(".")
    _, package, *_ = [*module.split("."), ""]
    if package not in _PACKAGES:
        return f"{module} offers nothing that a file may name"
    spec = importlib.util.find_spec(f"{_OURS}.{package}")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    public = public_names(f"{_OURS}.{package}", spec.submodule_search_locations[0])
    if module not in (f"{_OURS}.{package}", public.get(name)):
        return f"{name} is no public name of {module}"
    if name not in public:
        raise unknown(f"name in {module}", name, public)
    return None


def _line(place: _Named, path: Path) -> str:
    """The file, with the line where a name stands."""
    text = str(place.value).lower() if place.key == "trust" else str(place.value)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return str(path)
    found = [n for n, line in enumerate(lines, 1) if text in line and (place.key != "trust" or "trust" in line)]
    return f"{path}, line {found[0]}" if found else str(path)


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else f"{text[:79]}…"
