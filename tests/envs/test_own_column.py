"""Columns of one's own in the observation: what they are told, where they are shown, and what is refused."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import zpdgym
from gymnasium.utils.env_checker import check_env
from zpdgym.envs import Scenario, ScenarioSet, check_tutor_env
from zpdgym.envs.observe import ALL_COLUMNS, DEFAULT_COLUMNS
from zpdgym.errors import InputError
from zpdgym.experiments.store.fingerprint import fingerprint
from zpdgym.scripts.cli import main

OWN = '''
import numpy as np
import numpy.typing as npt


class Wrong:
    """Wrong answers so far on this skill."""

    name = "wrong"

    def __init__(self, scale=1000.0):
        self.scale = scale

    def __call__(self, seen):
        return seen.column("tries") - seen.column("successes")


def rested(seen, *, days: float = 1.0) -> npt.NDArray[np.float64]:
    """Whether the last lesson on it was days ago."""
    return (seen.column("days_since") >= days) & (seen.column("tries") > 0)


def last(seen) -> npt.NDArray[np.float64]:
    """What is told beside the table."""
    told = (seen.items + 1) / 1000 + seen.outcome["correct"] / 10 + seen.lessons / 1000 + seen.beliefs.sum(axis=1) / 100
    return np.repeat(told[:, None], seen.table.shape[1], axis=1)


class Peers:
    def __call__(self, seen):
        belief = seen.column("belief")
        return np.abs(belief - belief.mean(axis=0))

    name = "peers"


class Remembers:
    name = "remembers"

    def __init__(self):
        self.asked = 0

    def __call__(self, seen):
        self.asked += 1
        return np.full(seen.table.shape[:2], self.asked % 2)


class Answer:
    name = "answer"

    def __init__(self, value):
        self.value = value

    def __call__(self, seen):
        return {
            "nan": np.full(seen.table.shape[:2], np.nan),
            "above": np.full(seen.table.shape[:2], 1.1),
            "below": np.full(seen.table.shape[:2], -0.1),
            "flat": np.zeros(len(seen)),
            "text": np.full(seen.table.shape[:2], "a"),
            "ragged": [[0.0], [0.0, 1.0], [1.0]],
            "none": None,
            "writes": seen.table.__setitem__ if self.value == "writes" else None,
        }[self.value]


class Silent:
    """No column."""


def clear(seen) -> None: ...


def nothing() -> npt.NDArray[np.float64]: ...
'''
WRONG, RESTED, LAST = ({"_target_": f"columns_for_test.{name}"} for name in ("Wrong", "rested", "last"))


@pytest.fixture(autouse=True)
def own(own_module):
    return own_module("columns_for_test", OWN)


def shown(*columns, world="practice", **change):
    return Scenario.load(world, change={"observe.columns": [*DEFAULT_COLUMNS, *columns], **change})


def play(env, lessons, seed=3):
    rng, seen = np.random.default_rng(0), [env.reset(seed=seed)[0]]
    for _ in range(lessons):
        actions = rng.integers(env.curriculum.n_items, size=env.num_envs)
        seen.append(env.step(np.where(env.done, 0, actions))[0])
    return np.stack(seen)


def test_it_stands_beside_ours_which_stay_as_they_are():
    with_own, without = shown(WRONG, RESTED).make(5, seed=3), shown().make(5, seed=3)
    own, ours = play(with_own, 90), play(without, 90)
    np.testing.assert_array_equal(own[..., : len(DEFAULT_COLUMNS)], ours)
    tries, successes = (ours[..., DEFAULT_COLUMNS.index(name)] for name in ("tries", "successes"))
    np.testing.assert_allclose(own[..., -2] * 1000, (tries - successes) * with_own.horizon, atol=1e-3)
    assert 0 < own[..., -1].mean() < 1


def test_it_says_what_it_is_called_how_large_it_gets_and_what_it_says():
    env = shown(WRONG, {**RESTED, "days": 2, "name": "pause", "text": "a pause"}, {**LAST, "scale": 3}).make(1)
    assert [(c.name, c.scale, c.text) for c in env.columns[-3:]] == [
        ("wrong", 1000.0, "Wrong answers so far on this skill"),
        ("pause", 1.0, "a pause"),
        ("last", 3.0, "What is told beside the table"),
    ]


@pytest.mark.parametrize("world", ["practice", "game", "tiny", "algebra"])
def test_environments_with_it_keep_every_promise(world):
    scenario = shown(WRONG, RESTED, LAST, world=world)
    check_tutor_env(scenario)
    check_env(zpdgym.envs.TutorEnv(scenario), skip_render_check=True)


def test_one_student_at_a_time_sees_the_same():
    scenario = shown(LAST, WRONG)
    together = play(scenario.make(3, autoreset=False), 30)
    for i in range(3):
        env, rng = zpdgym.envs.TutorEnv(scenario, first_student=i), np.random.default_rng(0)
        seen = [env.reset(seed=3)[0]]
        for _ in range(30):
            seen.append(env.step(rng.integers(env.curriculum.n_items, size=3)[i])[0])
        np.testing.assert_array_equal(np.stack(seen), together[:, i])


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_who_begins_anew_has_had_no_lesson(mode):
    env = shown(LAST, world="tiny").make(4, autoreset_mode=mode)
    seen = play(env, 14)
    first = seen[0]
    again = seen[6] if mode == "SameStep" else seen[7]
    np.testing.assert_array_equal(again[..., -1], first[..., -1])
    env = shown(LAST, world="tiny").make(4, autoreset_mode=mode)
    env.reset(seed=3)
    for _ in range(6):
        last = env.step(np.zeros(4, np.int64))
    final = last[4]["final_obs"][0] if mode == "SameStep" else last[0][0]
    assert final[0, -1] > 0.006


def test_a_part_that_is_reset_leaves_the_others_as_they_were():
    env = shown(LAST, world="tiny").make(4, autoreset_mode="Disabled")
    env.reset(seed=3)
    before = [env.step(np.zeros(4, np.int64)) for _ in range(3)][-1][0]
    after, _ = env.reset(options={"reset_mask": np.array([True, False, True, False])})
    np.testing.assert_array_equal(after[[1, 3]], before[[1, 3]])
    assert (after[[0, 2], :, -1] != before[[0, 2], :, -1]).all()


def test_copies_and_snapshots_go_on_alike():
    env = shown(WRONG, LAST).make(4, seed=1)
    env.reset(seed=1)
    env.step(np.array([0, 1, 2, 3]))
    copies = [copy.deepcopy(env), pickle.loads(pickle.dumps(env))]
    other = shown(WRONG, LAST).make(4, seed=1)
    other.reset(seed=9)
    other.restore(env.snapshot())
    wanted = env.step(np.array([3, 2, 1, 0]))[0]
    for one in (*copies, other):
        np.testing.assert_array_equal(one.step(np.array([3, 2, 1, 0]))[0], wanted)


def test_policies_may_need_it_and_teachers_learn_from_it(tmp_path):
    pytest.importorskip("torch")
    scenario = shown(WRONG, world="tiny")
    teacher = zpdgym.train(scenario, "ppo_scorer", lessons=600, seed=0)
    assert teacher.card["columns"][-1] == "wrong"
    teacher.save(tmp_path / "t")
    found = zpdgym.evaluate(scenario, {"_target_": "zpdgym.agents.Saved", "path": str(tmp_path / "t")}, n_students=20)
    assert found.summary() == zpdgym.evaluate(scenario, teacher, n_students=20).summary()
    with pytest.raises(InputError, match="needs the column wrong"):
        zpdgym.evaluate("tiny", teacher, n_students=20)


def test_stable_baselines_sees_it():
    pytest.importorskip("stable_baselines3")
    from zpdgym.agents.learnt.sb3 import TutorVecEnv

    scenario = shown(WRONG, world="tiny")
    venv = TutorVecEnv(scenario.make(3, seed=0))
    assert venv.observation_space.shape[-1] == len(DEFAULT_COLUMNS) + 1
    venv.reset()
    assert any(venv.step(np.zeros(3, np.int64))[0][..., -1].any() for _ in range(5))


def test_several_scenarios_must_show_the_same_one():
    ScenarioSet([shown(WRONG), shown(WRONG, world="tiny")])
    with pytest.raises(InputError, match="columns of your own"):
        ScenarioSet([shown(WRONG), shown({**WRONG, "scale": 999.0}, world="tiny")])


def test_runs_depend_on_its_file_and_its_numbers(own):
    def marks(section):
        return fingerprint({"sections": shown(section).sections}).value

    first = marks(WRONG)
    assert first == marks(WRONG) != marks({**WRONG, "scale": 999.0})
    assert shown(WRONG).label != shown().label
    (own / "columns_for_test.py").write_text(OWN + "\n# another line\n")
    assert marks(WRONG) != first


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("Peers", r"column peers \(columns_for_test\.Peers\) must tell of a student by what was seen of that student"),
        ("Remembers", "and the same whenever it is asked"),
    ],
)
def test_what_looks_at_others_or_remembers_is_refused_within_a_few_lessons(target, message):
    env = shown({"_target_": f"columns_for_test.{target}"}).make(6)
    with pytest.raises(InputError, match=message):
        play(env, 6)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("nan", r"must give numbers in \[0, 1\] of shape \(3, 8\), .*; student 0, row 0 is nan"),
        ("above", "row 0 is 1.1"),
        ("below", "row 0 is -0.1"),
        ("flat", r"not shape \(3,\) of float64"),
        ("text", "not shape"),
        ("ragged", "not list"),
        ("none", "not None"),
        ("writes", "must give numbers"),
    ],
)
def test_other_answers_are_refused_naming_column_student_and_row(value, message):
    env = shown({"_target_": "columns_for_test.Answer", "value": value}).make(3)
    with pytest.raises(InputError, match=message):
        env.reset(seed=0)


def test_what_is_seen_cannot_be_written_to(own):
    (own / "writes_for_test.py").write_text(
        "def writes(seen):\n    seen.table[:] = 0\n    return seen.column('belief')\n"
    )
    with pytest.raises(ValueError, match="read-only"):
        shown({"_target_": "writes_for_test.writes"}).make(2).reset(seed=0)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"_target_": "columns_for_test.Silent"}, "has no __call__: it is no column"),
        ({"_target_": "columns_for_test.clear"}, "gives None, no column"),
        ({"_target_": "columns_for_test.nothing"}, r"must take what is seen, column\(seen\)"),
        ({"_target_": "columns_for_test.Nobody"}, "Nobody"),
        ({**WRONG, "scael": 2}, "Did you mean 'column.scale'"),
        ({**WRONG, "scale": 0}, r"scale=0 must be a number in \(0, 1e9\]"),
        ({**RESTED, "scale": "much"}, "scale='much' must be a number"),
        ({**RESTED, "name": "two words"}, "must be a short name"),
        ({**RESTED, "name": "belief"}, "name=belief is another column"),
        ({**RESTED, "text": 5}, "text=5 must be a sentence"),
        ({"target": "columns_for_test.Wrong"}, "unknown column in observe.columns"),
    ],
)
def test_what_is_no_column_is_refused_when_the_scenario_is_read(section, message):
    with pytest.raises(InputError, match=message):
        shown(section)


def test_two_of_one_name_and_nothing_but_ones_own_are_refused():
    with pytest.raises(InputError, match="name=wrong is another column"):
        shown(WRONG, WRONG)
    with pytest.raises(InputError, match="beside at least one of ours"):
        Scenario.load("tiny", change={"observe.columns": [WRONG]})
    assert "wrong" not in ALL_COLUMNS


def test_files_and_command_lines_may_name_it(capsys):
    named = "{_target_: columns_for_test.Wrong, scale: 80}"
    columns = f"scenario.observe.columns=[belief,ready,tries,successes,was_last,{named}]"
    assert main(["evaluate", "scenario=tiny", "policy=mastery", "n_students=10", columns]) == 0
    assert main(["evaluate", "scenario=tiny", "policy=mastery", "n_students=10", columns.replace("Wrong", "Wrog")]) == 2
    assert "Wrog" in capsys.readouterr().err
