"""A teacher for whoever comes is trained on several kinds of students, all before the scenario's own tutor."""

import numpy as np
import pytest
from zpdgym.agents.learnt.load import load_teacher
from zpdgym.agents.learnt.scorers import RobustPPO
from zpdgym.agents.learnt.training import train
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.configs.build import CONFIGS, read_yaml
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.runs.scenarios import kinds_of_students
from zpdgym.experiments.runs.specification import Experiment

ROBUST = load_policy("ppo_robust") | {"ready": 0.8, "evaluations": 2, "students": ["slow", "afm"]}
LABELS = ["Tiny-v0", "Tiny-v0/slow", "Tiny-v0/afm"]


def trained(**options):
    return train(Scenario.load("Tiny-v0"), ROBUST, lessons=600, seed=0, n_validation=31, **options)


@pytest.fixture(scope="module")
def teacher():
    return trained()


def test_its_kinds_are_the_columns_of_the_matrix_under_the_same_tutor():
    scenario = Scenario.load("Algebra-v1")
    own, *others = build_policy("ppo_robust").worlds([scenario])
    listed = read_yaml(CONFIGS / "matrix/algebra.yaml")["students"]
    names = [kind if isinstance(kind, str) else kind["name"] for kind in listed]
    columns = kinds_of_students(Experiment.of_matrix({"scenario": "Algebra-v1", "students": listed}), scenario)
    assert own is scenario
    assert [world.label.rpartition("/")[2] for world in others] == names
    for world in others:
        assert world.belief_parameters == scenario.belief_parameters
        alike = ("curriculum", "schedule", "observe", "belief", "outcome")
        assert {part: world.sections[part] for part in alike} == {part: scenario.sections[part] for part in alike}
        name = world.label.rpartition("/")[2]
        column = columns[name]
        assert world.sections["student"] == column.sections["student"]
        assert world.sections["population"] == column.sections["population"]


def test_but_for_its_students_it_is_the_item_scorer():
    robust, scorer = load_policy("ppo_robust"), load_policy("ppo_scorer")
    drop = ("_target_", "name", "students")
    assert {k: v for k, v in robust.items() if k not in drop} == {k: v for k, v in scorer.items() if k not in drop}


@pytest.mark.parametrize("name", ["Practice-v1", "KT6KC-v1", "Game-v0", "Tiny-v0"])
def test_its_students_can_learn_what_every_bundled_scenario_teaches(name):
    scenario = Scenario.load(name)
    worlds = build_policy("ppo_robust").worlds([scenario])
    assert len(worlds) == 1 + len(scenario.sections["unexpected"]) + 3


def test_its_card_says_whom_it_met_and_it_teaches_its_scenario_without_being_told_which(teacher, tmp_path):
    assert teacher.card["trained_on"] == LABELS
    assert teacher.card["settings"]["students"] == ["slow", "afm"]
    teacher.save(tmp_path)
    assert load_teacher(tmp_path).card["trained_on"] == LABELS


def test_validation_students_are_shared_out_among_all_kinds():
    judged = list[int]()
    trained(go_on=lambda lessons, outcome: judged.append(len(outcome)) or True)
    assert judged == [30, 30, 30]  # before the training, too


def test_it_comes_out_the_same_however_often_it_is_interrupted(teacher, tmp_path):
    class Stop(Exception):
        pass

    def stop(done, wanted):
        if done > 300:
            raise Stop

    with pytest.raises(Stop):
        trained(checkpoint=tmp_path / "c", checkpoint_every=1, progress=stop)
    again = trained(checkpoint=tmp_path / "c")
    assert all(np.array_equal(array, again.weights[name]) for name, array in teacher.weights.items())


@pytest.mark.parametrize(
    ("students", "says"),
    [
        (["slwo"], "unknown kind 'policy.students.slwo'. Did you mean 'policy.students.slow'?"),
        (["slow", "unexpected"], "policy.students: 'slow' is there twice"),
        (["kt6kc"], "policy ppo_robust: students of kind kt6kc in Tiny-v0: KT6KC needs 6 skills"),
        ([{"name": "a", "population": {"_target_": "zpdgym.students.Population", "sd": {"speed": 1}}}], "speed"),
    ],
)
def test_a_kind_that_cannot_be_is_refused_in_one_line_before_anything_is_trained(students, says):
    with pytest.raises(InputError) as error:
        train(Scenario.load("Tiny-v0"), ROBUST | {"students": students}, lessons=300, seed=0)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("students", [[], "slow", [3], None])
def test_students_are_a_list_of_kinds(students):
    with pytest.raises(InputError, match="must be a list of names"):
        RobustPPO(students=students)
