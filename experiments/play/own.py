"""The tutor's belief for a class of the reader's own: its numbers as the page's program reads them."""

from __future__ import annotations

import numpy as np

from ...students.curriculum.curriculum import PRACTICE, Curriculum
from ..report.results import World
from .codes import Data, parents

TRACING = "bkt"
"""The kind of belief whose numbers are all in ``scenario.json``."""
OF_SKILLS, OF_ITEMS = ("prior", "forget"), ("learn", "guess", "slip")
NOT_HERE = (
    "This page cannot read your own class: the numbers of this tutor's belief ({kind}) are not in the files of the "
    "experiment in a form that the page can follow. It can do so for beliefs of the kind bkt."
)


def own_class(world: World) -> Data:
    """The belief with an ordinary question for every skill; where the files do not say it, why there is none."""
    told, curriculum = world.about.get("belief") or {}, world.curriculum
    kind = str(told.get("kind", "unknown"))
    sizes = dict.fromkeys(OF_SKILLS, curriculum.n_skills) | dict.fromkeys(OF_ITEMS, curriculum.n_items)
    whole = all(isinstance(told.get(name), list) and len(told[name]) == size for name, size in sizes.items())
    clues = {"minutes", "hints"} & told.keys()
    if kind != TRACING or not whole or clues or "leak" not in told or curriculum.has_steps:
        return {"none": NOT_HERE.format(kind=kind)}
    items = [question(curriculum, k) for k in range(curriculum.n_skills)]
    belief = {name: told[name] for name in OF_SKILLS} | {name: [told[name][m] for m in items] for name in OF_ITEMS}
    return {
        "belief": belief | {"kind": kind, "leak": told["leak"], "learn_first": bool(told.get("learn_first", False))},
        "curriculum": {"prerequisites": parents(curriculum), "items": [{"skills": [k]} for k in range(len(items))]},
        "questions": [curriculum.items[m] for m in items],
    }


def question(curriculum: Curriculum, k: int) -> int:
    """The item that stands for an answer on a skill: practice on it alone, of medium difficulty, as far as there is."""
    own = np.flatnonzero(curriculum.q[:, k])
    several = curriculum.q[own].sum(axis=1) > 1
    asks = curriculum.asks[own]
    other = curriculum.approach[own] != PRACTICE
    far = np.abs(curriculum.difficulty[own])
    return int(own[np.lexsort((far, other, ~asks, several))[0]])
