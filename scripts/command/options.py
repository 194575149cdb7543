"""The options of the command line, Hydra's names for Hydra's things. Light to import; knows no Hydra."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from zpdgym.configs.build import CONFIGS, OWN, read_yaml
from zpdgym.configs.trust import TARGET, in_standard_library, is_dotted, needed
from zpdgym.errors import InputError, unknown
from zpdgym.files import is_folder

_SHORT = {"-m": "--multirun", "-c": "--cfg", "-p": "--package", "-i": "--info", "-cd": "--config-dir"}
_FLAGS = ("--multirun", "--resolve")
_CHOICES = {
    "--cfg": ("job", "hydra", "all"),
    "--info": ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath"),
}
_NAMES = (*_FLAGS, *_CHOICES, "--package", "--config-dir", "--help")
_NOT_HERE = {
    "--run": "a verb runs without an option",
    "--hydra-help": "--help tells about the verb, --info about Hydra",
    "--config-name": "every verb has one configuration; --config-dir DIR adds files of your own",
    "--config-path": "every verb has one configuration; --config-dir DIR adds files of your own",
    "--shell-completion": "there is none; --help lists the keys",
    "--experimental-rerun": "the same command goes on where it stopped",
}
"""Hydra's other options, and what to do instead."""


_BETWEEN = re.compile(r"[,:={}\[\]\s'\"]+")
"""What stands between the names in a typed value."""


@dataclass
class Options:
    """The options of one command line.

    Attributes:
        multirun: run every combination of values (``-m``).
        cfg: show a configuration and run nothing: "job", "hydra" or "all".
        package: the part of it to show, as a dotted key.
        resolve: also resolve what Hydra's own part refers to.
        info: what to tell about Hydra instead of running.
    """

    multirun: bool = False
    cfg: str | None = None
    package: str | None = None
    resolve: bool = False
    info: str | None = None

    def check(self) -> None:
        """Refuse what does not go together.

        Raises:
            InputError: two ways of running, or an option without the one that it belongs to.
        """
        ways = [f"--{name}" for name in ("multirun", "cfg", "info") if getattr(self, name)]
        if len(ways) > 1:
            raise InputError(f"{' and '.join(ways)}: give one of them")
        for name in ("package", "resolve"):
            if getattr(self, name) and not self.cfg:
                raise InputError(f"--{name} says how --cfg shows the configuration: add --cfg job")


def read_options(verb: str, keys: Iterable[str], arguments: Sequence[str]) -> tuple[Options, list[str]]:
    """The options among the arguments of a verb, and the other arguments.

    Args:
        verb: its name, for messages.
        keys: what the verb takes as ``key=value``, for messages.
        arguments: everything after the verb; ``--config-dir`` was taken away before.

    Raises:
        InputError: an option that does not exist or is not for us, one without its value, or two that do not go
            together.
    """
    options, others, waiting = Options(), list[str](), list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if not argument.startswith("-"):
            others.append(argument)
            continue
        name, joined, value = argument.partition("=")
        name = _SHORT.get(name, name)
        if name in _FLAGS and not joined:
            setattr(options, name[2:], True)
        elif name == "--info" and not joined and (not waiting or "=" in waiting[0] or waiting[0].startswith("-")):
            options.info = "all"
        elif name in (*_CHOICES, "--package"):
            value = value if joined else _next(name, waiting)
            if name in _CHOICES and value not in _CHOICES[name]:
                raise unknown(f"value of {name}", value, _CHOICES[name])
            setattr(options, name[2:], value)
        else:
            raise _no_option(verb, keys, argument)
    options.check()
    return options, others


def _next(name: str, waiting: list[str]) -> str:
    if not waiting or waiting[0].startswith("-") or "=" in waiting[0]:
        wanted = ", ".join(_CHOICES.get(name, ("a dotted key of the configuration",)))
        raise InputError(f"{name} needs a value: {wanted}")
    return waiting.pop(0)


def _no_option(verb: str, keys: Iterable[str], argument: str) -> InputError:
    bare = argument.lstrip("-").partition("=")[0]
    if f"--{bare}" in _NOT_HERE:
        return InputError(f"there is no option '{argument}': {_NOT_HERE[f'--{bare}']}")
    if bare in keys:
        return InputError(f"there is no option '{argument}': write {bare}=value")
    return InputError(f"{unknown('option', argument, _NAMES)}; zpdgym {verb} --help lists the keys")


def take_config_dir(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """The arguments without ``--config-dir DIR``, and that folder.

    Raises:
        InputError: no folder stands behind it, or it is there twice.
    """
    others, found, waiting = list[str](), list[str](), list(arguments)
    while waiting:
        argument = waiting.pop(0)
        name, joined, value = argument.partition("=")
        if name not in ("--config-dir", "-cd"):
            others.append(argument)
        elif not joined and not waiting:
            raise InputError("--config-dir needs a folder")
        else:
            found.append(value if joined else waiting.pop(0))
    if len(found) > 1:
        raise InputError(f"--config-dir {' and '.join(found)}: give one folder")
    return others, found[0] if found else None


def take_trust(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The arguments without ``trust=…``, and the modules that files may name.

    Those are the ones behind ``trust=``, and the installed ones that the command line itself names as a class.
    """
    others = [argument for argument in arguments if not argument.lstrip("+").startswith("trust=")]
    given = [argument.partition("=")[2].strip("[] ") for argument in arguments if argument not in others]
    told = [name.strip("'\" ") for listed in given for name in listed.split(",")]
    typed = list[str]()
    for argument in others:
        key, _, value = argument.partition("=")
        if key.endswith(TARGET) or key == "policies" or TARGET in value:
            typed += needed({"policies": [word for word in _BETWEEN.split(value) if is_dotted(word)]})
    return others, [*told, *(module for module in typed if not in_standard_library(module))]


@contextmanager
def own_folder(given: str | None) -> Iterator[None]:
    """Names are looked for in this folder too, here and in the processes that are started meanwhile.

    Args:
        given: the folder; None: the one that ``ZPDGYM_CONFIG_DIR`` names, if it names one.

    Raises:
        InputError: there is no such folder, it holds none of the groups, or a file there has the name of one of ours
            or cannot be read.
    """
    before = os.environ.get(OWN)
    wanted = given if given is not None else before
    if not wanted:
        yield
        return
    how = "--config-dir " if given is not None else f"{OWN}="
    os.environ[OWN] = str(_checked(Path(wanted).expanduser(), f"{how}{wanted}"))
    try:
        yield
    finally:
        if before is None:
            del os.environ[OWN]
        else:
            os.environ[OWN] = before


def _checked(folder: Path, told: str) -> Path:
    if not is_folder(folder):
        raise InputError(f"{told}: there is no such folder")
    groups = sorted(path.name for path in CONFIGS.iterdir() if path.is_dir() and not path.name.startswith("_"))
    if not any((folder / group).is_dir() for group in groups):
        raise InputError(f"{told}: holds no folder of a group ({', '.join(groups)}), such as {folder}/policy/mine.yaml")
    for group in groups:
        for path in sorted((folder / group).glob("*.yaml")):
            if (CONFIGS / group / path.name).is_file():
                raise InputError(f"{path}: zpdgym has a {group} '{path.stem}' itself; give the file another name")
            _ = read_yaml(path)  # a file that is none is told now, by its name
    return folder.resolve()
