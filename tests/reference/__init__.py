"""Students as one would write them in plain Python: the oracles of the tests and the yardsticks of the benchmark.

One class ``Plain<Model>`` for every student model, made from the fast model's parameters:

    reset(u)         a fresh student from one row of the model's reset draws
    p(item)          probability of a right answer now
    step(item, u)    one lesson: (answered, correct, minutes)
    elapse(days, u)  days pass
    mastery()        the truth about every skill

``OneStudent`` in ``one.py`` has what most of them share.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import Any

from tests.reference.bkt import OfProblems


@functools.cache
def plain_classes() -> dict[str, type]:
    """Every plain student by the name of its model."""
    found: dict[str, type] = {}
    for module in pkgutil.iter_modules(__path__):
        contents = vars(importlib.import_module(f"{__name__}.{module.name}"))
        found |= {n.removeprefix("Plain"): c for n, c in contents.items() if n.startswith("Plain") and type(c) is type}
    return found


def plain_student(model: Any) -> Any:
    """A plain student with the parameters of a model."""
    name = type(model).__name__
    if model.curriculum.has_steps:
        return OfProblems(model)
    assert name in plain_classes(), f"no file of tests/reference has Plain{name}, the same model in plain Python"
    return plain_classes()[name](model)
