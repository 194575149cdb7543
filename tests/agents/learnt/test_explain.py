"""What a saved teacher says of its choices: the same scores as it decides by, and what moved them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import zpdgym
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

pytest.importorskip("torch")
from zpdgym.agents.learnt import training

POLICIES = ("ppo_scorer", "ppo", "dqn", "ppo_recurrent")


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    """Teachers of a few lessons on disk."""
    found = {name: tmp_path_factory.mktemp("teachers") / name for name in POLICIES}
    for name, folder in found.items():
        training.train(Scenario.load("tiny"), name, lessons=600, seed=0, n_validation=40).save(folder)
    return found


@pytest.fixture
def seen() -> np.ndarray:
    """The table of a student whose skills differ in everything; all of them are ready."""
    env = zpdgym.make("tiny")
    env.reset(seed=1)
    for action in (0, 1, 0):
        observation = env.step(action)[0]
    observation[:, 0] = (0.9, 0.2, 0.6)
    observation[:, 1] = (1.0, 0.95, 1.0)
    return observation


@pytest.mark.parametrize("name", ["ppo_scorer", "ppo", "dqn"])
def test_scores_are_those_that_the_teacher_decides_by(folders, seen, name):
    teacher = zpdgym.load_teacher(folders[name])
    masks = np.array([True, False, True])
    why = teacher.explain(seen, action_masks=masks)
    _, action, logits = teacher.logits(seen[None], masks[None])
    frame = why.candidates.set_index("item")
    assert list(frame.index) == list(zpdgym.make("tiny").get_wrapper_attr("action_names"))
    assert list(np.flatnonzero(frame["allowed"])) == list(action) == [0, 2]
    assert np.array_equal(frame["score"].dropna().to_numpy(np.float32), logits)
    assert frame["probability"].sum() == pytest.approx(1.0)
    assert sorted(frame["rank"].dropna()) == [1, 2]
    chosen = teacher.predict(seen[None], deterministic=True, action_masks=masks[None])[0][0]
    assert why.action == chosen
    assert why.chosen == frame.index[chosen]
    assert frame.loc[why.chosen, "rank"] == 1
    assert why.text == str(why)
    assert why.chosen in why.text
    assert any(column.startswith("by_") for column in frame) == (name == "ppo_scorer")


@pytest.mark.parametrize("name", ["ppo_scorer", "ppo"])
def test_the_value_is_that_of_the_critic(folders, seen, name):
    teacher = zpdgym.load_teacher(folders[name])
    model = teacher.to_sb3()
    values = model.policy.predict_values(model.policy.obs_to_tensor(seen[None])[0])
    assert teacher.explain(seen).value == pytest.approx(values.item(), abs=1e-4)


def test_a_column_moved_the_score_by_what_its_median_would_change(folders, seen):
    teacher = zpdgym.load_teacher(folders["ppo_scorer"])
    why = teacher.explain(seen)
    everybody = np.ones((1, 3), bool)
    for item in range(3):
        changed = seen.copy()
        changed[item, 0] = np.median(seen[:, 0])
        less = teacher.logits(changed[None], everybody)[2][item]
        assert why.candidates["by_belief"][item] == pytest.approx(why.candidates["score"][item] - less, abs=1e-5)
    assert (why.candidates["by_time_left"] == 0.0).all()  # the same in every row
    assert why.candidates["by_belief"].abs().max() > 0.01
    moved = why.candidates.filter(like="by_").iloc[why.action].abs().nlargest(2).index
    assert re.findall(r"(\w+) \([+-]", why.text) == [name.removeprefix("by_") for name in moved]


def test_a_replaced_readiness_takes_no_candidate_away(folders, seen):
    teacher = zpdgym.load_teacher(folders["ppo_scorer"])
    seen[:, 1] = (1.0, 0.1, 0.1)  # of the rows that are not ready nothing is taken
    alone = teacher.explain(seen)
    assert list(alone.candidates["allowed"]) == [True, False, False]
    assert (alone.candidates.filter(like="by_").iloc[0] == 0.0).all()
    assert "the only candidate" in alone.text
    seen[:, 1] = 0.0  # nobody is ready: all are scored, and stay so
    assert teacher.explain(seen).candidates["allowed"].all()


def test_observations_in_every_form_mean_the_same(folders, seen):
    teacher = zpdgym.load_teacher(folders["ppo_scorer"])
    wanted = teacher.explain(seen).candidates
    for form in (seen.reshape(-1), seen[None], seen.reshape(1, -1), seen.astype(np.float64), seen.tolist()):
        assert teacher.explain(form).candidates.equals(wanted)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda seen: np.stack([seen, seen]), r"shape \(2, 3, 11\); one observation is 3 rows x 11 columns"),
        (lambda seen: seen.T, r"shape \(11, 3\)"),
        (lambda seen: seen[:, :-1], r"shape \(3, 10\)"),
        (lambda seen: seen[:0], r"shape \(0, 11\)"),
        (lambda seen: None, "no table of numbers|shape"),
        (lambda seen: "belief", "no table of numbers"),
        (lambda seen: {"observation": seen}, "no table of numbers"),
        (lambda seen: [[1.0], [1.0, 2.0]], "no table of numbers"),
        (lambda seen: np.where(seen == seen[1, 0], np.nan, seen), "nan in row 1, column belief"),
        (lambda seen: np.where(seen == seen[1, 0], 1e300, seen.astype(float)), "inf in row 1, column belief"),
    ],
)
def test_a_wrong_observation_is_refused_in_one_line(folders, seen, change, said):
    with pytest.raises(InputError, match=said):
        zpdgym.load_teacher(folders["ppo"]).explain(change(seen))


@pytest.mark.parametrize("masks", [[True, True], [False] * 3, [1, 0, 1], "all", [[True], [True, False]]])
def test_wrong_masks_are_refused_in_one_line(folders, seen, masks):
    with pytest.raises(InputError, match="action_masks"):
        zpdgym.load_teacher(folders["ppo"]).explain(seen, action_masks=masks)


def test_who_cannot_explain_says_why(folders, seen):
    with pytest.raises(InputError, match="has met no scenario yet"):
        Teacher.load(folders["ppo_scorer"]).explain(seen)
    with pytest.raises(InputError, match="remembers all lessons"):
        zpdgym.load_teacher(folders["ppo_recurrent"]).explain(seen)


def test_a_teacher_is_found_in_its_run(folders, seen, tmp_path):
    shutil.copytree(folders["ppo"], tmp_path / "seed0" / "teacher")
    assert zpdgym.load_teacher(tmp_path / "seed0").explain(seen).chosen
    for nothing, said in ((tmp_path, "teacher.json"), (tmp_path / "none", "no teacher at"), (3, "path=3")):
        with pytest.raises(InputError, match=said):
            zpdgym.load_teacher(nothing)


def test_its_scenario_is_that_of_its_card_or_must_be_said(folders, tmp_path):
    with pytest.raises(InputError, match="cannot teach Algebra-v1"):
        zpdgym.load_teacher(folders["ppo"], scenario="algebra")
    slow = Scenario.load("tiny", change={"student.learn": 0.1})
    changed = training.train(slow, "ppo", lessons=200, seed=0, n_validation=20)
    changed.save(tmp_path / "changed")
    assert changed.action_names == zpdgym.load_teacher(tmp_path / "changed").action_names
    changed.card["scenario"] = "Mine-v3"
    changed.save(tmp_path / "mine")
    with pytest.raises(InputError, match="trained on Mine-v3, which is not found by name; say which one"):
        zpdgym.load_teacher(tmp_path / "mine")
    assert zpdgym.load_teacher(tmp_path / "mine", scenario=slow).action_names == changed.action_names


def test_a_teacher_of_several_scenarios_must_be_told_which(tmp_path):
    slow = Scenario.load("tiny", change={"student.learn": 0.1})
    training.train([Scenario.load("tiny"), slow], "ppo_scorer", lessons=400, seed=0, n_validation=20).save(tmp_path)
    with pytest.raises(InputError, match="trained on several scenarios"):
        zpdgym.load_teacher(tmp_path)
    practice = zpdgym.load_teacher(tmp_path, scenario="Practice-v0")
    observation, info = zpdgym.make("Practice-v0").reset(seed=0)
    why = practice.explain(observation, action_masks=info["action_mask"])
    assert why.chosen in zpdgym.make("Practice-v0").get_wrapper_attr("action_names")


def test_ending_the_teaching_has_no_row(with_finish):
    teacher = training.train(with_finish, "ppo_scorer", lessons=400, seed=0, n_validation=20)
    observation, info = zpdgym.make(with_finish).reset(seed=0)
    last = teacher.explain(observation).candidates.iloc[-1]
    assert last["item"] == "finish"
    assert last["allowed"]
    assert last.filter(like="by_").isna().all()
    assert not teacher.explain(observation, action_masks=info["action_mask"]).candidates["allowed"].iloc[-1]
