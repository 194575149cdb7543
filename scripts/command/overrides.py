"""What the user typed, checked and brought into a form that Hydra composes. Light to import; knows no Hydra."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zpdgym.configs.build import CHOICE, config_files, no_such
from zpdgym.errors import InputError, unknown
from zpdgym.files import is_file
from zpdgym.scripts.command.lists import one_of_many, parts
from zpdgym.scripts.command.options import Options, read_options
from zpdgym.scripts.command.verbs import SCENARIO_GROUPS, Group, Verb

FREE_CHOICES: dict[tuple[str, str], dict[str, str]] = {("policy", "custom"): {"_target_": "???"}}
"""Choices that are no file of ours: the user says what stands behind them. ``???`` must be given."""
IMPLIED = {"curriculum.path": "file", "policy._target_": "custom"}
"""Keys that say which choice of their group is meant."""
MINE = ".own"
"""What a file of the user's own is called by beside its name where one of ours has that, which Hydra would take."""
_MADE_BY_USERS = ("experiment", "matrix", "scenario", "policy")
"""Groups of which people write whole files."""
_INNER_STUDENT = re.compile(r"(scenario\.)?student\.student(\.|$)")
_OF_A_SWEEP = ("hydra/launcher", "hydra/sweeper", "hydra.launcher", "hydra.sweeper")
_PLAIN, _ESCAPED = re.compile(r"[A-Za-z0-9_-]"), re.compile(r"(?:\$[0-9a-f]{2})+")
_FOR_HYDRA = re.compile(r"\w+\(.*\)\Z|['\"]")
_SIMPLE = re.compile(r"[^\[\](){}'\"]*\Z")


@dataclass
class Request:
    """One command line, understood.

    Attributes:
        options: how it is run, or what is shown instead.
        overrides: for Hydra.
        files: (group, name) -> a YAML file of the user's own that was chosen for a group by its path.
    """

    options: Options
    overrides: list[str] = field(default_factory=list)
    files: dict[tuple[str, str], Path] = field(default_factory=dict)


def understand(verb: Verb, arguments: Sequence[str]) -> Request:
    """Check the names in a command line, and turn its shorthands into overrides.

    Raises:
        InputError: an option that does not exist, something that is not ``key=value``, an unknown key or choice, or
            two choices of one group.
    """
    options, others = read_options(verb.name, verb.names(), arguments)
    request = Request(options)
    pairs: list[tuple[str, str]] = []
    for argument in others:
        _must_set(verb, argument)
        if "=" not in argument:
            meant = _meant(verb, argument)
            told = f"'{argument}' must be written key=value{meant}"
            raise InputError(f"{told}; zpdgym {verb.name} --help lists the keys")
        key, _, value = argument.partition("=")
        pairs.append((key.lstrip("+"), value))
    groups = {group.name: group for group in verb.groups}
    _must_be_given_once(pairs, groups)
    chosen = {key for key, _ in pairs} | {name for name, group in groups.items() if group.default is not None}
    for key, implied in IMPLIED.items():
        group = key.partition(".")[0]
        if key in chosen and group not in chosen and group in groups:
            pairs.insert(0, (group, implied))
            chosen.add(group)
    nested = {entry.name: entry for entry in verb.keys if entry.kind == "keys"}
    for key, value in pairs:
        if _INNER_STUDENT.match(key):
            key = _inner_student(key, value, chosen)
        top = key.partition(".")[0].partition("/")[0]
        if top == "hydra":
            _must_be_for_hydra(key, options)
            request.overrides.append(f"{key}={value}")
        elif key != top and top in nested:
            below = as_one_key(key.partition(".")[2])
            request.overrides.append(f"++{top}.{below}={value}")
        elif key in nested:
            raise InputError(f"{key}={value}: write {key}.{nested[key].below}; zpdgym {verb.name} --help tells more")
        elif top not in verb.names() or (top not in groups and key != top):
            raise unknown("key", key, verb.names())
        elif key == "scenario":
            request.overrides.append(f"scenario.name={value}")
        elif top == "scenario":
            request.overrides.append(f"++scenario.change.{key.partition('.')[2]}={value}")
        elif top in SCENARIO_GROUPS and value in ("none", "null"):
            request.overrides.append(f"++scenario.change.{key}=null")
        elif key in groups:
            request.overrides.append(f"{key}={_choices(groups[key], value, request)}")
        elif top in groups:
            _must_be_chosen(key, top, chosen)
            request.overrides.append(f"++{key}={value}")
        else:
            _must_be_a_text(verb, key, value)
            request.overrides.append(f"{key}={value}")
    for needed in verb.needs:
        if needed not in chosen:
            raise InputError(f"{needed} is missing: give {needed}=…; zpdgym {verb.name} --help tells more")
    return request


