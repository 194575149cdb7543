"""Scenario files: found by name, read with the defaults of what they leave out, changed number by number."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from zpdgym.errors import InputError, shown, unknown
from zpdgym.files import as_plain as as_plain
from zpdgym.files import is_file
from zpdgym.moved import with_former_names
from zpdgym.names import check_name
from zpdgym.parameters import must_be_keys

from ..configs.build import CHOICE, TARGET, config_files, load, no_such, read_choice, read_yaml, student_section

NAMESPACE = "zpdgym/"
GROUPS = ("student", "population", "curriculum", "schedule")
"""Sections that ``group=choice`` replaces as a whole."""
NEEDED = ("name", "curriculum", "student", "schedule")
UNEXPECTED = "unexpected"
"""In a list of kinds of students: all those that the scenario's file names as unexpected."""
KIND_KEYS = ("name", "student", "population")
REWARDS = ("reward.kind", f"reward.{TARGET}")
"""What says which reward is meant."""
CONTROL = "control"
"""The section of a scenario that nobody may win; others do not have it, not even by default."""
SECTIONS = (
    *NEEDED, CONTROL, "population", "belief", "observe", "actions", "reward", "outcome", "unexpected", "assumptions",
    "sources",
)  # fmt: skip
FIXED = ("name", CONTROL)
"""What a file says and nobody changes beside it."""
DEFAULTS: dict[str, Any] = {
    "population": None,
    "belief": {"kind": "bkt", "source": "fitted"},
    "observe": {},
    "actions": {"finish": False, "finish_after": 0},
    "reward": {"kind": "belief_gain"},
    "outcome": {"primary": "exam", "smallest_difference": 0.02, "mastered_at": None},
    "unexpected": {},
    "assumptions": [],
    "sources": {},
}


def find_scenario(name: str) -> Path:
    """The file of a scenario; see ``Scenario.load`` for what a name may be.

    Raises:
        InputError: there is none, with the nearest name.
    """
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        if not is_file(path):
            raise InputError(f"scenario: there is no file '{name}'")
        return path
    wanted = name.removeprefix(NAMESPACE).lower()
    versions = dict[int, Path]()
    files = config_files("scenario")
    for known, path in files.items():
        stem, _, version = known.rpartition("-v")
        if wanted == known.lower():
            return path
        if wanted == stem.lower() and version.isdigit():
            versions[int(version)] = path
    if not versions:
        raise no_such("scenario", name, files)
    return versions[max(versions)]


def read_scenario(path: Path) -> dict[str, Any]:
    """The sections of a scenario file, with the defaults of those that it leaves out."""
    content = read_yaml(path)
    for key in content:
        if key not in SECTIONS:
            raise unknown(f"key in {path.name}", str(key), SECTIONS)
    missing = [k for k in NEEDED if k not in content]
    if missing:
        raise InputError(f"{path.name}: {', '.join(missing)} missing")
    name = content["name"]
    check_name(str(name) if isinstance(name, int) and not isinstance(name, bool) else name, f"{path.name}: name")
    sections = copy.deepcopy(DEFAULTS)
    sections.update(content)
    if isinstance(sections["student"], str):
        sections["student"] = student_section(sections["student"])
    check_kinds(sections, path.name)
    return sections


def check_kinds(sections: Mapping[str, object], where: str) -> None:
    """Refuse a section that is no section.

    Args:
        sections: all of a scenario's.
        where: what to call the scenario.

    Raises:
        InputError: one holds something else than keys, or a list, or the name.
    """
    for key, value in sections.items():
        kind = list if isinstance(DEFAULTS.get(key), list) else dict
        if not isinstance(value, kind) and key != "name" and not (key == "population" and value is None):
            wanted = "list" if kind is list else "section of keys"
            raise InputError(f"{where}: {key} must be a {wanted}, not {shown(value)}")


def students_by_name(
    listed: Iterable[object], unexpected: Mapping[str, object], where: str
) -> dict[str, Mapping[str, object]]:
    """Kinds of students as a file lists them, each with the sections that it changes (``Scenario.with_students``).

    Args:
        listed: each the name of one of the scenario's unexpected kinds, else of a file of ``configs/student`` or its
            path (all students alike); "unexpected" for all of the former; or keys: ``name``, and ``student`` or
            ``population`` or both.
        unexpected: the scenario's unexpected kinds.
        where: the key of the list, for messages.

    Raises:
        InputError: an unknown name or key, or a name that is there twice.
    """
    found = dict[str, Mapping[str, object]]()
    for kind in listed:
        several = kind == UNEXPECTED
        for name, section in list(unexpected.items()) if several else [_kind(kind, unexpected, where)]:
            if name in found:
                raise InputError(f"{where}: {name!r} is there twice; give one another name")
            found[name] = cast("Mapping[str, object]", section)
    return found


