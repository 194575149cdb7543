"""What people see of a lesson: one line of text, or a picture of the beliefs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import gymnasium
import numpy as np
import numpy.typing as npt
from zpdgym.streams import standard_output

if TYPE_CHECKING:
    from .tutor import TutorVectorEnv

BAR_PIXELS, ROW_PIXELS = 200, 8
BACKGROUND, BAR, LAST_BAR = (255, 255, 255), (0, 114, 178), (213, 94, 0)  # Okabe & Ito: safe for the colour-blind
FRAMES = ["ansi", "rgb_array"]
"""What environments of many students show when they are asked to; one student's lessons are printed, too."""
MODES = ["human", *FRAMES]
SHOWN: dict[str, object] = {"render_modes": FRAMES, "render_fps": 2}
METADATA: dict[str, object] = {**SHOWN, "render_modes": MODES}
"""Of one student; Gymnasium looks here before it makes an environment by its id."""
Frame: TypeAlias = str | npt.NDArray[np.uint8]


def frames(cohort: TutorVectorEnv) -> tuple[Frame, ...] | None:
    """One line ("ansi") or picture ("rgb_array") for each student, as the render mode says; None without one."""
    if cohort.render_mode is None:
        gymnasium.logger.warn("render() does nothing without a render_mode: make the environment with one")
        return None
    draw = _line if cohort.render_mode == "ansi" else _picture
    return tuple(draw(cohort, row) for row in range(cohort.num_envs))


def tell(cohort: TutorVectorEnv) -> None:
    """Print the last lesson of the first student, whatever signs the terminal knows."""
    standard_output().write(f"{_line(cohort, 0)}\n")


def _line(cohort: TutorVectorEnv, row: int) -> str:
    """The last lesson of one student, in words."""
    item, record = int(cohort.items[row]), cohort.records[row]
    beliefs = cohort.belief_state["belief"][row]
    total = f"sum of beliefs {beliefs.sum():.2f} of {len(beliefs)} skills"
    if item < 0 or record["lesson"] == 0:
        return f"{'finished' if cohort.done[row] else 'before the first lesson'} · {total}"
    seen = cohort.outcome[row]
    answer = ("right" if seen["correct"] else "wrong") if seen["answered"] else "nothing asked"
    steps = int((cohort.curriculum.item_steps[item] >= 0).sum())
    if steps:
        answer = f"{int(seen['right_steps']).bit_count()} of {steps} steps right"
    skills = np.flatnonzero(cohort.curriculum.q[item])
    named = ", ".join(f"{cohort.curriculum.skills[k]} {beliefs[k]:.2f}" for k in skills)
    quit_ = " · gave up" if seen["quit"] else ""
    return (
        f"lesson {int(record['lesson'])} · day {record['last_day']:g} · {cohort.curriculum.items[item]} · "
        f"{answer}{quit_} · belief now: {named} · {total}"
    )


def _picture(cohort: TutorVectorEnv, row: int) -> npt.NDArray[np.uint8]:
    """The beliefs as bars, the skills of the last lesson in orange."""
    beliefs, item = cohort.belief_state["belief"][row], int(cohort.items[row])
    taught = item >= 0 and cohort.records["lesson"][row] > 0
    last = cohort.curriculum.q[item] if taught else np.zeros(len(beliefs), bool)
    picture = np.full((len(beliefs) * ROW_PIXELS, BAR_PIXELS, 3), BACKGROUND, np.uint8)
    for k, belief in enumerate(beliefs):
        rows = slice(k * ROW_PIXELS + 1, (k + 1) * ROW_PIXELS - 1)
        picture[rows, : max(1, round(float(belief) * BAR_PIXELS))] = LAST_BAR if last[k] else BAR
    return picture