def _meant(verb: Verb, bare: str) -> str:
    """How a name or a path is written that stands there alone; "" where no group of the verb has it."""
    own = bare.endswith((".yaml", ".yml")) and [g.name for g in verb.groups if g.name in _MADE_BY_USERS]
    versions = [f"{bare.lower()}-v{n}" for n in range(10)]
    known = [g.name for g in verb.groups if any(name.lower() in (bare.lower(), *versions) for name in choices(g.name))]
    return f": {' or '.join(f'{group}={bare}' for group in own or known)}" if own or known else ""


def _must_be_a_text(verb: Verb, key: str, value: str) -> None:
    """Refuse nothing where a text is wanted: Hydra hands on a typed ``null`` like a key that was not given."""
    if value == "null" and any(entry.name == key and entry.kind == "text" for entry in verb.keys):
        raise InputError(f"{key}=null must be a text; leave it out, and what is usual holds")


def _must_set(verb: Verb, argument: str) -> None:
    """Refuse what Hydra or a shell would take for adding to a value, or for taking one away.

    ``++key=value`` sets a key whether it is there or not, and ``+key=value`` one that is not: a parameter of a chosen
    file, or a choice of a group.
    """
    typed, joined, value = argument.partition("=")
    key = typed.strip("+~")
    listed = verb.name == "compare" and key == "policies"
    if typed.startswith("~"):
        hint = f"write {key}=none" if key in ("population", "tracking") else "leave it out, and what is usual holds"
        hint = "drop=NAME leaves a policy out of the table" if listed else hint
        raise InputError(f"'{argument}': nothing is taken away with '~'; {hint}")
    if joined and typed.endswith("+"):
        hint = f"add={value.strip('[]')} adds to the experiment's" if listed else f"write {key}=… with the whole value"
        raise InputError(f"'{argument}': nothing is added to with '+='; {hint}")
    own = {entry.name for entry in verb.keys if entry.kind != "keys"}
    if joined and typed == f"+{key}" and key in own:
        hint = (
            f"add={value.strip('[]')} adds to the experiment's, {key}=… is the whole list"
            if listed
            else f"write {key}={value}"
        )
        raise InputError(f"'{argument}': the key '{key}' is there already; {hint}")


def _inner_student(key: str, value: str, chosen: Iterable[str]) -> str:
    """Where a key that lies inside a layer's student goes: ``student.student=pfa`` names the whole of it."""
    if not key.startswith("scenario."):
        _must_be_chosen(key, "student", chosen)
        key = f"scenario.{key}"
    return f"{key}.{CHOICE}" if key.endswith(".student") and _SIMPLE.match(value) else key


def choices(group: str) -> list[str]:
    """The choices of a group: the names of its files."""
    return sorted([*config_files(group), *(name for of, name in FREE_CHOICES if of == group)])


def as_typed(override: str) -> str:
    """An override as the user wrote it."""
    key, joined, value = override.partition("=")
    plain = in_full(key.removeprefix("++"))
    typed = plain.replace("scenario.change.", "scenario.").replace("scenario.name", "scenario")
    return typed + joined + value.removesuffix(MINE)


