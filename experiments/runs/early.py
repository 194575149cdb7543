"""What is refused before a tutor's belief is fitted, which may take minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...envs.beliefs.refit import is_fitted_anew, with_any_belief
from .lineup import (
    Entry,
    check_entry,
    entry_of,
    line_up,
    matrix_line_up,
    must_be_able,
    must_keep_the_contract,
    reward_must_reach,
)
from .scenarios import kinds_of_students, read_scenarios, read_train_on
from .specification import TUNED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...agents.problem import Policy
    from ...envs.scenario import Scenario
    from .specification import Experiment


def check_early(experiment: Experiment) -> None:
    """Refuse whatever is wrong with an experiment and does not depend on what a tutor believes.

    Raises:
        InputError: as ``Plan.of``.
    """
    scenarios = read_scenarios(experiment)
    train_on = read_train_on(experiment, scenarios)
    if not any(map(is_fitted_anew, (*scenarios, *train_on))):
        return  # nothing is fitted, so that the plan itself says it as soon
    if any(_may_tell_beliefs_apart(entry_of(policy).own, s) for policy in experiment.policies for s in scenarios):
        return
    before, trained_on = [with_any_belief(s) for s in scenarios], [with_any_belief(s) for s in train_on]
    if experiment.students is None:
        _ = line_up(experiment, before, trained_on, references=(TUNED,))
    else:
        _ = matrix_line_up(experiment, kinds_of_students(experiment, before[0]))


def check_early_alone(entry: Entry, scenario: Scenario, train_on: Sequence[Scenario] = ()) -> None:
    """Refuse a policy that cannot teach a scenario, whatever its tutor believes.

    Raises:
        InputError: as ``check_entry``, ``reward_must_reach`` and ``must_keep_the_contract``.
    """
    reward_must_reach(entry, scenario, train_on)
    before = with_any_belief(scenario)
    if not _may_tell_beliefs_apart(entry.own, scenario):
        check_entry(entry, before, train_on)
        must_keep_the_contract(entry, before)


def able_early(policy: Policy, scenario: Scenario) -> None:
    """Refuse a policy, made already, that cannot teach a scenario, whatever its tutor believes.

    Raises:
        InputError: as ``must_be_able``.
    """
    own = type(policy).__module__.partition(".")[0] != "zpdgym"
    if is_fitted_anew(scenario) and not _may_tell_beliefs_apart(own, scenario):
        must_be_able(policy, with_any_belief(scenario))


def _may_tell_beliefs_apart(own: bool, scenario: Scenario) -> bool:
    """Whether a policy of the user's own could refuse the stand-in for a belief that it would teach with."""
    return own and with_any_belief(scenario).belief_parameters["kind"] != scenario.sections["belief"].get("kind", "bkt")
