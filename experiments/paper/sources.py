"""Where what was compared comes from: the sources of students, policies, beliefs and scenarios, as BibTeX.

A file of ``configs/student``, ``configs/policy`` and ``configs/scenario`` says so in a line of its own,
``# Source: corbett1995, pardos2011``: keys of ``references.bib`` beside this file; ``zpdgym`` is the project's own.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from zpdgym.errors import InputError

from ...configs.build import CONFIGS, TARGET
from ...configs.yaml_file import read_yaml_file
from ..reading.folder import Folder
from ..store.runs import TEACHER

REFERENCES = Path(__file__).with_name("references.bib")
OWN = "zpdgym"
BELIEFS: Mapping[str, tuple[str, ...]] = {
    "bkt": ("corbett1995",),
    "elo": ("pelanek2016",),
    "fsrs": ("pyfsrs",),
    "half_life": ("settles2016",),
}
"""The kind of a belief -> its sources; the others are the project's own."""
TRAINED_WITH: Mapping[str, tuple[str, ...]] = {
    "Stable-Baselines3": ("raffin2021",),
    "MaskablePPO": ("huang2022",),
}
"""What trains learners -> its sources."""
_MASKED_NETWORKS = ("scorer", "attention")
"""Networks that PPO trains with masks in every scenario; others only where a scenario forbids actions."""
_SOURCE = re.compile(r"^# Source: (.+)$", re.MULTILINE)
_ENTRY = re.compile(r"^@\w+\{(\w+),.*\}$", re.MULTILINE)


@dataclass(frozen=True)
class Used:
    """Something that was compared, and where it comes from.

    Attributes:
        what: "student", "policy", "belief", "scenario" or "training".
        name: what it is called.
        keys: of the references; none where a user's own class says nothing.
    """

    what: str
    name: str
    keys: tuple[str, ...]


def references() -> dict[str, str]:
    """Key -> the entry in BibTeX."""
    text = REFERENCES.read_text(encoding="utf-8")
    return {found[1]: found[0] for found in _ENTRY.finditer(text)}


@functools.cache
def declared(group: str) -> dict[str, tuple[str, ...]]:
    """Name of a file of ``configs/<group>`` -> the keys that it names.

    Raises:
        InputError: a file names none, or one that is no reference.
    """
    known, found = references(), dict[str, tuple[str, ...]]()
    for path in sorted((CONFIGS / group).glob("*.yaml")):
        line = _SOURCE.search(path.read_text(encoding="utf-8"))
        keys = tuple(key.strip() for key in line[1].split(",")) if line else ()
        if not keys or not set(keys) <= {*known}:
            raise InputError(f"{path.name}: '# Source:' must name keys of {REFERENCES.name}, or {OWN}")
        found[path.stem] = keys
    return found


def used_in(folder: Folder) -> list[Used]:
    """Everything that a comparison used, in order: scenarios, students, beliefs, policies, and what trained them."""
    found: dict[tuple[str, str], Used] = {}
    for used in (*_of_scenarios(folder), *_of_policies(folder), *_of_training(folder)):
        found.setdefault((used.what, used.name), used)
    order = ("scenario", "student", "belief", "policy", "training")
    return sorted(found.values(), key=lambda used: order.index(used.what))


def bibliography(used: Sequence[Used]) -> str:
    """The entries of all these as a BibTeX file, and that of zpdgym."""
    known = references()
    keys = sorted({OWN, *(key for one in used for key in one.keys)})
    return "\n".join(known[key] for key in keys) + "\n"


def _of_scenarios(folder: Folder) -> Iterator[Used]:
    for label in folder.compared:
        about = folder.about(label)
        name = str(about.get("name", label))
        yield Used("scenario", name, declared("scenario").get(name, ()))
        sections = cast("Mapping[str, object]", about.get("sections") or {})
        yield from _students(sections.get("student"))
        kind = str(cast("Mapping[str, object]", sections.get("belief") or {}).get("kind", ""))
        if kind:
            yield Used("belief", kind, BELIEFS.get(kind, (OWN,)))


def _students(section: object) -> Iterator[Used]:
    """A student with those inside it."""
    if not isinstance(section, Mapping):
        return
    given = cast("Mapping[str, object]", section)
    if TARGET in given:
        yield Used("student", str(given[TARGET]).rpartition(".")[2], _keys("student", given))
    inner = given.get("students")
    for one in [given.get("student"), *(cast("Sequence[object]", inner) if isinstance(inner, list) else [])]:
        yield from _students(one)


def _of_policies(folder: Folder) -> Iterator[Used]:
    for run in folder.runs:
        spec = cast("Mapping[str, object]", run.run.config()["policy"])
        yield Used("policy", run.base, _keys("policy", spec))


def _of_training(folder: Folder) -> Iterator[Used]:
    for run in folder.runs:
        if not run.run.has(TEACHER):
            continue
        card = cast("Mapping[str, object]", run.run.json(f"{TEACHER}/teacher.json"))
        names = ["Stable-Baselines3"]
        if card.get("algorithm") == "PPO" and (card.get("network") in _MASKED_NETWORKS or card.get("finish")):
            names.append("MaskablePPO")
        yield from (Used("training", name, TRAINED_WITH[name]) for name in names)


def _keys(group: str, spec: Mapping[str, object]) -> tuple[str, ...]:
    """The sources of the shipped file that is most like a specification: of its class, with most values in common."""
    best: tuple[int, str] | None = None
    for name in declared(group):
        shipped = cast("Mapping[str, object]", read_yaml_file(CONFIGS / group / f"{name}.yaml"))
        if shipped.get(TARGET) == spec.get(TARGET):
            alike = sum(spec.get(key) == value for key, value in shipped.items())
            best = max(best, (alike, name)) if best else (alike, name)
    return declared(group)[best[1]] if best else ()
