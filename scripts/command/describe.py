"""What one student, policy, scenario or cluster is: its parameters with range, unit and meaning, and its page."""

from __future__ import annotations

import inspect
import itertools
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from zpdgym.configs.build import CHOICE, CONFIGS, TARGET, config_files, load, read_yaml
from zpdgym.configs.trust import printed
from zpdgym.errors import InputError, unknown
from zpdgym.files import is_file
from zpdgym.parameters import Row, rows

if TYPE_CHECKING:
    from zpdgym.envs.scenario import Scenario

WIDTH = 100
_PAGE = "# Page: "
_GIVEN = ("curriculum", "population")  # arguments of a student that the scenario gives
_HEADS = ("parameter", "default", "range", "unit", "meaning")
_WIDEST = (24, 20, 22, 22)  # of every column but the last


def describe_student(name: str) -> str:
    """A student model, as plain text.

    Raises:
        InputError: there is no such student, with the nearest name.
    """
    path, section = _found("student", name)
    target = load(str(section[TARGET]), "student")
    facts = {
        "class": section[TARGET],
        "page": _page(path) or "docs/students/index.md",
        "inside": _inside(section),
        "try it": f"zpdgym evaluate scenario=practice student={_typed(path)} policy=mastery{printed()}",
    }
    parts = [*_head("student", path, target), _facts(facts), _parameters(target, section, "student.")]
    if traits := getattr(target, "TRAITS", {}):
        parts += ["\nwhat differs from student to student (traits, for population=)"]
        parts += _columns(list(traits.items()), (24,), indent=2)
    return "\n".join(parts)


def describe_policy(name: str) -> str:
    """A policy, as plain text.

    Raises:
        InputError: there is no such policy, with the nearest name.
    """
    path, section = _found("policy", name)
    target, made = load(str(section[TARGET]), "policy"), made_of(path)
    tune, kind = section.get("tune") or {}, kind_of(made)
    needed = "".join(f" policy.{name}=…" for name in _needed(target, section))
    verb = "train" if kind == "learnt" and not needed else "evaluate"
    facts = {
        "class": section[TARGET],
        "kind": kind,
        "looks at": ", ".join(sorted(getattr(made, "needs", ()))),
        "page": _page(path) or "docs/policies/index.md",
        "try it": f"zpdgym {verb} scenario=kt6kc policy={_typed(path)}{needed}{printed()}",
    }
    parts = [*_head("policy", path, target), _facts(facts), _parameters(target, section, "policy.")]
    if tune.get("space"):
        budget = f"; at most {tune['budget']} settings" if "budget" in tune else ""
        values = [(key, _choices_in_words(choice)) for key, choice in tune["space"].items()]
        parts.append(f"\ntuned on validation students (parameter: values to choose from{budget})")
        parts += _columns(values, (24,), indent=2)
    return "\n".join(parts)


def describe_cluster(name: str) -> str:
    """Where runs can be made, as plain text.

    Raises:
        InputError: there is no such cluster, with the nearest name.
    """
    path, section = _found("cluster", name)
    target = load(str(section[TARGET]), "cluster")
    needed = "".join(f" cluster.{key}=…" for key in _needed(target, section))
    facts = {
        "class": section[TARGET],
        "page": _page(path) or "docs/how-to/many-machines.md",
        "try it": f"zpdgym compare experiment=quickstart cluster={_typed(path)}{needed}{printed()}",
    }
    return "\n".join([*_head("cluster", path, target), _facts(facts), _parameters(target, section, "cluster.")])


def _choices_in_words(choice: Mapping[str, object] | Sequence[object]) -> str:
    """A list of values, or a range, that a tuning chooses from."""
    if not isinstance(choice, Mapping):
        return ", ".join(_short(value) for value in choice)
    words = {"whole": "whole numbers ", "log": "by ratios "}
    kind = "".join(text for key, text in words.items() if choice.get(key))
    return f"{kind}from {choice.get('low')} to {choice.get('high')}"


