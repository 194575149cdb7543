"""The question that tells most: its value is what is learnt of everything, and it stops when nothing tells enough."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from zpdgym.agents import Problem, build_policy, load_policy
from zpdgym.envs.beliefs.base import Believed
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

from tests.helpers import bound, choose, world

TOLD = {"_target_": "zpdgym.agents.MostInformative"}
SHOWN = ("belief", "ready", "open", "days_since")
ITEMS = [{"exam": True}, {"approach": "example"}, {"difficulty": 1.0}]


def exactly(guess=0.2, slip=0.1):
    """Three skills in a row, every combination of which is weighed."""
    numbers = {"kind": "exact", "source": "given", "prior": 0.6, "learn": 0.2, "guess": guess, "slip": slip}
    return world({"items": ITEMS}, belief=numbers, observe={"columns": list(SHOWN)})


def information(belief, state, item):
    """Mutual information of the answer and of the whole combination of known skills, by enumeration."""
    c, numbers = belief.curriculum, belief.items[item]
    joint = dict(zip(itertools.product((0, 1), repeat=c.n_skills), np.zeros(2**c.n_skills), strict=True))
    for combination, p in enumerate(state["joint"]):
        joint[tuple((combination >> k) & 1 for k in range(c.n_skills))] = p
    skills = np.flatnonzero(c.q[item])
    right = {k: 1 - numbers["slip"] if all(k[s] for s in skills) else numbers["guess"] for k in joint}
    total, marginal = 0.0, sum(joint[k] * right[k] for k in joint)
    for k, p in joint.items():
        for given, overall in ((right[k], marginal), (1 - right[k], 1 - marginal)):
            total += p * given * np.log(given / overall) if p > 0 else 0.0
    return total


@pytest.mark.parametrize(
    "noise", [{}, {"guess": [0.3, 0.3, 0.1] * 3, "slip": [0.02, 0.1, 0.2] * 3}], ids=["one", "many"]
)
def test_its_value_is_what_an_answer_tells_about_everything(noise):
    scenario = exactly(**noise)
    policy, env, _ = bound(TOLD, scenario)
    rng = np.random.default_rng(0)
    for _ in range(8):
        env.step(rng.integers(0, env.curriculum.n_items, 4))
        told = policy.value(Believed.of(env.belief_state))
        for i, item in itertools.product(range(4), np.flatnonzero(env.curriculum.asks)):
            assert told[i, item] == pytest.approx(information(env.belief, env.belief_state[i], item), abs=1e-9)


def test_with_equal_noise_it_splits_in_halves():
    policy, env, _ = bound(TOLD, exactly())
    half, *_ = bound({"_target_": "zpdgym.agents.ClosestToP", "p": 0.55}, exactly())  # (guess + 1 - slip) / 2
    for belief in itertools.product((0.1, 0.4, 0.7, 0.95), repeat=3):
        seen = {"belief": belief, "ready": 1.0, "open": [1 - b for b in belief]}
        one, other = choose(policy, env, **seen), choose(half, env, **seen)
        assert env.curriculum.item_skills[one, 0] == env.curriculum.item_skills[other, 0]


def test_it_asks_and_never_shows():
    policy, env, _ = bound(TOLD, exactly())
    assert env.curriculum.asks[choose(policy, env, belief=[0.5, 0.5, 0.5])]


def test_it_finishes_when_no_question_tells_enough_and_only_where_that_is_allowed():
    placement = Scenario.load("placement")
    eager, env, observation = bound({**TOLD, "stop": 1.0}, placement)
    patient, *_ = bound({**TOLD, "stop": 0.0}, placement)
    masks = env.action_masks()
    assert (eager.predict(observation, action_masks=masks)[0] == env.finish).all()
    assert (patient.predict(observation, action_masks=masks)[0] != env.finish).all()
    masks[:, env.finish] = False
    np.testing.assert_array_equal(
        eager.predict(observation, action_masks=masks)[0], patient.predict(observation, action_masks=masks)[0]
    )
    nowhere, env, observation = bound({**TOLD, "stop": 1.0}, exactly())
    assert (nowhere.predict(observation, action_masks=env.action_masks())[0] < env.curriculum.n_items).all()


def test_it_asks_no_question_twice_where_that_is_a_rule():
    scenario = Scenario.load("placement")
    env = scenario.make(3, seed=0, autoreset=False)
    policy = build_policy({**load_policy("most_informative"), "stop": 0.0, "tune": None})
    policy.bind(Problem.of(env))
    observation, info = env.reset(seed=0)
    asked = []
    for _ in range(30):
        actions, _ = policy.predict(observation, action_masks=info["action_mask"])
        asked.append(actions)
        observation, *_, info = env.step(actions)
    assert all(len(set(own)) == 30 for own in np.array(asked).T)


@pytest.mark.parametrize("stop", [-0.1, 2.0])
def test_a_stop_that_cannot_be_is_refused(stop):
    with pytest.raises(InputError, match=r"stop=.* must be a number in \[0, 1\]"):
        build_policy({**TOLD, "stop": stop})
