"""Scenario files: names, sections, changes, and what is said when something is wrong in them."""

import doctest
import pickle

import gymnasium
import numpy as np
import pytest
import yaml
import zpdgym.envs
from zpdgym.configs.build import CONFIGS
from zpdgym.envs import Scenario, scenario_names
from zpdgym.envs.scenario_file import read_scenario
from zpdgym.errors import InputError
from zpdgym.students.knowledge.presets import draw_parameters

from benchmarks.pages import scenarios

NAMES = scenario_names()


def test_the_scenarios_are_registered():
    assert {"Algebra-v0", "Game-v0", "KT6KC-v0", "Practice-v0", "Tiny-v0"} <= set(NAMES)
    for name in NAMES:
        assert f"zpdgym/{name}" in gymnasium.registry


@pytest.mark.parametrize("name", ["kt6kc", "KT6KC", "kt6KC-v1", "zpdgym/KT6KC-v1", "configs/scenario/KT6KC-v1.yaml"])
def test_a_scenario_has_many_names(name, monkeypatch):
    monkeypatch.chdir(CONFIGS.parent)
    assert Scenario.load(name).label == "KT6KC-v1"


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_scenario_names_its_source(name):
    scenario = Scenario.load(name)
    sections = scenario.sections
    assert sections["assumptions"]
    told = " ".join(sections["sources"])
    for section in (
        "student",
        "schedule",
        "outcome.smallest_difference",
        *(["population"] if sections["population"] else []),
    ):
        assert section in told, f"{name}: no source for {section}"
    for kind in sections["unexpected"]:
        assert "unexpected" in told, f"{name}: no source for the unexpected students {kind}"
    assert (CONFIGS.parent / "docs" / "scenarios" / f"{name}.md").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_unexpected_students_leave_the_tutor_as_it_is(name):
    scenario = Scenario.load(name)
    others = scenario.unexpected()
    assert len(others) >= 2
    for kind, other in others.items():
        assert other.label == f"{name}/{kind}"
        assert other.belief_parameters == scenario.belief_parameters
        assert other.column_names == scenario.column_names
        assert other.schedule.total == scenario.schedule.total
        env = other.make(3)
        env.reset(seed=0)
        env.step(np.zeros(3, np.int64))
        different = other.sections["student"] != scenario.sections["student"]
        assert different or other.sections["population"] != scenario.sections["population"]


def test_the_numbers_of_algebra_are_those_of_the_documented_draw():
    student = Scenario.load("algebra").sections["student"]
    for name, values in draw_parameters(30, preset="recommended", seed=0).items():
        np.testing.assert_array_equal(student[name], np.round(values, 3))
    forgetful = Scenario.load("algebra").unexpected()["quick_forgetting"].sections["student"]
    assert forgetful == {**student, "forget": 3 * student["forget"]}


def test_slow_learning_halves_the_odds():
    scenario = Scenario.load("algebra")
    usual = scenario.student.population.groups
    slow = scenario.unexpected()["slow_learning"].student.population.groups
    for a, b in zip(usual, slow, strict=True):
        assert np.exp(b.shift["learn"] - a.shift["learn"]) == pytest.approx(0.5, abs=1e-3)


def test_a_changed_number_changes_the_label():
    plain = Scenario.load("tiny")
    dotted = Scenario.load("tiny", change={"student.learn": 0.3})
    nested = Scenario.load("tiny", change={"student": {"learn": 0.3}})
    assert plain.label == "Tiny-v0"
    assert dotted.label == nested.label
    assert dotted.label.startswith("Tiny-v0~")
    assert len(dotted.label) == len("Tiny-v0~") + 4
    assert Scenario.load("tiny", change={"schedule.lessons": 6}).label == "Tiny-v0"
    assert Scenario.load(dotted, change={"schedule.lessons": 7}).label != dotted.label
    assert Scenario.load(plain, change={"student.learn": 0.3}).label == dotted.label
    assert dotted.student.learn.tolist() == [0.3] * 3


