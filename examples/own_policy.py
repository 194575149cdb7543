"""A policy of your own: the item of the ready skill that is believed least known.

python examples/own_policy.py [students]
"""

import sys

import numpy as np
import zpdgym
from zpdgym.agents import check_policy


class LeastKnown:
    """The first item of the ready skill that is believed least known.

    Args:
        ready: a skill is ready when its prerequisites are believed known with this probability, all together.
    """

    name, privileged, learnt, draws = "least_known", False, False, 0
    needs = frozenset({"belief", "ready"})

    def __init__(self, *, ready=0.6):
        self.ready = ready

    def bind(self, problem):
        """Keep what does not change: the problem, and the first item of every skill."""
        self.problem, self.first = problem, problem.curriculum.q.argmax(axis=0)

    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        """One item for each of the N students, from (N, K) beliefs and readiness."""
        belief, ready = (self.problem.column(observation, name) for name in ("belief", "ready"))
        return self.first[np.where(ready >= self.ready, belief, 1 + belief).argmin(axis=1)], state


def main(n_students: int) -> None:
    """Check the policy against the contract, then let it teach beside two of ours."""
    print(check_policy(LeastKnown))
    for policy in ("random", "mastery", LeastKnown(), LeastKnown(ready=0.9)):
        found = zpdgym.evaluate("kt6kc", policy, n_students=n_students)
        summary = found.summary()
        settings = f"(ready={policy.ready})" if isinstance(policy, LeastKnown) else ""
        interval = f"[{summary['outcome_low']:.3f}, {summary['outcome_high']:.3f}]"
        print(f"{found.policy + settings:<26} {summary['outcome']:.3f} {interval}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
