"""What a scenario's file says of its numbers, as far as it still holds after sections and numbers were changed."""

from __future__ import annotations

import inspect
import statistics
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...configs.build import TARGET, load
from ..figures.words import KINDS, capital
from ..language.translate import in_files, tr

if TYPE_CHECKING:
    from ...envs.scenario import Scenario

WORDS = {"student": "students", "population": "population", "curriculum": "curriculum", "schedule": "schedule"}
FILE = "zpdgym.students.read_curriculum"
MEDIANS = (
    "The pupils that no teacher expects have numbers for every skill of the scenario's own curriculum. Here every "
    "skill gets the one in the middle."
)
OF_THE_MIDDLE = "the one in the middle of the numbers that the scenario gives for its skills"
READABLE = 80
"""Settings longer than this are not read in a sentence."""
GUESS = "prior: "
"""How sources begin that are guesses."""
SAID_OF = ("student", "population", "curriculum")
"""The sections that a scenario's assumptions are mostly about: with another one in its place, none is repeated."""


def origin(scenario: Scenario) -> dict[str, Any]:
    """The assumptions and sources that hold for a scenario, and what stands in for those that do not.

    A scenario that differs from its file repeats only what the change has left true. Its file is the bundled one of its
    name; where there is none, nothing that the file says is known to hold.

    Returns:
        ``assumptions`` (plain sentences), ``sources`` (key -> where the number comes from) and ``changes`` (sentences
        on what was replaced or changed; empty for a scenario as in its file), ``replaced`` (names of sections).
    """
    sections = scenario.sections
    assumptions, sources = list(sections["assumptions"]), dict(sections["sources"])
    if scenario.label == scenario.name:
        return {"assumptions": assumptions, "sources": sources, "changes": [], "replaced": []}
    original = _file(scenario.name)
    if original is None:
        lost = (
            f"This scenario differs from the file of {scenario.name}, which is not at hand: its assumptions and "
            "sources may no longer hold and are left out."
        )
        return {"assumptions": [], "sources": {}, "changes": [lost], "replaced": []}
    said = {"assumptions", "sources"}
    different = [name for name in sections if name not in said and sections[name] != original[name]]
    replaced = [name for name in different if name in WORDS and _is_other(name, original[name], sections[name])]
    changes = [_in_place(name, sections[name]) for name in replaced]
    for name in replaced:
        sources = {key: text for key, text in sources.items() if key.partition(".")[0] != name}
        sources[name] = _your_own(name, sections[name])
    found = [
        difference
        for name in different
        if name not in replaced
        for difference in _changed(original[name], sections[name], name)
    ]
    evened = {key: value for key, before, value in found if "curriculum" in replaced and _is_middle(value, before)}
    changed = {key: value for key, _, value in found if key not in evened}
    sources = _with_changed(sources, changed)
    sources |= {key: f"{_plain(value)}: {OF_THE_MIDDLE}" for key, value in evened.items()}
    if any(name in SAID_OF for name in replaced):
        changes.append(f"The assumptions that {scenario.name} states no longer apply and are left out.")
        assumptions = []
    elif replaced or changed:
        changes.append("Where a sentence above speaks of what was replaced or changed, the new values hold.")
    if changed:
        given = ", ".join(f"{key} = {_plain(value)}" for key, value in changed.items())
        changes.insert(len(replaced), f"Changed for this experiment: {given}.")
    if evened:
        changes.insert(len(replaced), MEDIANS)
    return {"assumptions": assumptions, "sources": sources, "changes": changes, "replaced": replaced}


def of_unexpected(about: Mapping[str, Any], kind: str) -> str:
    """What kind of students a scenario calls by this name, in a sentence or two; nothing where nothing is known."""
    from ...configs.build import CONFIGS

    sections = about.get("sections") or {}
    section = (sections.get("unexpected") or {}).get(kind) or {}
    ours = (CONFIGS / "scenario" / f"{about.get('name')}.yaml").is_file()
    said = (tr(KINDS[kind]) if ours and kind in KINDS else None) or _of_the_family(kind, section.get("student"))
    source = str((about.get("sources") or {}).get(f"unexpected.{kind}", ""))
    guess = source.startswith(GUESS)
    source = source.removeprefix(GUESS)
    if not said:
        return in_files(f"{capital(source)}." if source else "")
    if not source:
        return said
    parts = {"said": said.removesuffix("."), "source": in_files(source)}
    return tr("{said} ({source}; a prior guess).", **parts) if guess else tr("{said} ({source}).", **parts)


def _of_the_family(kind: str, student: Any) -> str | None:
    """What the bundled file of this name says at its head, or the first one of the same class."""
    from ...configs.build import CONFIGS, read_yaml

    files = sorted((CONFIGS / "student").glob("*.yaml"))
    target = student.get(TARGET) if isinstance(student, Mapping) else None
    named = [path for path in files if path.stem in (kind, student)]
    alike = [path for path in files if target and (read_yaml(path) or {}).get(TARGET) == target]
    return in_files(_head(found[0])) if (found := named or alike) else None


def _file(name: str) -> dict[str, Any] | None:
    """The sections of the bundled file of this name."""
    from ...configs.build import CONFIGS
    from ...envs.scenario_file import read_scenario

    path = CONFIGS / "scenario" / f"{name}.yaml"
    return read_scenario(path) if path.is_file() else None


def _is_other(name: str, original: Any, section: Any) -> bool:
    """Whether a section is another one, not the original with some other numbers."""
    if name == "curriculum" or not isinstance(original, Mapping) or not isinstance(section, Mapping):
        return True
    other = original.get(TARGET) != section.get(TARGET) or not set(original) <= set(section)
    return other or _bundled_sentence(name, section) is not None


