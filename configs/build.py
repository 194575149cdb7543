"""From a section of a configuration file to the object that it describes."""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from zpdgym.errors import InputError, place, shown, unknown
from zpdgym.files import is_file
from zpdgym.moved import current_name, with_current_names

from .kinds import is_itself, unfit
from .own_modules import make_importable
from .trust import TARGET, check_names
from .yaml_file import read_yaml_file

CHOICE = "choice"
"""The key under which a student is named whose other keys are changed."""
CONFIGS = Path(__file__).resolve().parent
OWN = "ZPDGYM_CONFIG_DIR"
"""The environment variable with a folder of the user's own that is searched after ``configs``: ``policy/mine.yaml``.

``--config-dir`` sets it. Worker processes inherit it, so that a name means the same to them.
"""


_BASE = re.compile(r"[\w.~+-]+")


def config_files(group: str) -> dict[str, Path]:
    """The files of a group by name: those that come with zpdgym, and those of the user's own folder."""
    ours = {path.stem: path for path in (CONFIGS / group).glob("*.yaml")}
    return dict(sorted((own_files(group) | ours).items()))


def own_files(group: str) -> dict[str, Path]:
    """The files of a group by name in the user's own folder, if there is one."""
    folder = os.environ.get(OWN)
    return {path.stem: path for path in Path(folder, group).glob("*.yaml")} if folder else {}


def build(spec: Mapping[str, Any], where: str, reserved: Sequence[str] = (), /, **given: Any) -> Any:
    """Build the object that a configuration section describes: ``_target_`` names it, the rest are its arguments.

    Where a function is the object itself (a reward), it gets the rest whenever it is called.

    Args:
        spec: the section, e.g. ``{"_target_": "zpdgym.students.BKT", "learn": 0.2}``.
        where: the section's key ("student"), which says what kind of thing is wanted.
        reserved: arguments that come from elsewhere or not at all: no keys of the section.
        **given: arguments that come from elsewhere (the curriculum, say); those that the target does not take are an
            error of ours, those that the section also sets are an error of the user's.

    Raises:
        InputError: no such module or name, a name of something else than is wanted there, a key that the target does
            not take (with the nearest one), a missing key, or a value that the target refuses.
    """
    if not isinstance(spec, Mapping):
        raise InputError(f"{where}={shown(spec)} must be a section of keys; '{TARGET}' names the class")
    if TARGET not in spec:
        raise InputError(f"{where}: the key '{TARGET}' is missing: it names the class to build")
    target = load(str(spec[TARGET]), f"{where}.{TARGET}")
    if (why := unfit(target, where)) is not None:
        raise InputError(f"{where}: {spec[TARGET]} {why}")
    arguments = {str(k): v for k, v in spec.items() if k != TARGET}
    accepted = inspect.signature(target).parameters
    itself = is_itself(target, where)
    others = {*given, *reserved, *list(accepted)[:itself]}  # what it is asked about is no key
    settable = [n for n, p in accepted.items() if n not in others and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if not any(p.kind is p.VAR_KEYWORD for p in accepted.values()):
        for key in arguments:
            if key not in settable:
                raise unknown(f"key {where}.", key, settable)
    for name in given:
        if name not in accepted and not any(p.kind is p.VAR_KEYWORD for p in accepted.values()):
            raise InputError(f"{where}: {spec[TARGET]} takes no {name}: it cannot stand here")
    missing = [n for n in settable if accepted[n].default is inspect.Parameter.empty and n not in arguments]
    if missing:
        raise InputError(f"{where}: {spec[TARGET]} needs {', '.join(f'{where}.{n}' for n in missing)}")
    if itself:
        return functools.partial(target, **arguments) if arguments else target
    try:
        return target(**given, **arguments)
    except InputError:
        raise
    except Exception as error:
        if str(getattr(target, "__module__", "")).partition(".")[0] == "zpdgym":
            raise
        told = f"{type(error).__name__}: {error}"
        raise InputError(f"{where}: {spec[TARGET]} could not be made: {told} ({place(error)})") from error


def load(dotted: str, where: str) -> Any:
    """The class or function with this dotted name.

    Raises:
        InputError: there is no such module, it is not valid Python (with file and line), or no such name is in it.
    """
    module_name, _, name = current_name(dotted).rpartition(".")
    if not module_name:
        raise InputError(f"{where}: '{dotted}' must be a dotted name such as my_module.MyClass")
    make_importable(module_name)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(error.name + ".")):
            raise InputError(f"{where}: there is no module '{module_name}' (for '{dotted}')") from error
        raise
    except SyntaxError as error:
        raise InputError(f"{where}: {error.filename}, line {error.lineno}: {error.msg}") from error
    if not hasattr(module, name):
        # the names of a package, and of a module of version 0.1, are not in it before they are used
        lazy = hasattr(module, "__path__") or not hasattr(module, "__file__")
        own = [n for n in dir(module) if lazy or getattr(vars(module)[n], "__module__", "") == module_name]
        raise unknown(f"name in {module_name}", name, [n for n in own if not n.startswith("_")])
    return getattr(module, name)