def test_a_replaced_section_is_the_chosen_file_and_nothing_else():
    scenario = Scenario.load("tiny", replace={"schedule": "seven_weeks", "population": "varied"})
    assert scenario.sections["schedule"] == yaml.safe_load((CONFIGS / "schedule" / "seven_weeks.yaml").read_text())
    assert scenario.student.population.sd["learn"] > 0
    assert Scenario.load("algebra", replace={"population": None}).sections["population"] is None


@pytest.mark.parametrize("path", sorted((CONFIGS / "schedule").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_schedule_can_be_used(path):
    assert Scenario.load("tiny", replace={"schedule": path.stem}).schedule.total > 0


def test_a_scenario_survives_pickling():
    scenario = Scenario.load("algebra").unexpected()["slow_learning"]
    again = pickle.loads(pickle.dumps(scenario))
    assert again.label == scenario.label
    assert again.belief_parameters == scenario.belief_parameters


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"scenario": "algebar"}, "Did you mean 'Algebra-v1'"),
        ({"scenario": "nowhere.yaml"}, "there is no file 'nowhere.yaml'"),
        ({"scenario": "tiny", "replace": {"studnet": "bkt"}}, "Did you mean 'student'"),
        ({"scenario": "tiny", "replace": {"schedule": "seven_week"}}, "Did you mean 'seven_weeks'"),
        ({"scenario": "tiny", "change": {"student.lern": 0.1}}, "student.lern.*Did you mean 'student.learn'"),
        ({"scenario": "tiny", "change": {"shedule.lessons": 1}}, "Did you mean 'scenario.schedule'"),
        ({"scenario": "tiny", "change": {"schedule.lessons": "six"}}, "lessons='six' must be a whole number"),
        ({"scenario": "tiny", "change": {"student.learn": 1.5}}, "learn=1.5"),
        ({"scenario": "tiny", "change": {"observe.columns": ["beliefs"]}}, "Did you mean 'belief'"),
        ({"scenario": "tiny", "change": {"observe.columns": []}}, "must be a list of column names"),
        ({"scenario": "tiny", "change": {"observe.columns": ["belief", "belief"]}}, "'belief' is given twice"),
        ({"scenario": "tiny", "change": {"observe.rows": "skill"}}, "Did you mean 'skills'"),
        ({"scenario": "tiny", "change": {"observe.row": "skills"}}, "Did you mean 'observe.rows'"),
        ({"scenario": "tiny", "change": {"reward.kind": "gian"}}, "Did you mean 'gain'"),
        ({"scenario": "tiny", "change": {"reward.sort": "gain"}}, "reward.sort"),
        ({"scenario": "tiny", "change": {"actions.finish": "yes"}}, "finish='yes' must be true or false"),
        ({"scenario": "tiny", "change": {"actions.finish_after": -1}}, "finish_after=-1"),
        ({"scenario": "tiny", "change": {"actions.end": 1}}, "actions.end"),
        ({"scenario": "tiny", "change": {"outcome.primary": "joy"}}, "outcome.primary"),
        ({"scenario": "tiny", "change": {"outcome.smallest_difference": 2}}, "smallest_difference=2"),
        ({"scenario": "tiny", "change": {"outcome.second": "post"}}, "outcome.second"),
        ({"scenario": "tiny", "change": {"schedule.lessons.many": 2}}, "holds no keys"),
    ],
)
def test_mistakes_are_told_in_one_line(keywords, said):
    with pytest.raises(InputError, match=said) as error:
        Scenario.load(**keywords)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"belief.source": "gues"}, "Did you mean 'given'|belief.source"),
        ({"belief.source": "fitted"}, "the fitted belief Tiny-v0.belief.json is missing"),
        ({"belief.prior": 0.3}, "can only be set with source: given"),
    ],
)
def test_mistakes_about_the_belief_are_told_when_it_is_built(change, said):
    with pytest.raises(InputError, match=said):
        _ = Scenario.load("tiny", change=change).belief