def describe_scenario(name: str) -> str:
    """A scenario, as plain text.

    Raises:
        InputError: there is no such scenario, with the nearest name.
    """
    from zpdgym.envs.reward import KINDS
    from zpdgym.envs.scenario import Scenario
    from zpdgym.envs.scenario_file import find_scenario

    path = find_scenario(name)
    scenario = Scenario.load(str(path) if name.endswith((".yaml", ".yml")) else name)
    curriculum, outcome, sources = scenario.curriculum, scenario.outcome, scenario.sections["sources"]
    finish = f"an item; or the end of the teaching, from lesson {scenario.finish_after} on"
    facts = {
        "page": _scenario_page(scenario, path),
        "curriculum": f"{curriculum.n_skills} skills, {curriculum.n_items} items",
        "students": _students(scenario),
        "schedule": _schedule(scenario),
        "observation": f"a row for each of the {scenario.rows}: {', '.join(scenario.column_names)}",
        "action": finish if scenario.finish else "an item",
        "reward": f"{scenario.reward}: {KINDS.get(str(scenario.reward), 'of your own')}",
        "outcome": f"{outcome.primary}; differences below {outcome.smallest_difference:g} are not worth having",
        "unexpected": ", ".join(scenario.sections["unexpected"]) or "no other kinds of students",
        "sources": f"{len(sources)} of its choices say where they come from",
        "try it": f"zpdgym evaluate scenario={_typed(path)} policy=mastery{printed()}",
    }
    changes = [("key", "value", "range", "unit"), *(row[:4] for row in _changeable(scenario))]
    title = "what can be changed (scenario.KEY=VALUE; student=, population=, … replace a whole section)"
    head = [f"scenario {scenario.name}", *textwrap.wrap(_sentence(path), WIDTH), ""]
    return "\n".join([*head, _facts(facts), "", title, *_columns(changes, (38, 30, 14), indent=2)])


def describe_schedule(name: str) -> str:
    """A schedule, as plain text, and in what the others differ from it.

    Raises:
        InputError: there is no such schedule, with the nearest name.
    """
    from zpdgym.envs.schedule import Schedule

    path, files = _file_of("schedule", name), config_files("schedule")
    schedule = Schedule.from_section(read_yaml(path))
    each, days = schedule.total / schedule.sessions, schedule.total_days
    unit = "minutes" if schedule.by_minutes else "lessons"
    facts = {
        "sessions": f"{schedule.sessions}, {each:g} {unit} each; {schedule.total:g} in all",
        "days": f"{days:g} from the first session to the last; exam {schedule.retention_days:g} after that",
        "page": "docs/scenarios/index.md",
        "try it": f"zpdgym evaluate scenario=algebra schedule={_typed(path)} policy=mastery",
    }
    others = list[tuple[str, str]]()
    for other, file in files.items():
        if file != path:
            found = Schedule.from_section(read_yaml(file)).differences(schedule)
            only = " alone" if len(found) == 1 else f" ({len(found)} things)" if found else ""
            others.append((other, f"{', '.join(found)}{only}" if found else "nothing"))
    head = [f"schedule {path.stem}", *textwrap.wrap(_sentence(path), WIDTH), "", _facts(facts)]
    return "\n".join([*head, "", "in what the others differ from it", *_columns(others, (24,), indent=2)])


def describe_experiment(name: str) -> str:
    """An experiment, as plain text: what its file says about it, and every key that it has.

    Raises:
        InputError: there is no such experiment, with the nearest name, or its file is none.
    """
    from zpdgym.experiments.runs.lineup import REFERENCES
    from zpdgym.experiments.runs.specification import KEYS, Experiment

    path = _file_of("experiment", name)
    experiment = Experiment.of({"name": path.stem, **read_yaml(path)})
    told = {key: getattr(experiment, key) for key in KEYS}
    facts = {
        "reference lines": f"{', '.join(REFERENCES)}; and a bound or a policy that looks inside the students",
        "page": _page(path) or "docs/evidence.md",
        "try it": f"zpdgym compare experiment={_typed(path)}{printed()}",
    }
    return _compared("experiment", path, told, facts)


def describe_matrix(name: str) -> str:
    """A robust evaluation matrix, likewise.

    Raises:
        InputError: there is no such matrix, with the nearest name, or its file is none.
    """
    from zpdgym.experiments.runs.specification import Experiment, full_matrix

    path = _file_of("matrix", name)
    told = full_matrix({"name": path.stem, **read_yaml(path)})
    Experiment.of_matrix(told)
    page, command = "docs/robustness.md", f"zpdgym robustness matrix={_typed(path)}{printed()}"
    return _compared("matrix", path, told, {"page": _page(path) or page, "try it": command})


