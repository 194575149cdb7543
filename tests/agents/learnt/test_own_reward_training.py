"""Teachers that are trained for a reward of one's own: both trainers, files that say so, and checkpoints."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
import zpdgym
from zpdgym.agents.learnt.teacher import Saved
from zpdgym.agents.learnt.teacher_files import CARD, WEIGHTS
from zpdgym.agents.registry import load_policy
from zpdgym.configs.build import CONFIGS
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

torch = pytest.importorskip("torch")
from zpdgym.agents.learnt import paid, training  # noqa: E402 (needs torch)
from zpdgym.agents.learnt.sb3 import TutorVecEnv  # noqa: E402 (needs torch)

OWN = '''
import numpy as np
import numpy.typing as npt


class Gain:
    """What ``gain`` pays, times a weight."""

    def __init__(self, weight=1.0):
        self.weight = weight

    def __call__(self, lesson):
        return self.weight * (lesson.mastery - lesson.mastery_before).sum(axis=1)


def gain(lesson, *, weight=1.0) -> npt.NDArray[np.float64]:
    return Gain(weight)(lesson)
'''
QUICK = {"lessons": 600, "seed": 1}


@pytest.fixture
def own(own_module):
    return own_module("rewards_for_test", OWN)


def spec(**change):
    return load_policy("ppo", change=change)


def card_of(teacher, folder):
    teacher.save(folder)
    return json.loads((folder / CARD).read_text())


@pytest.mark.parametrize("trainer", ["sb3", "fast"])
def test_the_same_reward_written_by_somebody_else_makes_the_same_teacher(own, tiny, trainer):
    known, named = spec(trainer=trainer), {"_target_": "rewards_for_test.Gain"}
    ours = training.train(tiny, known, n_validation=20, **QUICK)
    mine = training.train(tiny, {**known, "reward": named}, n_validation=20, **QUICK)
    twice = training.train(tiny, {**known, "reward": {**named, "weight": 2}}, n_validation=20, **QUICK)
    for name, array in ours.weights.items():
        np.testing.assert_array_equal(array, mine.weights[name])
    pays = [[row["reward"] for row in teacher.curve[1:]] for teacher in (ours, mine, twice)]
    assert pays[0] == pays[1]
    np.testing.assert_allclose(pays[2], 2 * np.array(pays[0]))
    assert any((array != twice.last.weights[name]).any() for name, array in ours.last.weights.items())


def test_files_say_which_reward_it_was_and_reading_them_runs_nothing(own, tiny):
    given = {"_target_": "rewards_for_test.gain", "weight": np.float64(2)}
    teacher = zpdgym.train("tiny", "ppo", reward=given, **QUICK)
    assert card_of(teacher, own / "t")["settings"]["reward"] == {"_target_": "rewards_for_test.gain", "weight": 2.0}
    assert (own / "t" / WEIGHTS).is_file()
    sys.modules.pop("rewards_for_test")
    (own / "rewards_for_test.py").write_text("open('canary', 'w').close()\n")
    assert zpdgym.evaluate("tiny", {"_target_": "zpdgym.agents.Saved", "path": str(own / "t")}, n_students=5)
    assert Saved(str(own / "t")).card["settings"]["reward"]["weight"] == 2.0
    assert not (own / "canary").exists()
    assert "rewards_for_test" not in sys.modules


def test_a_function_of_the_program_may_be_given_in_python(own, tiny):
    def pays(lesson):
        return lesson.outcome["correct"].astype(float)

    for teacher in (
        zpdgym.train(tiny, "ppo", reward=pays, **QUICK),
        zpdgym.train(tiny, {**spec(), "reward": pays}, **QUICK),
    ):
        told = card_of(teacher, own / "t")["settings"]["reward"]
        assert told.endswith("<locals>.pays (made in Python)")
    fast = spec(reward=pays, trainer="fast")
    with pytest.raises(InputError, match="checkpoints need one with an address"):
        training.train(tiny, fast, n_validation=20, checkpoint=own / "state", **QUICK)
    with pytest.raises(InputError, match=r"policy ppo: reward=.* is known to this program only"):
        zpdgym.compare({"name": "x", "scenarios": ["tiny"], "policies": [fast]}, results=own / "results")
    assert not (own / "results").exists()


def test_a_training_goes_on_from_its_checkpoint(own, tiny):
    known = spec(trainer="fast", reward={"_target_": "rewards_for_test.Gain", "weight": 2})
    whole = training.train(tiny, known, n_validation=20, **QUICK)

    class Enough(Exception): ...

    def stop(done, wanted):
        if done >= 512:
            raise Enough

    with pytest.raises(Enough):
        training.train(tiny, known, n_validation=20, checkpoint="c", checkpoint_every=1, progress=stop, **QUICK)
    with pytest.raises(InputError, match="belongs to another training: its settings"):
        training.train(tiny, {**known, "reward": "gain"}, n_validation=20, checkpoint="c", **QUICK)
    again = training.train(tiny, known, n_validation=20, checkpoint="c", **QUICK)
    for name, array in whole.weights.items():
        np.testing.assert_array_equal(array, again.weights[name])


def test_the_scenarios_reward_is_taken_where_the_policy_says_so(own, monkeypatch):
    said = []
    monkeypatch.setattr(paid, "say_once", lambda line, about: said.append(line))
    bundled = (CONFIGS / "scenario" / "Tiny-v0.yaml").read_text()
    mine = own / "mine.yaml"
    mine.write_text(bundled.replace("kind: belief_gain", "_target_: rewards_for_test.Gain, weight: 2"))
    mine = Scenario.load(mine)
    teacher = zpdgym.train(mine, "ppo", **QUICK)
    assert card_of(teacher, own / "t")["settings"]["reward"] == "gain"
    told = f"ppo is trained with reward=gain, not with rewards_for_test.Gain of {mine.label}"
    assert said == [f"{told}; reward: scenario in its section (policy.reward=scenario) takes that"]
    teacher = zpdgym.train(mine, "ppo", reward="scenario", **QUICK)
    assert card_of(teacher, own / "t")["settings"]["reward"] == mine.sections["reward"]
    teacher = zpdgym.train("tiny", "ppo", reward="scenario", **QUICK)
    assert card_of(teacher, own / "t")["settings"]["reward"] == "belief_gain"
    assert len(said) == 1
    with pytest.raises(InputError, match="reward=scenario is one for all scenarios, but Tiny-v0 pays another than"):
        zpdgym.train([mine, "tiny"], "ppo_scorer", reward="scenario", **QUICK)


@pytest.mark.parametrize(
    ("reward", "message"),
    [
        ({"_target_": "rewards_for_test.Gain", "wieght": 2}, "policy ppo: .*Did you mean 'reward.weight'"),
        ({"_target_": "rewards_for_test.np"}, "policy ppo: reward: rewards_for_test.np is no reward"),
        ("mine", "policy ppo: reward=.mine. must be one of belief_gain, gain, exam, recall, log_score, scenario, or"),
        (7, "policy ppo: reward=7 must be one of"),
    ],
)
def test_what_is_no_reward_is_refused_before_anything_is_trained(own, reward, message):
    with pytest.raises(InputError, match=message):
        zpdgym.train("tiny", "ppo", reward=reward, **QUICK)
    with pytest.raises(InputError, match=r"unknown key 'policy\.reward'"):
        zpdgym.train("tiny", "linear", reward="gain", **QUICK)


def test_sb3_is_paid_what_the_reward_says(tiny):
    venv = TutorVecEnv(tiny.make(3, seed=0, reward=lambda lesson: np.arange(3.0)))
    venv.reset()
    for _ in range(6):
        assert venv.step(np.zeros(3, np.int64))[1].tolist() == [0, 1, 2]
    assert venv.returns == [0, 6, 12]


@pytest.mark.parametrize("pays", ["cohort", "counts"])
def test_nothing_is_trained_by_a_reward_that_looks_elsewhere(pays):
    asked = []

    def own(lesson):
        asked.append(1)
        gain = (lesson.mastery - lesson.mastery_before).sum(axis=1)
        return gain - gain.mean() if pays == "cohort" else gain + len(asked)

    said = "depends on the cohort's size or split" if pays == "cohort" else "otherwise when it is asked again"
    with pytest.raises(InputError, match=said):
        zpdgym.train("tiny", "ppo", lessons=600, seed=0, reward=own)