def test_the_true_population_is_there_as_an_ablation():
    belief = Scenario.load("kt6kc", change={"belief.source": "true_population"}).belief
    assert belief.parameters()["learn"] == [0.2] * 6
    scenario = Scenario.load("algebra", change={"belief.source": "true_population"})
    known = scenario.make(4000).reset(seed=0)[0][0, :, 0]
    env = scenario.make(4000)
    env.reset(seed=0)
    np.testing.assert_allclose(known, env.probe.mastery().mean(axis=0), atol=0.1)
    with pytest.raises(InputError, match="DifficultyBandLearner has no numbers"):
        _ = Scenario.load("game", change={"belief.source": "true_population"}).belief


def write(folder, text):
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


MINE = """# Mine.
name: Mine-v0
curriculum: {_target_: zpdgym.students.chain, n_skills: 2}
student: {_target_: zpdgym.students.BKT}
schedule: {lessons: 3}
belief: {kind: bkt, source: given, prior: 0.5, learn: 0.1, guess: 0.2, slip: 0.1}
"""


def test_a_file_of_ones_own_needs_five_lines(tmp_path):
    scenario = Scenario.load(write(tmp_path, MINE))
    assert scenario.label == "Mine-v0"
    assert scenario.make(2).reset(seed=0)[0].shape == (2, 2, 11)
    zpdgym.envs.check_tutor_env(scenario)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MINE.replace("schedule", "shedule"), "Did you mean 'schedule'"),
        (MINE.replace("student: {_target_: zpdgym.students.BKT}\n", ""), "student missing"),
        (MINE.replace("{lessons: 3}", "3"), "schedule must be a section of keys"),
        ("- a\n- b\n", "must hold keys and values"),
        ("a: [1\n", "not readable as YAML"),
        (MINE.replace("students.BKT", "students.BTK"), "BTK"),
        (MINE + "unexpected: {other: {schedule: {lessons: 4}}}\n", "unexpected.other.schedule"),
        (MINE + "unexpected: {other: 3}\n", "must hold a student or a population"),
    ],
)
def test_mistakes_in_a_file_are_told_in_one_line(tmp_path, text, said):
    with pytest.raises(InputError, match=said) as error:
        Scenario.load(write(tmp_path, text)).unexpected()
    assert "\n" not in str(error.value)


def test_files_are_read_as_utf8_or_refused(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(MINE.encode() + b"# \xff\n")
    with pytest.raises(InputError, match="not readable as YAML"):
        Scenario.load(str(path))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_every_section_that_it_uses(name):
    """Scenario files stand for themselves: nothing of importance comes from a default elsewhere."""
    content = yaml.safe_load((CONFIGS / "scenario" / f"{name}.yaml").read_text())
    sections = read_scenario(CONFIGS / "scenario" / f"{name}.yaml")
    assert set(content) == set(sections)
    assert content["name"] == name


@pytest.mark.parametrize("name", NAMES)
def test_pages_print_the_tables_of_the_code(name):
    text = (scenarios.PAGES / f"{name}.md").read_text()
    again = scenarios.refresh(text, Scenario.load(name), scenarios.CHEAP)
    assert again == text, (
        f"docs/scenarios/{name}.md is not what the code says: python -m benchmarks.pages.scenarios --quick"
    )
    for block in ("facts", "observation", "sources", "scores"):
        assert f"<!-- {block} -->\n<!-- end -->" not in text, f"the table {block} is empty"
        assert f"<!-- {block} -->" in text


@pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")  # what Gymnasium says of older versions
@pytest.mark.parametrize("page", ["environment.md", "scenarios/index.md", *(f"scenarios/{n}.md" for n in NAMES)])
def test_examples_of_the_pages_are_true(page):
    failed, tried = doctest.testfile(str(CONFIGS.parent / "docs" / page), module_relative=False)
    assert tried > 0
    assert failed == 0
