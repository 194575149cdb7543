"""The questions that the specification of an experiment states, before anything is fitted or run."""

from __future__ import annotations

from collections.abc import Sequence

from ..runs.grid import axes_of, cell_axes, varied_policies
from ..runs.lineup import PRIVILEGED, REFERENCES, Entry, asked_entries, entry_of
from ..runs.scenarios import read_scenarios
from ..runs.specification import Experiment
from .asking import Questions
from .reading import ONE_OF_SEVERAL


def stated_early(experiment: Experiment) -> Questions:
    """The questions, as far as they can be known before it is seen who can teach what.

    Raises:
        InputError: as ``stated``; or whatever is wrong with the scenarios and policies.
    """
    asked = asked_entries(experiment, "experiment")
    names = {entry.name for entry in asked}
    entries = [*asked, *(entry_of(name) for name in (*REFERENCES, *PRIVILEGED) if name not in names)]
    return stated(experiment, [scenario.label for scenario in read_scenarios(experiment)], entries)


def stated(experiment: Experiment, labels: Sequence[str], entries: Sequence[Entry]) -> Questions:
    """The questions; a line from before that fits no more is refused as one of now is.

    Args:
        experiment: what is asked, of which grid.
        labels: of its scenarios or cells.
        entries: who teaches in any of them.

    Raises:
        InputError: a line that cannot be read, or that names what there is not.
    """
    from ...agents.registry import policy_names

    axes = cell_axes(experiment.scenarios, experiment.grid)
    axes = axes or ({ONE_OF_SEVERAL: tuple(labels)} if len(labels) > 1 else {})
    policies = list(dict.fromkeys(entry.name for entry in entries if entry.kind != "privileged"))
    mine = [name for name in policies if name not in (*REFERENCES, experiment.baseline)]
    names = {axis.key: axis.name for axis in axes_of(experiment.grid)}
    along = [f"{name} - {experiment.baseline} along {names[key]}" for key in experiment.sensitivity for name in mine]
    inside = [entry.name for entry in entries if entry.kind == "privileged"]
    absent = {name: f"is not in this comparison: add={name}" for name in policy_names() if name not in policies}
    for base in varied_policies(experiment.grid):
        variants = [name for name in policies if name.startswith(f"{base},")]
        absent[base] = f"is varied by the grid; there are {', '.join(variants)}"
    absent |= dict.fromkeys(inside, "looks inside the students; contrasts are between what a tutor could be")
    lines = (*experiment.contrasts, *along)
    return Questions.of(lines, axes, policies, where="experiment.contrasts", absent=absent)