def _compared(group: str, path: Path, told: Mapping[str, object], more: dict[str, str]) -> str:
    """What is compared with what: names of scenarios, students and policies, then all other keys."""
    lists = ("scenarios", "train_on", "students", "unseen", "policies")
    entries = {key: cast("Sequence[str | Mapping[str, object]]", told[key]) for key in lists if told.get(key)}
    named = {key: ", ".join(map(_named, listed)) for key, listed in entries.items()}
    numbers = [(key, _cut(_short(value))) for key, value in told.items() if key not in lists]
    title = "\nwhat can be changed (KEY=VALUE)"
    return "\n".join(
        [f"{group} {path.stem}", *_comment(path), "", _facts(named | more), title, *_columns(numbers, (24,), indent=2)]
    )


def _named(entry: str | Mapping[str, object]) -> str:
    """What a list calls one of its scenarios, kinds of students or policies."""
    if isinstance(entry, str):
        return entry
    return str(entry.get("name") or entry.get("scenario") or entry.get("policy") or entry.get(TARGET))


def _comment(path: Path) -> list[str]:
    """The whole comment at the head of a file, without the lines that name pages and sources."""
    lines = itertools.takewhile(lambda line: line.startswith("#"), path.read_text(encoding="utf-8").splitlines())
    said = " ".join(line.lstrip("# ").strip() for line in lines if not line.startswith((_PAGE, "# Source: ")))
    return textwrap.wrap(said, WIDTH)


def made_of(path: Path) -> Any:
    """The policy that a file describes; its class, where the file leaves out what it needs (a saved teacher's path).

    None where the file leaves the class to another file.
    """
    from zpdgym.agents.registry import build_policy

    section = read_yaml(path)
    if TARGET not in section:
        return None
    target = load(str(section[TARGET]), f"policy {path.stem}")
    return target if _needed(target, section) else build_policy(str(path))


def _needed(target: Any, section: Mapping[str, Any]) -> list[str]:
    """The parameters without a default that a section does not set."""
    arguments = inspect.signature(target).parameters.values()
    asked = [a.name for a in arguments if a.default is a.empty and a.kind not in (a.VAR_POSITIONAL, a.VAR_KEYWORD)]
    return [name for name in asked if name not in section]


def kind_of(policy: Any) -> str:
    """What kind of policy it is: a rule, a learner, or one who looks inside the students; of None, a rule."""
    if getattr(policy, "privileged", False):
        return "privileged"
    return "learnt" if getattr(policy, "learnt", False) else "baseline"


def _file_of(group: str, name: str) -> Path:
    """The file of that name, or at that path.

    Raises:
        InputError: there is none, with the nearest name.
    """
    files = config_files(group)
    by_name = {known.lower(): path for known, path in files.items()}
    path = Path(name) if name.endswith((".yaml", ".yml")) else by_name.get(name.lower())
    if path is None:
        raise unknown(group, name, files)
    if not is_file(path):
        raise InputError(f"{group}: there is no file '{name}'")
    return path


def _found(group: str, name: str) -> tuple[Path, dict[str, Any]]:
    """The file of a student or policy, and its section."""
    path = _file_of(group, name)
    section = read_yaml(path)
    if TARGET not in section:
        raise InputError(f"{path}: the key '{TARGET}' is missing: it names the class")
    return path, section


def _head(group: str, path: Path, target: Any) -> list[str]:
    said = _sentence(path) or (inspect.getdoc(target) or "").partition("\n")[0]
    return [f"{group} {path.stem}", *textwrap.wrap(said, WIDTH), ""]


def _sentence(path: Path) -> str:
    """The first comment line of a configuration file; "" where it begins with something else."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return first.lstrip("# ").strip() if first.startswith("#") else ""


def _page(path: Path) -> str:
    """The page that the comment at the head of a file names."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix(_PAGE).strip() for line in lines if line.startswith(_PAGE)), "")


def _typed(path: Path) -> str:
    """What stands behind ``student=``: the name of a file that is found by it, else its path."""
    return path.stem if path in config_files(path.parent.name).values() else str(path)


def _inside(section: Mapping[str, Any]) -> str:
    """Who is inside a layer or a mixture."""
    inner = section.get("students") or ([section["student"]] if section.get("student") else [])
    words = [str(one.get(CHOICE, one.get(TARGET))) if isinstance(one, Mapping) else str(one) for one in inner]
    return f"{', '.join(words)} (student.student=NAME takes another)" if len(words) == 1 else ", ".join(words)


