"""EduSim's environment KSS, in an environment of its own: its step, and where a walk over the map leads."""

from __future__ import annotations

import random
import time
from typing import Any

from answering import answer

LESSONS, EPISODE = 20_000, 20
LEARNERS = 2000
_sample = random.sample
random.sample = lambda population, k: _sample(list(population), k)  # Python 3.11 takes no sets, which it hands over

from EduSim.Envs.KSS import KSS  # noqa: E402

env = KSS(learner_num=LEARNERS)
begun = [(one, list(one._state), list(one.learning_history), list(one.exercise_history)) for one in env.learners]


def afresh() -> None:
    """All learners as they came: EduSim's keep what they learnt, and those who know enough are removed."""
    for learner, state, learnt, answered in begun:
        learner._state, learner.learning_history, learner.exercise_history = list(state), list(learnt), list(answered)
    env.learners = [learner for learner, *_ in begun]


def turn() -> dict[str, list[float]]:
    """Lessons and seconds of ``step``; the beginning of episodes, where learners are chosen, is not counted."""
    afresh()
    luck, spent = random.Random(0), 0.0
    for _ in range(LESSONS // EPISODE):
        env.begin_episode()
        items = [luck.randrange(10) for _ in range(EPISODE)]
        began = time.process_time()
        for item in items:
            env.step(item)
        spent += time.process_time() - began
        env._reset_episode()
    return {"EduSim": [LESSONS, spent]}


def walk(start: list[float], visits: list[int]) -> Any:
    """The abilities of a learner who begins with these and visits these concepts."""
    learner = env.learners[0]
    learner._state, learner.learning_history = list(start), []
    for visit in visits:
        learner.learn(visit)
    return learner._state


answer({"turn": turn, "walk": walk})
