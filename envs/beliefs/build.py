"""Which belief is meant: found by its kind, which is the name of its file."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from zpdgym.errors import InputError, unknown
from zpdgym.lazy import public_names

from ...students.curriculum.curriculum import Curriculum
from ...students.model import StudentModel
from .base import Belief, BeliefClass

__all__ = ["build_belief"]


def kinds() -> dict[str, str]:
    """Kind -> module: the files of this folder that offer the belief of their own name, HalfLifeBelief in half_life."""
    found = public_names(cast("str", __package__), str(Path(__file__).parent))
    stems = {module: module.rpartition(".")[2] for module in found.values()}
    return {stems[m]: m for name, m in found.items() if name.lower() == f"{stems[m].replace('_', '')}belief"}


def belief_class(kind: str) -> BeliefClass:
    """The class of a kind of belief.

    Raises:
        InputError: there is none, with the nearest kind.
    """
    modules = kinds()
    if kind not in modules:
        raise unknown("belief.kind", kind, modules)
    wanted = f"{kind.replace('_', '')}belief"
    module = importlib.import_module(modules[kind])
    return next(getattr(module, name) for name in module.__all__ if name.lower() == wanted)


def must_follow_steps(kind: str, curriculum: Curriculum) -> None:
    """Refuse a curriculum with problems of several steps to a kind of belief that knows of one answer a lesson.

    Raises:
        InputError: it does.
    """
    if curriculum.has_steps and not getattr(belief_class(kind), "steps", False):
        able = ", ".join(sorted(name for name in kinds() if getattr(belief_class(name), "steps", False)))
        raise InputError(
            f"belief.kind={kind} takes in one answer a lesson, and '{curriculum.name}' has problems of several steps; "
            f"of these there is a belief of kind {able}"
        )


def build_belief(parameters: Mapping[str, Any], curriculum: Curriculum) -> Belief:
    """The belief that these numbers describe.

    Args:
        parameters: ``kind`` (the name of a file of this folder, as bkt or half_life) and the arguments of that kind.
        curriculum: what is taught.

    Raises:
        InputError: an unknown kind or key, a missing key, or numbers out of range.
    """
    given = dict(parameters)
    kind = str(given.pop("kind", ""))
    belief = belief_class(kind)
    must_follow_steps(kind, curriculum)
    takes = {n: p.default for n, p in inspect.signature(belief).parameters.items() if n != "curriculum"}
    for key in given:
        if key not in takes:
            raise unknown("key belief.", key, takes)
    missing = [n for n, default in takes.items() if default is inspect.Parameter.empty and n not in given]
    if missing:
        raise InputError(f"belief: kind {kind} needs {', '.join(missing)}")
    return belief(curriculum, **given)


def true_population(kind: str, student: StudentModel) -> dict[str, Any]:
    """The numbers of a belief straight from the student model: an ablation, since no tutor could know them.

    Raises:
        InputError: an unknown kind, or the model does not say them.
    """
    told = getattr(belief_class(kind), "from_student", None)
    numbers = told(student) if told else None
    if numbers is None:
        raise InputError(
            f"belief.source=true_population: {type(student).__name__} has no numbers for a {kind} belief; "
            "belief.source=fitted finds some in a log"
        )
    return {"kind": kind, **numbers}