def _parameters(target: Any, section: Mapping[str, Any], prefix: str) -> str:
    """The table of parameters, as declared; of a class that declares none, its defaults."""
    from zpdgym.agents.registry import NOT_ARGUMENTS

    none = NOT_ARGUMENTS if prefix == "policy." else _GIVEN
    values = {key: value for key, value in section.items() if key != TARGET and key not in none}
    found = [row._replace(default=_cut(row.default)) for row in rows(target, values) if row.name not in none]
    if not found:
        return "\nno parameters"
    title = f"\nparameters ({prefix}KEY=VALUE)"
    if not getattr(target, "PARAMETERS", None):
        title += "; the class declares no ranges, see its page or docstring"
        table = [row[:2] for row in (Row(*_HEADS), *found)]
        return "\n".join([title, *_columns(table, (26,), indent=2)])
    return "\n".join([title, *_columns([_HEADS, *found], (24, 20, 18, 20), indent=2)])


def _changeable(scenario: Scenario) -> Iterator[Row]:
    """Every key of a scenario that ``scenario.KEY=VALUE`` can change, with its value; of students the range too."""
    from zpdgym.envs.scenario_file import DEFAULTS, GROUPS

    for group in (*GROUPS, "belief", "observe", "actions", "reward", "outcome"):
        section = scenario.sections[group]
        if section is None:
            yield Row(group, "none", "", "", "")
            continue
        values = {**(DEFAULTS.get(group) or {}), **section}
        if TARGET in section:
            declared = rows(load(str(section[TARGET]), group), section)
            for row in declared:
                if row.name not in _GIVEN and not isinstance(values.get(row.name), Mapping):
                    value = values.pop(row.name, None)
                    shown = row.default if value is None else _short(value)
                    yield row._replace(name=f"{group}.{row.name}", default=_cut(shown))
        for key, value in _leaves(values):
            yield Row(f"{group}.{key}", _cut(_short(value)), "", "", "")
    for kind, sections in scenario.sections["unexpected"].items():
        yield Row(f"unexpected.{kind}", f"another {' and another '.join(sections)}", "", "", "")


def _leaves(section: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in section.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        elif key != TARGET:
            yield f"{prefix}{key}", value


def _students(scenario: Scenario) -> str:
    population = scenario.student.population
    names = population.group_names
    groups = f"{len(names)} groups: {', '.join(names)}" if len(names) > 1 else "one group"
    differ = "who differ" if scenario.sections["population"] else "all alike"
    return f"{scenario.sections['student'][TARGET]}, {differ}; {groups}"


def _schedule(scenario: Scenario) -> str:
    schedule = scenario.schedule
    lessons = schedule.horizon(scenario.curriculum.minutes)
    each = f"{schedule.session_minutes:g} minutes" if schedule.by_minutes else f"{schedule.session_lessons} lessons"
    sessions = f"{schedule.sessions} sessions of {each}" if schedule.sessions > 1 else f"one session of {each}"
    exam = f"exam {schedule.retention_days:g} days later" if schedule.retention_days else "exam at once"
    return f"{sessions}, {lessons} lessons at most; {exam}"


def _scenario_page(scenario: Scenario, path: Path) -> str:
    ours = path.parent.parent == CONFIGS
    return f"docs/scenarios/{scenario.name}.md" if ours else "docs/scenarios/index.md"


def _short(value: Any) -> str:
    """A value in a few words: long lists are counted."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list | tuple):
        numbers = [v for v in value if isinstance(v, int | float) and not isinstance(v, bool)]
        if len(numbers) == len(value) > 6:
            return f"{len(value)} numbers, {min(numbers):g} … {max(numbers):g}"
        if any(isinstance(v, Mapping | list) for v in value):
            return f"a list of {len(value)}"
        return f"[{', '.join(_short(v) for v in value)}]"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_short(inner)}" for key, inner in value.items()) or "{}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cut(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _facts(facts: Mapping[str, str]) -> str:
    return "\n".join(_columns([(name, text) for name, text in facts.items() if text], (24,)))


def _columns(table: Iterable[Sequence[str]], widest: Sequence[int], *, indent: int = 0) -> list[str]:
    """A table as lines; each column is as wide as it needs, at most as given, and the last takes what is left."""
    table = [tuple(row) for row in table]
    widths = [min(most, max(len(row[i]) for row in table) + 2) for i, most in enumerate(widest)]
    widths.append(WIDTH - indent - sum(widths))
    lines = list[str]()
    for row in table:
        cells = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            line = "".join(f"{part:<{width}}" for part, width in zip(parts, widths, strict=True))
            lines.append(f"{' ' * indent}{line}".rstrip())
    return lines


def _wrapped(cell: str, width: int) -> list[str]:
    return textwrap.wrap(cell, width - 2, break_on_hyphens=False) or [""]