def _kind(kind: object, unexpected: Mapping[str, object], where: str) -> tuple[str, object]:
    """Name and sections of one kind of students."""
    if isinstance(kind, str):
        if kind in unexpected:
            return kind, unexpected[kind]
        students = config_files("student")
        if not kind.endswith((".yaml", ".yml")) and kind not in students:
            raise unknown(f"kind {where}.", kind, {*unexpected, *students})
        return Path(kind).stem, {"student": student_section(kind), "population": None}
    if not isinstance(kind, Mapping):
        raise InputError(f"{where}: {kind!r} must be a name, or keys: {', '.join(KIND_KEYS)}")
    given = cast("Mapping[str, object]", kind)
    for key in given:
        if key not in KIND_KEYS:
            raise unknown(f"key {where}.", str(key), KIND_KEYS)
    if "name" not in given or len(given) == 1:
        raise InputError(f"{where}: give each kind a name, and a student or a population, or both")
    section = {key: given[key] for key in ("student", "population") if key in given}
    if isinstance(population := section.get("population"), str):
        section["population"] = read_choice("population", population)
    return str(given["name"]), section


def short_hash(sections: Mapping[str, object]) -> str:
    """Four hexadecimal digits that tell resolved sections apart."""
    text = json.dumps(with_former_names(sections), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:4]


def set_numbers(sections: dict[str, Any], change: Mapping[str, object]) -> None:
    """Set single numbers of a scenario's sections, by dotted key or nested.

    Raises:
        InputError: no keys, a key that is not a scenario's, or lies below a number.
    """
    must_be_keys(change, "change", "section.key: value")
    flat = _flat(change)
    if any(key in REWARDS for key, _ in flat):  # another reward takes nothing over from the one that goes
        sections["reward"] = {}
    for key, value in sorted(flat, key=_whole_first):
        _set(sections, key, value)


def given_keys(
    replace: Mapping[str, object],
    change: Mapping[str, object],
    before: Mapping[str, object],
    sections: Mapping[str, object],
) -> dict[str, bool]:
    """What was said beside a scenario's file, by dotted key -> whether its section is another than before."""
    keys = [*replace, *(key for key, _ in _flat(change))]
    return {key: sections[key.partition(".")[0]] != before[key.partition(".")[0]] for key in keys}


def follow_students(sections: dict[str, object], before: Mapping[str, object]) -> None:
    """Put the curriculum of the new students in the place of the former ones' own.

    Args:
        sections: of a scenario, with the new students.
        before: the specification of the former students.
    """
    if sections["curriculum"] == _own_curriculum(before):
        sections["curriculum"] = (
            _own_curriculum(cast("Mapping[str, object]", sections["student"])) or sections["curriculum"]
        )


def _own_curriculum(student: Mapping[str, object]) -> dict[str, object] | None:
    """The curriculum that students of this specification have of their own; None: they learn what they are given.

    Layers have that of the student inside; students of a mixture may each have another.
    """
    inside: object = student.get("student")
    if isinstance(inside, Mapping):
        return _own_curriculum(cast("Mapping[str, object]", inside))
    if TARGET not in student:
        return None  # building it says so
    find = getattr(load(str(student[TARGET]), f"student.{TARGET}"), "own_curriculum", None)
    return None if find is None else find(student)


def _flat(change: Mapping[str, object], prefix: str = "") -> list[tuple[str, object]]:
    """Nested or dotted keys as dotted keys; lists and leaves are values."""
    flat: list[tuple[str, object]] = []
    for key, value in change.items():
        if isinstance(value, Mapping) and value:
            flat += _flat(cast("Mapping[str, object]", value), f"{prefix}{key}.")
        else:
            flat.append((f"{prefix}{key}", cast("object", value)))
    return flat


def _whole_first(change: tuple[str, object]) -> tuple[bool, int]:
    """Whole students are chosen before their numbers are set, outer ones before inner ones."""
    key = change[0]
    whole = key.startswith("student.") and key.rpartition(".")[2] in (CHOICE, "student", "students")
    return (not whole, key.count(".") if whole else 0)


def _set(sections: dict[str, Any], key: str, value: object) -> None:
    parts = key.split(".")
    if parts[0] not in SECTIONS or parts[0] in FIXED:
        raise unknown("key scenario.", parts[0], [s for s in SECTIONS if s not in FIXED])
    at = sections
    for depth, part in enumerate(parts[:-1]):
        below: object = at.get(part)
        if below is None:
            below = at[part] = dict[str, object]()
        if not isinstance(below, dict):
            raise InputError(f"scenario.{'.'.join(parts[: depth + 1])} holds no keys; cannot set '{key}'")
        at = cast("dict[str, object]", below)
    if parts[0] == "student" and parts[-1] == CHOICE:
        at.clear()
    elif parts[0] == "student" and parts[-1] == "students":
        for name in ("shares", "names"):  # they belong to the students that go
            at.pop(name, None)
    at[parts[-1]] = value
