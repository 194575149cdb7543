"""The tutor's belief for a class of the reader's own: its numbers as the page's program reads them."""

from __future__ import annotations

import numpy as np

from ...envs.beliefs.bkt import BKTBelief
from ...envs.beliefs.graph import GraphBelief
from ...envs.beliefs.misconceptions import MisconceptionsBelief
from ...students.curriculum.curriculum import PRACTICE, Curriculum
from ..language.translate import texts, tr
from ..packed.beliefs import Tracked, packed_belief
from ..report.results import World
from .codes import Data, parents

BELIEFS = {belief.kind: belief for belief in (BKTBelief, GraphBelief, MisconceptionsBelief)}
"""Those that the page's program can follow."""
OF_SKILL = "prior"
"""A number that every skill has where the files say all of them."""
NOT_HERE = texts(
    "This page cannot read your own class: the numbers of this tutor's belief ({kind}) are not in the files of the "
    "experiment in a form that the page can follow. It can do so for beliefs of the kinds {kinds}."
)


def own_class(world: World) -> Data:
    """The belief, and which question an answer to each skill is taken to be about; or why there is none."""
    curriculum = world.curriculum
    belief = _belief(world)
    if belief is None:
        kind = str((world.about.get("belief") or {}).get("kind", "unknown"))
        return {"none": tr(NOT_HERE, kind=kind, kinds=", ".join(BELIEFS))}
    items = [question(curriculum, k) for k in range(curriculum.n_skills)]
    return {
        "belief": packed_belief(belief, curriculum),
        "curriculum": {
            "skills": list(curriculum.skills),
            "prerequisites": parents(curriculum),
            "items": [{"skills": np.flatnonzero(row).tolist()} for row in curriculum.q],
        },
        "question": items,
        "questions": [curriculum.items[m] for m in items],
    }


def _belief(world: World) -> Tracked | None:
    """The belief that the files tell of; None where it is of another kind, or looks at more than answers."""
    told = dict(world.about.get("belief") or {})
    made = BELIEFS.get(str(told.pop("kind", "")))
    if made is None or OF_SKILL not in told or world.curriculum.has_steps:
        return None
    belief = made(world.curriculum, **told)
    clued = not isinstance(belief, MisconceptionsBelief) and belief.clues.any
    return None if clued else belief


def question(curriculum: Curriculum, k: int) -> int:
    """The item that stands for an answer on a skill: practice on it alone, of medium difficulty, as far as there is."""
    own = np.flatnonzero(curriculum.q[:, k])
    several = curriculum.q[own].sum(axis=1) > 1
    asks = curriculum.asks[own]
    other = curriculum.approach[own] != PRACTICE
    far = np.abs(curriculum.difficulty[own])
    return int(own[np.lexsort((far, other, ~asks, several))[0]])
