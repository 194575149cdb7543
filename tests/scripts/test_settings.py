"""What the arguments of a command come to: groups, changes, paths, students inside layers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from zpdgym.errors import InputError
from zpdgym.scripts import calibrate, compare, evaluate
from zpdgym.scripts.command.overrides import choices

from tests.scripts.helpers import settings


def test_settings_carry_groups_changes_and_keys():
    found = settings(
        evaluate.VERB,
        "scenario=KT6KC", "scenario.student.learn=.3", "student=bkt", "student.guess=.1",
        "policy=Mastery", "policy.threshold=.9", "n_students=7",
    )  # fmt: skip
    assert found["scenario"]["name"] == "KT6KC"
    assert found["scenario"]["change"] == {"student": {"learn": 0.3}}
    assert found["scenario"]["replace"]["student"]["guess"] == 0.1
    assert found["scenario"]["replace"]["student"]["_target_"] == "zpdgym.students.BKT"
    assert (found["policy"]["name"], found["policy"]["threshold"]) == ("mastery", 0.9)
    assert (found["n_students"], found["seed"], found["save"]) == (7, 0, None)


def test_a_replaced_section_does_not_keep_the_keys_of_the_old_one():
    from zpdgym.scripts.command.settings import load_scenario

    found = load_scenario(settings(evaluate.VERB, "scenario=tiny", "policy=random", "student=bkt", "population=none"))
    assert found.sections["student"]["_target_"] == "zpdgym.students.BKT"
    assert set(found.sections["student"]) == {"_target_", "prior", "learn", "guess", "slip", "forget"}
    assert found.sections["population"] is None
    assert re.fullmatch(r"Tiny-v0~[0-9a-f]{4}", found.label)


def test_unexpected_students_fit_another_curriculum(capsys):
    from zpdgym.scripts.command.settings import load_scenario, scenario_entry

    asked = settings(evaluate.VERB, "scenario=algebra", "curriculum=chain", "student=typical", "policy=linear")
    found = load_scenario(asked).unexpected()
    assert len(found) >= 2
    assert all(other.curriculum.n_skills == 10 for other in found.values())
    assert "unexpected" not in capsys.readouterr().err  # evaluate does not teach them
    entry = scenario_entry(asked)
    assert 0.1 < entry["change"]["unexpected"]["quick_forgetting"]["student"]["learn"] < 0.3
    assert capsys.readouterr().err.count("unexpected students get the median") == 1


def test_another_curriculum_keeps_the_schedule_and_a_line_says_so(capsys):
    from zpdgym.scripts.command.settings import load_scenario

    head, rows = (
        "skill,item,prerequisites,approach,difficulty,minutes",
        ("Adding,1+1,,practice,0,2", "Less,5-2,,practice,0,5"),
    )
    Path("small.csv").write_text("\n".join([head, *rows]))
    asked = ["scenario=algebra", "curriculum.path=small.csv", "student=typical", "policy=linear"]
    load_scenario(settings(evaluate.VERB, *asked))
    assert capsys.readouterr().err == (
        "another curriculum: the schedule stays Algebra-v1's, 300 lessons at most for 2 skills; "
        "scenario.schedule.sessions=… or another schedule=… changes that\n"
    )
    for schedule in ("schedule=one_session", "scenario.schedule.sessions=4"):
        load_scenario(settings(evaluate.VERB, *asked, schedule))
        assert capsys.readouterr().err == ""


def test_paths_are_choices_and_need_no_quotes():
    Path("a~b.yaml").write_text("_target_: my_module.MyPolicy\nitem: 2\n")
    found = settings(evaluate.VERB, "scenario=tiny", "policy=a~b.yaml", "save=x~1/my file.csv")
    assert found["policy"] == {"name": "a~b", "_target_": "my_module.MyPolicy", "item": 2}
    assert found["save"] == "x~1/my file.csv"
    Path("c.csv").write_text("")
    found = settings(evaluate.VERB, "scenario=tiny", "policy=random", "curriculum.path=c.csv")
    assert found["scenario"]["replace"]["curriculum"]["path"] == "c.csv"


def test_an_experiment_is_set_from_the_command_line():
    Path("own.yaml").write_text("scenarios: [tiny]\npolicies: [random]\nseeds: 2\nn_students: 50\n")
    spec = compare.specification(settings(compare.VERB, "experiment=own.yaml", "seeds=0,3", "policies=mastery"))
    assert spec == {"name": "own", "scenarios": ["tiny"], "policies": ["mastery"], "seeds": [0, 3], "n_students": 50}
    spec = compare.specification(settings(compare.VERB, "scenario=tiny", "student=bkt", "policies=random,mastery"))
    assert spec["name"] == "comparison"
    assert spec["policies"] == ["random", "mastery"]
    assert spec["scenarios"][0]["scenario"] == "tiny"
    assert set(spec["scenarios"][0]["replace"]) == {"student"}


def test_a_world_is_set_key_by_key():
    found = settings(calibrate.VERB, "data.path=log.csv", "world.n_skills=5", "world.forget=.1")
    assert found["world"] == {"n_skills": 5, "forget": 0.1}
    assert found["data"]["path"] == "log.csv"


def test_the_defaults_that_compare_shows_are_those_of_an_experiment():
    from zpdgym.experiments.runs.specification import DEFAULTS

    shown = {key.name: key.usual for key in compare.OF_THE_EXPERIMENT}
    for name in DEFAULTS.keys() - {"tracking", "belief"}:
        assert shown[name] == f"the experiment's, else {str(DEFAULTS[name]).lower()}"
    assert shown["belief"] == f"the experiment's, else {DEFAULTS['belief']['fit_to']}"
    assert "[one per core]" in compare.VERB.help()


def test_choices_are_the_files_of_a_group():
    assert {"bkt", "kt6kc"} <= set(choices("student"))
    assert "custom" in choices("policy")


def world_of(*arguments):
    from zpdgym.scripts.command.settings import load_scenario

    return load_scenario(settings(evaluate.VERB, "scenario=practice", "policy=random", *arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        ["student=affect", "student.student=pfa", "student.student.learn_right=.3"],
        ["student=affect", "scenario.student.student=pfa", "scenario.student.student.learn_right=.3"],
        ["student=affect", "student.student.learn_right=.3", "student.student=pfa"],
    ],
)
def test_a_student_inside_a_layer_is_chosen_and_then_changed(arguments):
    found = world_of("student=affect", *arguments[1:])
    section = found.sections["student"]
    assert section["_target_"].endswith("Affect")
    assert section["student"]["_target_"].endswith("PFA")
    assert section["student"]["learn_right"] == 0.3


def test_a_number_of_the_student_inside_a_layer_is_changed():
    found = world_of("student=affect", "student.student.prior=.7")
    assert found.sections["student"]["student"]["prior"] == 0.7
    assert found.student.student.prior.tolist() == [0.7] * 8


def test_other_students_in_a_mixture_have_equal_shares():
    found = world_of("student=mixture", "scenario.student.students=[bkt,fsrs6]")
    assert found.student.population.group_names == ("BKT", "FSRS")


def test_the_population_is_no_key_of_a_student():
    with pytest.raises(InputError, match=r"unknown key 'student\.population'"):
        world_of("student=bkt", "scenario.student.population=varied")
