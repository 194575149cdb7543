"""The next problem by the skills that lack."""

import json

import numpy as np
import pytest
from zpdgym.agents import MostLacking
from zpdgym.agents.check import check_policy
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.errors import InputError

from tests.helpers import bound, choose, world

PROBLEMS = {
    "skills": [{"name": "a"}, {"name": "b", "prerequisites": ["a"]}, {"name": "c", "prerequisites": ["b"]}],
    "items": [
        *({"name": n, "skills": [n], "minutes": 2} for n in "abc"),
        {"name": "ab", "steps": ["a", "b", "a"], "minutes": 6},
        {"name": "bc", "steps": ["b", "c"], "minutes": 4},
        {"name": "ac", "steps": ["a", "c", "c", "c"], "minutes": 8},
    ],
}
A, B, C, AB, BC, AC = range(6)


def spec(**numbers):
    return {"_target_": "zpdgym.agents.MostLacking", **numbers}


@pytest.fixture
def problems(tmp_path):
    path = tmp_path / "problems.json"
    path.write_text(json.dumps(PROBLEMS))
    file = {"_target_": "zpdgym.students.read_curriculum", "path": str(path)}

    def make(**change):
        bkt = {"_target_": "zpdgym.students.BKT"}
        return world(replace={"curriculum": file, "student": bkt}, **change)

    return make


@pytest.mark.parametrize(
    ("belief", "number", "product"),
    [
        ([0.5, 0.5, 0.99], AB, AB),
        ([0.9, 0.1, 0.2], AB, BC),  # two skills each: the first of them, or what is known least together
        ([0.97, 0.1, 0.2], BC, BC),
        ([0.97, 0.98, 0.2], C, AC),  # one skill each; the product counts those that are known, too
        ([0.2, 0.97, 0.97], A, AB),
        ([0.96, 0.99, 0.98], AC, AC),  # none lacks: the smallest product, .9408 before .9504
    ],
)
def test_the_rule(problems, belief, number, product):
    for by, wanted in (("number", number), ("product", product)):
        policy, env, _ = bound(spec(by=by), problems())
        found = choose(policy, env, belief=belief)
        assert env.action_names[found] == env.action_names[wanted], (by, belief)


def test_steps_on_one_skill_count_once_and_ties_go_to_the_first(problems):
    policy, env, _ = bound(spec(), problems())
    assert choose(policy, env, belief=[0.5, 0.99, 0.5]) == AC
    assert choose(policy, env, belief=[0.5, 0.5, 0.5]) == AB


def test_readiness_holds_back_all_but_when_nothing_is_ready(problems):
    policy, env, _ = bound(spec(ready=0.6), problems())
    assert choose(policy, env, belief=[0.5, 0.5, 0.5], ready=[1.0, 0.5, 0.5]) == A
    assert choose(policy, env, belief=[0.99, 0.5, 0.5], ready=[1.0, 0.99, 0.5]) == B
    assert choose(policy, env, belief=[0.99, 0.99, 0.5], ready=[1.0, 1.0, 0.5]) == C, "none is ready: as if all were"


def test_the_threshold_and_the_end(problems):
    low, env, _ = bound(spec(threshold=0.6), problems())
    assert choose(low, env, belief=[0.7, 0.5, 0.7]) == B
    ending = problems(**{"actions.finish": True})
    policy, env, _ = bound(spec(), ending)
    assert choose(policy, env, belief=[0.96, 0.96, 0.96]) == env.finish
    assert choose(policy, env, belief=[0.96, 0.9, 0.96]) == B
    going_on, env, _ = bound(spec(finish=False), ending)
    assert choose(going_on, env, belief=[0.96, 0.99, 0.96]) == AC


def test_what_is_forbidden_is_never_chosen(problems):
    policy, env, observation = bound(spec(), problems())
    masks = np.zeros((len(observation), env.n_actions), bool)
    masks[:, C] = True
    assert (policy.predict(observation, action_masks=masks)[0] == C).all()


@pytest.mark.parametrize("name", ["most_lacking", "least_mastered", "most_lacking_tuned"])
def test_its_files_say_what_they_are(problems, name):
    policy = build_policy(load_policy(name))
    check_policy(policy, problems())
    policy.bind(Problem.of(problems().make(1)))
    wanted = {"most_lacking": (0.95, "number"), "least_mastered": (0.85, "product")}
    if name in wanted:
        assert (policy.threshold, policy.by) == wanted[name]
    else:
        assert load_policy(name)["tune"]["space"].keys() == {"threshold", "by", "ready"}


def test_other_numbers_are_refused():
    for given, told in (({"by": "sum"}, "by"), ({"threshold": 0.0}, "threshold"), ({"ready": 2}, "ready")):
        with pytest.raises(InputError, match=told):
            MostLacking(**given)
