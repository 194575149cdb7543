"""A scenario as an experiment names it: which keys it has, read in one place by whoever takes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from zpdgym.errors import InputError, Violations, nearest, shown, unknown

from .arguments import Named
from .grid import CHANGED, DRAW, FIT_TO, FITS, SECTIONS

if TYPE_CHECKING:
    from .specification import Experiment

ENTRY_KEYS = ("name", "scenario", "replace", "change")
"""What it is called, which scenario it is, whole sections by other choices, and single numbers by their dotted keys."""
INSIDE = {"replace": "section: name of a file, or the section itself", "change": "section.key: value"}
"""How what stands in an entry's keys is written."""


def must_be_entry(entry: object, where: str) -> None:
    """Refuse wrong keys of a scenario, before what they hold is looked at.

    Args:
        entry: a name, a path, or a mapping.
        where: the key of the experiment that it stands under.

    Raises:
        InputError: all that is wrong, with what was probably meant.
    """
    if not isinstance(entry, Mapping):
        return
    given, wrong = cast("Mapping[object, object]", entry), Violations(where)
    for key, value in given.items():
        wrong.unless(key in ENTRY_KEYS, _stray(str(key), value))
    if "scenario" in given:
        named = given["scenario"]
        wrong.unless(isinstance(named, str), f"scenario={shown(named)} must be a name, or the path of a file")
    else:
        wrong.unless(False, f"{shown(dict(given))} must say which scenario it is: scenario: NAME")
    for part, words in INSIDE.items():
        inside = given.get(part)
        keyed = inside is None or isinstance(inside, Mapping)
        wrong.unless(keyed, f"{part}={shown(inside)} must be keys: {words}")
        for key, value in cast("Mapping[object, object]", inside if isinstance(inside, Mapping) else {}).items():
            hint = _where_it_goes(str(key), value)
            if hint is not None and not hint.startswith(part) and _is_misplaced(part, str(key), value):
                wrong.unless(False, f"{part}: {key}: {shown(value)} has no place there: write {hint}")
    wrong.raise_any()


def must_have_effect(experiment: Experiment) -> None:
    """Refuse what a scenario sets and every cell of the grid sets otherwise, for no run would have it.

    Raises:
        InputError: there is such a thing.
    """
    for entry in experiment.scenarios:
        for where, axis in overruled(entry, experiment).items():
            name = entry.get("name", entry["scenario"]) if isinstance(entry, Mapping) else entry
            part, _, key = where.partition(".")
            raise InputError(
                f"experiment.scenarios: {name} sets {key} ({part}), and grid.{axis.removeprefix('scenario.')} sets it "
                "in every cell: leave one of them out"
            )


def overruled(entry: Named, experiment: Experiment) -> dict[str, str]:
    """What a scenario sets beside a grid that sets it in every cell: "change.student.forget" -> the axis.

    It does count where a tutor is to know the students of the scenario without the grid.
    """
    axes = experiment.grid
    if not isinstance(entry, Mapping) or FITS[1] in (experiment.belief["fit_to"], *axes.get(FIT_TO, ())):
        return {}
    found, replaced, changed = dict[str, str](), entry.get("replace") or {}, _dotted(entry.get("change") or {})
    for axis, values in axes.items():
        varied = {key for value in values for key in value} if axis == DRAW else {axis}
        for key in (one.removeprefix("scenario.") for one in varied):
            if key in replaced:
                found[f"replace.{key}"] = axis
            if key in changed:
                found[f"change.{key}"] = axis
    return found


def _stray(key: str, value: object) -> str:
    """What to say about a key that no entry has."""
    hint = _where_it_goes(key, value)
    if hint is not None:
        parts = "replace puts in another section as a whole, change sets single numbers"
        return f"unknown key '{key}': write {hint} (there are {', '.join(ENTRY_KEYS)}; {parts})"
    return str(unknown("key", key, ENTRY_KEYS))


def _where_it_goes(key: str, value: object) -> str | None:
    """How what somebody meant by a key is written; None: nobody knows what was meant."""
    top, _, below = key.partition(".")
    if top in ("replace", "change") and below:
        return f"{top}: {{{below}: {_written(value)}}}"
    section = top if top in CHANGED else nearest(top, CHANGED)
    if section is None or (section != top and nearest(top, ENTRY_KEYS) is not None):
        return None
    whole = isinstance(value, str) or value is None or (isinstance(value, Mapping) and "_target_" in value)
    below = "kind" if section in ("reward", "belief") and isinstance(value, str) and not below else below
    part = "replace" if section in SECTIONS and not below and whole else "change"
    return f"{part}: {{{section}{'.' * bool(below)}{below}: {_written(value)}}}"


def _is_misplaced(part: str, key: str, value: object) -> bool:
    """Whether a key cannot stand there: ``replace`` has sections alone, and ``change`` the name of no other file."""
    if part == "replace":
        return key not in SECTIONS
    return key in SECTIONS and key != "student" and isinstance(value, str)


def _written(value: object) -> str:
    return value if isinstance(value, str) else "none" if value is None else shown(value)


def _dotted(change: Mapping[str, object], above: str = "") -> set[str]:
    found = set[str]()
    for key, value in change.items():
        if isinstance(value, Mapping) and value:
            found |= _dotted(cast("Mapping[str, object]", value), f"{above}{key}.")
        else:
            found.add(f"{above}{key}")
    return found