def no_such(group: str, name: str, choices: Iterable[str]) -> InputError:
    """The error for a name that no file of a group has; a file of the user's own is called by its whole name."""
    told = str(unknown(group, name, choices))
    path = next((f"{name}{ending}" for ending in (".yaml", ".yml") if is_file(f"{name}{ending}")), None)
    first, quote, rest = told.partition(f"'{name}'.")
    if path is None or not quote:
        return InputError(told)
    return InputError(f"{first}'{name}'. Did you mean the file '{path}'? Choices: {rest.partition('Choices: ')[2]}")


def read_choice(group: str, choice: str) -> dict[str, Any] | None:
    """The section that the file of this name in a group (``config_files``), or the YAML file of this path, holds.

    Raises:
        InputError: there is no such file, with the nearest name.
    """
    files = config_files(group)
    path = Path(choice) if choice.endswith((".yaml", ".yml")) else files.get(choice)
    if path is None or not is_file(path):
        if group == "population" and choice in ("none", "null"):
            return None
        raise no_such(group, choice, files)
    return read_yaml(path)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds keys, and names only what a file may name (``trust.py``).

    Raises:
        InputError: it cannot be read, holds something else, or names somebody else's code.
    """
    content = read_yaml_file(path)
    if not isinstance(content, dict):
        raise InputError(f"{path}: must hold keys and values")
    if "hydra" in content:
        raise InputError(f"{path}: hydra: no file may set how Hydra works; type hydra.key=value")
    bases = content.get("defaults", [])
    if not (isinstance(bases, list) and all(isinstance(base, str) and _BASE.fullmatch(base) for base in bases)):
        raise InputError(f"{path}: defaults: must be a list of names of the same group, and _self_")
    section = with_current_names(content, path)
    check_names(section, path)
    return section


def student_section(given: str | Mapping[str, Any]) -> dict[str, Any]:
    """A student's specification with every name in it replaced by what ``configs/student/<name>.yaml`` holds.

    ``{choice: pfa, learn_right: 0.3}`` is that file with one number changed.

    Layers and mixtures name the students inside them under ``student`` and ``students``.

    Raises:
        InputError: there is no such student, with the nearest name.
    """
    if not isinstance(given, str | Mapping):
        raise InputError(f"student: {shown(given)} must be the name of a student, or a section of keys")
    section = dict(read_choice("student", given) or {}) if isinstance(given, str) else dict(given)
    if CHOICE in section:
        section = {**student_section(section.pop(CHOICE)), **section}
    if isinstance(section.get("student"), str | Mapping):
        section["student"] = student_section(section["student"])
    if isinstance(section.get("students"), list | tuple):
        section["students"] = [student_section(inner) for inner in section["students"]]
    return section