def _in_place(name: str, section: Any) -> str:
    """In words, what was put in the place of a section."""
    if section is None:
        return f"The {WORDS[name]} of the scenario was taken out: all pupils have the same parameters."
    if file := _file_of(name, section):
        whose = "the bundled one" if _bundled(section) else "your own"
        return f"The curriculum is {whose}, from the file {file}."
    verb = "were" if name == "student" else "was"
    if name == "student" and (meaning := _bundled_sentence(name, section)):
        return f"The students of the scenario were replaced. {meaning}"
    said = f"The {WORDS[name]} of the scenario {verb} replaced: {_readable(section)}."
    meaning = _docstring(section) if name == "student" else None
    return f"{said} {meaning}" if meaning else said


def _your_own(name: str, section: Any) -> str:
    """Where the numbers of a replacing section come from: "your own (halver.Halver), learn=0.2"."""
    if section is None:
        return "taken out for this experiment"
    if file := _file_of(name, section):
        return f"{'bundled' if _bundled(section) else 'your own'}: {file}"
    ours = str(section.get(TARGET, "zpdgym.")).startswith("zpdgym.")
    return f"{'chosen for this experiment' if ours else 'your own'}: {_named(section)}"


def _bundled(section: Mapping[str, object]) -> bool:
    """Whether a curriculum's file is one of ours: those are found by their bare names."""
    from ...configs.build import CONFIGS

    name = str(section["path"])
    return Path(name).name == name and (CONFIGS / "curriculum" / name).is_file()


def _file_of(name: str, section: Any) -> str | None:
    """The file that a curriculum was read from, without its folder; None: it was made by a rule."""
    of_a_file = name == "curriculum" and section.get(TARGET, FILE) == FILE and "path" in section
    return Path(str(section["path"])).name if of_a_file else None


def _named(section: Mapping[str, object]) -> str:
    """A section in one line: the class, one of ours without its module, and what it is given."""
    target = str(section.get(TARGET, ""))
    who = target.rpartition(".")[2] if target.startswith("zpdgym.") else target
    given = [f"{key}={_plain(value)}" for key, value in section.items() if key != TARGET]
    return ", ".join([who, *given] if who else given)


def _readable(section: Mapping[str, object]) -> str:
    """The same for a sentence: settings that nobody could read in it are left to the sources."""
    whole = _named(section)
    if len(whole) <= READABLE and not any(isinstance(value, Mapping | list | tuple) for value in section.values()):
        return whole
    who = str(section.get(TARGET, "")).rpartition(".")[2]
    return f"{who or 'settings of its own'} (its numbers stand among the sources)"


def _with_changed(sources: Mapping[str, str], changed: Mapping[str, object]) -> dict[str, str]:
    """Sources with the changed numbers; one that speaks for a whole section says what it no longer covers."""
    found = {}
    for key, text in sources.items():
        section = _section(key)
        here = [
            other for other in changed if _section(other) == section or (key == "unexpected" and other.startswith(key))
        ]
        own = [other for other in here if other == key or other.startswith(f"{key}.")]
        if key not in changed:
            found[key] = f"{text} ({', '.join(own or here)} changed for this experiment)" if here else text
    return found | {key: f"changed to {_plain(value)} for this experiment" for key, value in changed.items()}


def _section(key: str) -> str:
    """What a source speaks about together: a section, or one kind of unexpected students."""
    parts = key.split(".")
    return ".".join(parts[: 2 if parts[0] == "unexpected" else 1])


def _is_middle(value: object, before: object) -> bool:
    """Whether one number stands for a list of them, because no curriculum but the scenario's own has as many skills."""
    if not isinstance(before, list) or not isinstance(value, int | float):
        return False
    numbers = [v for v in typing.cast("list[object]", before) if isinstance(v, int | float)]
    return bool(numbers) and len(numbers) == len(before) and abs(statistics.median(numbers) - value) < 1e-9


def _changed(original: Any, section: Any, prefix: str) -> Iterator[tuple[str, object, object]]:
    """Dotted keys whose values differ, with the old and the new ones."""
    if not isinstance(original, Mapping) or not isinstance(section, Mapping):
        yield prefix, original, section
        return
    for key in dict.fromkeys([*original, *section]):
        before, now = original.get(key), section.get(key)
        if before != now:
            yield from _changed(before, now, f"{prefix}.{key}")


def _bundled_sentence(group: str, section: Any) -> str | None:
    """The comment at the head of the file in ``configs/`` that holds exactly this section; None: there is none."""
    from ...configs.build import CONFIGS, read_yaml

    for path in sorted((CONFIGS / group).glob("*.yaml")):
        if read_yaml(path) == section:
            return _head(path)
    return None


def _head(path: Path) -> str:
    """The comment at the head of a file."""
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("#").strip()


def _docstring(section: Mapping[str, Any]) -> str | None:
    """The first sentence of what a class says of itself."""
    words = inspect.getdoc(load(str(section[TARGET]), "student")) or ""
    return " ".join(words.partition("\n\n")[0].split()) or None


def _plain(value: Any) -> str:
    """A value in a sentence; long lists are only counted."""
    if isinstance(value, Mapping) and TARGET in value:
        inner = _named(value)
        who, count = inner.partition(",")[0], len(value) - 1
        return f"{who} with {count} settings" if len(inner) > READABLE else f"({inner})"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key}: {_plain(inner)}" for key, inner in value.items())
        return f"{len(value)} keys" if len(inside) > 80 else f"{{{inside}}}"
    if isinstance(value, list | tuple):
        inside = ", ".join(_plain(inner) for inner in value)
        return f"{len(value)} values" if len(inside) > 80 else f"[{inside}]"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
