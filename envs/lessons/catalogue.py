"""What a catalogue forbids: an item a second time, or before what it builds on has been passed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations
from zpdgym.parameters import Number, Switch, Table, read_section

from ..scenario_file import DEFAULTS
from ..schedule import LONGEST

if TYPE_CHECKING:  # whoever lists scenarios loads no compiler
    from ...students.curriculum.curriculum import Curriculum
    from ...students.model import Outcome
    from ..kernels import Bools, Ints
    from ..scenario import Scenario

__all__ = ["Catalogue"]

ACTIONS: Table = {
    "finish": Switch("whether the tutor may end the teaching early"),
    "finish_after": Number("lessons before the tutor may", low=0, high=LONGEST, whole=True),
    "once": Switch("whether no item is shown twice"),
    "locked_until_passed": Switch(
        "whether an item is locked until its direct prerequisites have been passed, each by a right answer"
    ),
}
"""What a scenario's section ``actions`` may hold."""
PASSED = ("passed",)
"""The arrays of a catalogue that lessons change, but for the mask."""


def read_actions(section: object) -> SimpleNamespace:
    """What a scenario's section ``actions`` says, with the defaults of what it leaves out.

    Raises:
        InputError: as ``read_section``.
    """
    # of rules that most scenarios do not have nothing stands among their sections, which are told and hashed
    return read_section(ACTIONS, section, "actions", {**dict.fromkeys(ACTIONS, False), **DEFAULTS["actions"]})


class Catalogue:
    """Which items N students may be shown, where the scenario has rules of its own for that.

    A skill is *passed* by a right answer to any item that exercises it. A locked item opens when every direct
    prerequisite of its skills is passed, but for those that the item exercises itself; whoever forgets keeps what was
    passed. These are rules that a real system cannot break, unlike readiness, which policies judge.

    Args:
        curriculum: what is taught.
        once: no item is shown twice.
        locked: items are locked until what they build on has been passed.
        n: N.

    Attributes:
        passed: (N, K) skills that each student has passed.
    """

    def __init__(self, curriculum: Curriculum, *, once: bool, locked: bool, n: int) -> None:
        self.once, self.locked, self.q = once, locked, np.array(curriculum.q)
        self.needs = needed(curriculum).astype(np.float32)
        self.passed: Bools = np.zeros((n, curriculum.n_skills), np.bool_)

    @classmethod
    def of(cls, scenario: Scenario, n: int) -> Catalogue | None:
        """The scenario's rules for ``n`` students; None: everything may be shown at any time."""
        if not (scenario.once or scenario.locked):
            return None
        return cls(scenario.curriculum, once=scenario.once, locked=scenario.locked, n=n)

    def begin(self, rows: Ints, mask: Bools) -> None:
        """Students in these rows begin anew: everything may be shown that needs nothing."""
        self.passed[rows] = False
        mask[rows, : len(self.q)] = (self.needs == 0).all(axis=1) if self.locked else True

    def after(self, items: Ints, outcome: Outcome, mask: Bools) -> None:
        """What may be shown after a lesson: (N,) items, -1 where there was none."""
        taught = np.flatnonzero(items >= 0)
        if self.once:
            mask[taught, items[taught]] = False
        if self.locked:
            right = taught[outcome["correct"][taught]]
            self.passed[right] |= self.q[items[right]]
            missing = (~self.passed[right]).astype(np.float32) @ self.needs.T
            mask[right, : len(self.q)] = missing == 0

    def refused(self, actions: Ints, taught: Bools, mask: Bools) -> int:
        """The first row that is ``taught`` and whose action is forbidden; -1: none is. Unknown actions are others'."""
        known = (actions >= 0) & (actions < len(self.q)) & taught
        rows = np.flatnonzero(known)
        wrong = rows[~mask[rows, actions[rows]]]
        return int(wrong[0]) if len(wrong) else -1


def needed(curriculum: Curriculum) -> npt.NDArray[np.bool_]:
    """(M, K) the skills that must be passed before an item opens."""
    before = np.zeros(curriculum.q.shape, np.bool_)
    for skills in curriculum.item_skills.T:  # not a product: thousands of skills with a few parents each
        has = skills >= 0
        before[has] |= curriculum.prerequisites[skills[has]]
    return before & ~np.asarray(curriculum.q, np.bool_)


def must_leave_something(scenario: Scenario) -> None:
    """Refuse rules under which a student may have nothing left to be shown.

    Raises:
        InputError: both rules together, as many lessons as items, or a prerequisite that nothing asks for.
    """
    wrong, c = Violations(f"scenario {scenario.label}: actions"), scenario.curriculum
    lessons = scenario.schedule.horizon(c.minutes)
    wrong.unless(
        not (scenario.once and scenario.locked),
        "once and locked_until_passed together may leave nothing to show: who fails may not try again; take one",
    )
    wrong.unless(
        not scenario.once or lessons < c.n_items,
        f"once needs more items than lessons: there are {c.n_items} items for {lessons} lessons at most",
    )
    wanted = needed(c).any(axis=0) & ~c.q[c.asks].any(axis=0)
    names = ", ".join(f"'{c.skills[k]}'" for k in np.flatnonzero(wanted)[:5])
    wrong.unless(
        not scenario.locked or not names, f"locked_until_passed needs an item with an answer for each of {names}"
    )
    wrong.raise_any()
