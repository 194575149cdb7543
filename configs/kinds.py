"""What may stand in which section: a class or function is judged before it is called."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from .own_modules import SAYS_NOTHING


@dataclass(frozen=True)
class Kind:
    """What a section wants.

    Attributes:
        what: in words.
        marks: a class of this kind has at least one of these.
        returns: what functions of this kind say that they return.
        ours: whether functions of zpdgym make it, too.
        itself: whether a function is such a thing instead of making one.
    """

    what: str
    marks: tuple[str, ...]
    returns: tuple[str, ...]
    ours: bool = False
    itself: bool = False


NO_LIST = ("None", "bool", "bytes", "float", "int", "str")
"""What says of itself that it gives one of these pays nobody, and fills no column."""
KINDS = {
    "student": Kind("student model", ("reset", "step", "elapse"), ("StudentModel",), ours=True),
    "policy": Kind("policy; see docs/policies/index.md", ("bind", "predict", "learnt"), ("Policy",)),
    "reward": Kind("reward, which pays for a lesson; see docs/environment.md", ("__call__",), (), itself=True),
    "column": Kind("column, which tells what is seen; see docs/environment.md", ("__call__",), (), itself=True),
    "population": Kind("population", ("check_traits", "only"), ("Population",)),
    "curriculum": Kind("curriculum", ("n_skills", "exam_items"), ("Curriculum",), ours=True),
    "model": Kind("model to fit to a log", ("fit", "min_answers"), ()),
    "data": Kind("reader of a log", ("malformed",), ("Log",), ours=True),
    "tracking": Kind("tracker", ("run", "experiment", "close"), ("Tracker",)),
    "cluster": Kind("cluster; see docs/how-to/many-machines.md", ("open",), ("Cluster",)),
}
"""The sections that name a class or function."""


def unfit(target: object, where: str) -> str | None:
    """Why what a name stands for cannot be built in a section, in words; None: it may be called.

    Args:
        target: what the name stands for.
        where: the section's key; what follows its first word tells people where it is: "student inside Affect".
    """
    kind = KINDS.get(where.partition(" ")[0])
    if kind is None:
        return None
    if inspect.isclass(target):
        return None if _has_marks(target, kind) else f"has no {', '.join(kind.marks)}: it is no {kind.what}"
    module = str(getattr(target, "__module__", ""))
    if module.partition(".")[0] in sys.stdlib_module_names:
        return f"is no {kind.what}"  # whoever is trusted: nothing there teaches or learns
    try:
        said = inspect.signature(cast("Callable[..., object]", target)).return_annotation
    except (TypeError, ValueError):
        return f"is no {kind.what}"
    ours = module.startswith("zpdgym.")
    name = said if isinstance(said, str) else getattr(said, "__name__", str(said))
    name = "" if said is inspect.Signature.empty else name
    last = name.strip("'\"").rpartition(".")[2]
    if kind.itself and not ours:
        return f"gives {last}, no {kind.what}" if last in NO_LIST else None
    found = said if inspect.isclass(said) else getattr(target, "__globals__", {}).get(name)
    fits = last in kind.returns or (inspect.isclass(found) and _has_marks(found, kind))
    if (fits and (kind.ours or not ours)) or (last in SAYS_NOTHING and not ours):
        return None
    return f"gives {last or 'something else'}, no {kind.what}"


def _has_marks(target: type, kind: Kind) -> bool:
    hands_on = hasattr(target, "__getattr__") and not target.__module__.startswith("zpdgym.")
    # not hasattr: every class has __call__, which makes objects of it
    return hands_on or any(mark in vars(base) for mark in kind.marks for base in target.__mro__)


def is_itself(target: object, where: str) -> bool:
    """Whether a name stands for what a section wants, and not for a class or function that makes it."""
    kind = KINDS.get(where.partition(" ")[0])
    return kind is not None and kind.itself and not inspect.isclass(target)