def as_one_key(dotted: str) -> str:
    """A dotted key as one that Hydra takes for a single one: ``student`` and ``student.help`` may both be set."""
    written = "".join(c if _PLAIN.match(c) else "".join(f"${byte:02x}" for byte in c.encode()) for c in dotted)
    return f"${ord(written[0]):02x}{written[1:]}" if written[:1].isdigit() or written[:1] == "-" else written


def in_full(key: str) -> str:
    """What ``as_one_key`` made one, as it was."""
    return _ESCAPED.sub(lambda run: bytes.fromhex(run[0].replace("$", "")).decode(errors="replace"), key)


def _choices(group: Group, value: str, request: Request) -> str:
    """The choice (or choices, for a sweep) as Hydra finds it: the case of a name does not matter, a path is noted."""
    if value[:1] in ("[", "{") or value == "null":  # Hydra would take null for a choice
        raise InputError(f"{group.name}={value} must be one name, or the path of a file")
    if value.endswith((".yaml", ".yml")) and is_file(Path(value).expanduser()):
        return one_of_many(_choice(group, value, request))  # whatever signs are in its name
    if _FOR_HYDRA.match(value):
        return value  # a sweep function such as choice(a, b), or what was quoted
    found = [_choice(group, part, request) for part in parts(value)]
    for name in found if found[1:] else ():
        if "," in name:
            raise InputError(f"{group.name}={value}: a sweep takes no file with a comma in its name, such as '{name}'")
    return ",".join(map(one_of_many, found))


def _choice(group: Group, value: str, request: Request) -> str:
    if value.endswith((".yaml", ".yml")):
        path = Path(value).expanduser()
        if not is_file(path):
            raise InputError(f"{group.name}={value}: there is no such file")
        name = path.stem if path.stem not in choices(group.name) else f"{path.stem}{MINE}"
        before = request.files.setdefault((group.name, name), path)
        if before.resolve() != path.resolve():
            raise InputError(
                f"{group.name}={before},{path}: one sweep cannot have two files of one name; run one after the other"
            )
        return name
    if group.name == "curriculum" and value.endswith((".csv", ".json")):
        raise InputError(f"curriculum={value}: write curriculum.path={value}")
    if group.name == "policy" and "." in value:
        raise InputError(f"policy={value}: write policy._target_={value}")
    known = choices(group.name)
    for name in known:
        if name.lower() == value.lower():
            return name
    raise no_such(group.name, value, known)


def _must_be_given_once(pairs: Sequence[tuple[str, str]], groups: Iterable[str]) -> None:
    for wanted in dict.fromkeys(key for key, _ in pairs):
        values = [value for key, value in pairs if key == wanted]
        if len(values) > 1:
            given, one = " and ".join(f"{wanted}={value}" for value in values), f"give {wanted} once"
            more = f"give one {wanted} (-m runs several, one after the other: {wanted}=a,b)"
            raise InputError(f"{given}: {more if wanted in groups else one}")


def _must_be_for_hydra(key: str, options: Options) -> None:
    """Only a sweep has something of Hydra's that can be set: who starts the jobs, and who chooses the values."""
    if options.cfg or options.info:
        return
    if not options.multirun:
        raise InputError(f"{key}: Hydra's own keys say how a sweep is run: add -m")
    if not key.startswith(_OF_A_SWEEP):
        raise InputError(f"{key} is set by zpdgym itself; of Hydra's own keys a sweep takes {', '.join(_OF_A_SWEEP)}")


def _must_be_chosen(key: str, group: str, chosen: Iterable[str]) -> None:
    if group in chosen:
        return
    own = f"; to change the scenario's own, write scenario.{key}=…" if group in SCENARIO_GROUPS else ""
    raise InputError(f"{key}: choose a {group} first with {group}=…{own}")
