"""Who can be imitated: a policy that a tutor could follow, and that is not learnt itself."""

from __future__ import annotations

from zpdgym.errors import InputError

from ...configs.build import TARGET, load

IMITATION = 65_536
"""Lessons that a policy teaches which is imitated, where nobody says how many."""
NOBODY = "nobody"
"""No policy is imitated."""


def must_be_imitable(policy: str, where: str) -> None:
    """Refuse to imitate whom nobody can imitate.

    Raises:
        InputError: there is no such policy, or it learns, draws lots, or sees what a tutor does not.
    """
    from ..registry import build_policy, load_policy

    try:
        spec = load_policy(policy)
        # a policy that learns is not made: it might imitate the one that asks
        own = load(str(spec[TARGET]), "policy")
        own = own if getattr(own, "learnt", False) else build_policy({k: v for k, v in spec.items() if k != "tune"})
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    if own.learnt or own.privileged or own.draws:
        raise InputError(
            f"{where} must be a policy that does not learn, does not draw lots and sees what the tutor sees, such as "
            "tuned_index"
        )
