"""A curriculum as a table that any spreadsheet program opens, and as lines that people read."""

from __future__ import annotations

import csv
import io

import numpy as np
from zpdgym.errors import InputError

from .curriculum import APPROACHES, Curriculum
from .words import COLUMNS

__all__ = ["as_table", "as_text"]


def as_table(curriculum: Curriculum) -> str:
    """The curriculum as CSV, one item a row, with every cell filled that a reader might miss.

    Read again, it is the same curriculum but for its name. Topic and prerequisites stand in a skill's first row.

    Raises:
        InputError: items have steps, for which a table has no place.
    """
    if curriculum.has_steps:
        first = curriculum.items[int((curriculum.item_steps >= 0).any(axis=1).argmax())]
        raise InputError(
            f"curriculum '{curriculum.name}': item '{first}' has steps, which a table cannot hold; write it as .json"
        )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    told = set[int]()
    for m, item in enumerate(curriculum.items):
        skills = np.flatnonzero(curriculum.q[m]).tolist()
        first = len(skills) == 1 and skills[0] not in told
        told |= set(skills) if len(skills) == 1 else set()
        needs = np.flatnonzero(curriculum.prerequisites[skills[0]]).tolist() if first else []
        writer.writerow(
            [
                "; ".join(curriculum.skills[k] for k in skills),
                curriculum.topics[skills[0]] if first else "",
                "; ".join(curriculum.skills[k] for k in needs),
                item,
                APPROACHES[curriculum.approach[m]],
                f"{curriculum.difficulty[m]:.12g}",
                f"{curriculum.minutes[m]:.12g}",
                str(curriculum.exam_marks[m]) if curriculum.exam_marks[m] > 1 else "yes" if curriculum.exam[m] else "",
            ]
        )
    return out.getvalue()


def as_text(curriculum: Curriculum) -> list[str]:
    """Every skill in a line: indented by how many stand before it, its items, its minutes, and what it builds on."""
    lines, names = list[str](), curriculum.skills
    indented = ["  " * int(curriculum.depth[k]) + names[k] for k in range(curriculum.n_skills)]
    width = min(max(len(text) for text in indented), 60)
    for k in curriculum.order.tolist():
        own = np.flatnonzero(curriculum.q[:, k])
        kinds = [(int((curriculum.approach[own] == a).sum()), kind) for a, kind in enumerate(APPROACHES)]
        items = ", ".join(f"{count} {kind}" for count, kind in kinds if count)
        steps = int((curriculum.item_steps == k).sum())
        items += f" ({steps} step{'' if steps == 1 else 's'} of problems)" if steps else ""
        needs = ", ".join(names[j] for j in np.flatnonzero(curriculum.prerequisites[k]))
        exam, marks = int(curriculum.exam[own].sum()), int(curriculum.exam_marks[own].sum())
        more = f" ({marks} marks)" if marks > exam else ""
        told = f"{items}; {curriculum.minutes[own].sum():g} min; {exam} in the exam{more}"
        lines.append(f"{indented[k]:<{width}}  {told}{f'; builds on {needs}' if needs else ''}")
    return lines
