"""What a tutor expects who knows how likely each bug is, against the joint over all states; and who sees it."""

import copy

import numpy as np
import pytest
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.envs.beliefs.base import Believed
from zpdgym.envs.beliefs.misconceptions import MisconceptionsBelief
from zpdgym.errors import InputError
from zpdgym.students.model import allocate_outcome

from tests.helpers import one_skill, world
from tests.reference.misconception import MindsJoint, random_minds

NUMBERS = {"prior": 0.3, "misconceived": 0.4, "learn": 0.2, "catch": 0.05, "slip": 0.1, "stray": 0.1}
COLUMNS = ["belief", "ready", "open", "bug_1", "bug_2", "tries", "successes", "days_since", "was_last", "time_left"]


def tutored(**changes):
    """Three skills in a row before a tutor who believes in two bugs, and a world that shows both."""
    belief = {"kind": "misconceptions", "source": "true_population"}
    students = {"student": {"_target_": "zpdgym.students.Misconceptions"}}
    return world(**{"replace": students, "belief": belief, "observe.columns": COLUMNS, **changes})


def expected(joint, m):
    """By how much the sum of what is known grows in the mean over the options that may be chosen."""
    options = range(joint.numbers["options"]) if joint.c.asks[m] else [None]
    chances = joint.options(m) if joint.c.asks[m] else [1.0]
    total = 0.0
    for option, chance in zip(options, chances, strict=True):
        after = copy.copy(joint)
        after.lesson(m, option)
        total += chance * after.minds()[:, 1].sum()
    return total - joint.minds()[:, 1].sum()


@pytest.mark.parametrize("by_approach", [False, True])
def test_gains_and_right_answers_are_nearly_those_of_the_joint_where_bugs_are_told(by_approach):
    """A fifth of the error, or less, that is made where they are not."""
    wrong = []
    for seed in range(6):
        c, numbers = random_minds(seed, 2 + seed % 3, bugs=1 + seed % 3, by_approach=by_approach)
        belief, joint = MisconceptionsBelief(c, **numbers), MindsJoint(c, numbers)
        state, out, rng = belief.allocate(1), allocate_outcome(1), np.random.default_rng(seed)
        for _ in range(6):
            gains = np.array([expected(joint, m) for m in range(c.n_items)])
            right = np.array([joint.options(m)[0] for m in range(c.n_items)])
            told = Believed.of(state)
            for believed in (told, told._replace(bugs=None)):
                errors = belief.expected_gain(believed)[0] - gains, belief.p_correct(believed)[0] - right
                wrong.append([np.abs(error).mean() for error in errors])
            m = int(rng.integers(c.n_items))
            option = int(rng.choice(numbers["options"], p=joint.options(m))) if c.asks[m] else None
            joint.lesson(m, option)
            out["answered"], out["correct"], out["option"] = (
                bool(c.asks[m]),
                option == 0,
                -1 if option is None else option,
            )
            belief.update(state, np.array([m]), out)
    told, untold = np.array(wrong).reshape(-1, 2, 2).mean(axis=0)
    assert (told < 0.004).all()
    assert (told < untold / 5).all()


@pytest.mark.kernels
def test_an_item_that_tells_the_bug_gains_more_than_one_that_does_not():
    """Two questions, each tells another bug; whoever chose bug 1's option gains more by the first."""
    belief = MisconceptionsBelief(one_skill(0.0, 0.0), **NUMBERS, diagnostic=[[1, 0], [0, 1]])
    state, out = belief.allocate(1), allocate_outcome(1)
    out["answered"], out["option"] = True, 1
    before = belief.expected_gain(Believed.of(state))[0]
    assert before[0] == pytest.approx(before[1])
    belief.update(state, np.array([0]), out)
    after = belief.expected_gain(Believed.of(state))[0]
    assert after[0] > 1.2 * after[1]
    unseen = belief.expected_gain(Believed.of(state)._replace(bugs=None))[0]
    assert unseen[0] == unseen[1]


@pytest.mark.kernels
def test_a_policy_that_looks_one_lesson_ahead_chooses_the_item_that_refutes_the_bug():
    scenario = tutored()
    env = scenario.make(40, seed=1)
    problem, policy = Problem.of(env), build_policy(load_policy("greedy"))
    policy.bind(problem)
    observation, _ = env.reset()
    tells = np.asarray(env.belief.told) & np.asarray(env.curriculum.asks)[:, None]
    chosen = set()
    for _ in range(12):
        bugs = problem.believed(observation).bugs
        np.testing.assert_allclose(bugs, env.belief_state["bugs"], atol=1e-6)
        items, _ = policy.predict(observation)
        skill = env.curriculum.item_skills[items, 0]
        for i, (k, m) in enumerate(zip(skill, items, strict=True)):
            if bugs[i, k].max() > 0.9 and env.curriculum.asks[m]:
                chosen.add(bool(tells[m, bugs[i, k].argmax()]))
        observation = env.step(items)[0]
    assert chosen == {True}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"belief": {"kind": "graph", "source": "true_population"}, "replace": {}},
            "bug_1, bug_2 needs belief.kind=mis",
        ),
        ({"observe.rows": "items"}, "column bug_1, bug_2 needs belief.kind=misconceptions and observe.rows=skills"),
        ({"observe.columns": ["belief", "bug_3"]}, "observe.columns: bug_3 is shown, but the belief tells 2 bugs"),
    ],
)
def test_columns_of_bugs_that_nobody_tells_are_refused_in_one_line(changes, says):
    with pytest.raises(InputError, match=says):
        tutored(**changes).make(1)
